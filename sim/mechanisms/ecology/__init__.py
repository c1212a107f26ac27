"""Instruments of the environment."""
