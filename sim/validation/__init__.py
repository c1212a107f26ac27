"""Validation against history, published results and textbook models."""

from sim.validation.drift import Drift, drift
from sim.validation.identities import Row

__all__ = ["Drift", "Row", "drift"]
