"""The phases of a year, one module each."""
