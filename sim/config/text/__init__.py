"""YAML to plain data with places: fragments, overrides, faults as sentences."""
