"""Instruments of innovation."""
