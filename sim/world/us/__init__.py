"""The world `us_states`: the 48 contiguous states of the United States."""
