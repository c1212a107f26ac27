"""Hinterland: factor flows between a central city and the regions it serves."""

__version__ = "0.1.0"
