"""The phases of a year, a file each."""
