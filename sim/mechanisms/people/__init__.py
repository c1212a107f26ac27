"""Instruments for people and services."""
