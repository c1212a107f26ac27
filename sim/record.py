"""The record of one run, before it is stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

PAYMENT_DTYPE = np.dtype([("year", "<i4"), ("payer", "<i4"), ("payee", "<i4"), ("purpose", "<i4"), ("amount", "<f8")])


@dataclass
class RunRecord:
    """Output of one run.

    Attributes
    ----------
    years : (T,) int
        Calendar years, the base year first.
    series : dict of str to ndarray
        One array per recorded name of `sim.catalogue.VARIABLES`, shape ``(T, *dims)``.
    payments : structured ndarray, `PAYMENT_DTYPE`
        The ledger in million base-year yuan; payer, payee and purpose index the lists below.
    accounts : list of str
        Account labels such as ``treasury:guangzhou``, ``nation``, ``fund:NAME``.
    purposes : list of str
        Purpose labels such as ``wages``, ``services``, ``enclave:park``.
    reports : dict of (str, str) to ndarray
        ``(mechanism, item)`` to a series of shape ``(T,)``.
    report_units : dict of (str, str) to str
        Units of the reports.
    """

    years: np.ndarray
    series: dict[str, np.ndarray]
    payments: np.ndarray
    accounts: list[str]
    purposes: list[str]
    reports: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)
    report_units: dict[tuple[str, str], str] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)
