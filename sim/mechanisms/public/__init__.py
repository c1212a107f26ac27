"""Instruments of public budgets and services."""
