"""Worlds of one's own: folders, inline, synthetic."""
