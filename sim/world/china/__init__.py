"""The real map: tables, regions, capital, networks."""
