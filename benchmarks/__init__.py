"""Speed of the model relative to hardware limits and other implementations; ``make bench`` prints the table."""
