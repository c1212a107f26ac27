"""Institutions: how policies are chosen, tried, evaluated and shared."""
