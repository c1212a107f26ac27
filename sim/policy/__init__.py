"""Contract of a policy instrument: what it observes, what it posts, how posts are executed."""
