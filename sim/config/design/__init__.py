"""From a config to points, arms and scenarios."""
