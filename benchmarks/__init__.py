"""How fast the model is beside what bounds it and beside what others would write; ``make bench`` prints the table."""
