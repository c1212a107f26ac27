"""Instruments that change institutions."""
