"""What a config may hold: data only."""
