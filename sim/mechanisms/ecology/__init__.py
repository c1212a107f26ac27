"""Instruments for the environment."""
