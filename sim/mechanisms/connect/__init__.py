"""Instruments that connect regions."""
