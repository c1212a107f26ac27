"""Ways and travel times."""
