"""Transport links and travel times."""
