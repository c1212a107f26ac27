"""YAML to plain data with positions: fragments, overrides, faults as sentences."""
