"""Instruments that make zones."""
