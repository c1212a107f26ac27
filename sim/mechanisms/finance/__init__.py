"""Instruments of finance."""
