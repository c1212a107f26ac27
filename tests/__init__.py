"""Tests of Hinterland."""
