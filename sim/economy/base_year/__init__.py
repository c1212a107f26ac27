"""The base year: inversion and the state at the start of a run."""
