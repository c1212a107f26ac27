"""What other tools expect of Hinterland; `make clients` runs it with each tool in an environment of its own."""
