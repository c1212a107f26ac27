"""Firms in columns: table, yearly steps, founding, growth, sites."""
