"""Documented parks: reported figures, and those of the model."""

from __future__ import annotations

from sim.validation.cases.compare import Claim, case_rows, claims
from sim.validation.cases.table import CASES, Case, Reported

__all__ = ["CASES", "Case", "Claim", "Reported", "case_rows", "claims"]
