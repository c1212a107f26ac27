"""What a policy instrument is: what it sees, what it posts, how that is settled."""
