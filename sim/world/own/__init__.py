"""User-defined worlds: folders, inline, synthetic."""
