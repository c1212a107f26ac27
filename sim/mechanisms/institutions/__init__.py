"""Instruments of public institutions and state firms."""
