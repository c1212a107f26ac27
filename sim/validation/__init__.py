"""The model beside what is known: history, published results, textbooks."""

from sim.validation.drift import Drift, drift

__all__ = ["Drift", "drift"]
