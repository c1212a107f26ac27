"""Instruments of industry."""
