"""The economy: state, accounts, market, and the phases of a year."""
