"""YAML to plain data with positions: fragments, overrides, errors as sentences."""
