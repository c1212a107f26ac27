"""The model beside what is known: history, published results, textbooks."""

from sim.validation.drift import Drift, drift
from sim.validation.identities import Row

__all__ = ["Drift", "Row", "drift"]
