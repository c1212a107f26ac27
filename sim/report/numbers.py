"""Numbers for readers: units, signs, digits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sim.analysis import HEADLINE

_RELATIVE = ("million yuan/yr", "million yuan", "firms", "persons", "yuan/person/yr")


def number(value: float, digits: int = 3) -> str:
    """Return a number with so many significant digits, thousands apart.

    Examples
    --------
    >>> number(1234567.0)
    '1,234,567'
    >>> number(0.0012345)
    '0.00123'
    >>> number(float("nan"))
    '–'
    """
    if value is None or not np.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    if abs(value) >= min(10 ** (digits - 1), 1000):
        return f"{value:,.0f}".replace("-", "−")
    if abs(value) < 1e-5:
        return f"{value:.{digits - 1}e}"
    decimals = digits - 1 - int(np.floor(np.log10(abs(value))))
    return f"{value:.{max(0, decimals)}f}"


def signed(value: float, digits: int = 3) -> str:
    """Return a number with its sign; the minus is a true minus.

    Examples
    --------
    >>> signed(2.5)
    '+2.50'
    """
    text = number(abs(value) if np.isfinite(value) else value, digits)
    if text in ("–", "0"):
        return text
    return ("+" if value > 0 else "−") + text


def scale_of(indicator: str, baseline: float, unit: str) -> tuple[float, str]:
    """Return the factor and the unit in which differences of an indicator are told.

    Amounts are told in per cent of the baseline, indices in thousandths, sums of flows as they are.
    """
    if HEADLINE.get(indicator) == "sum":
        return 1.0, unit.removesuffix("/yr")
    if unit in _RELATIVE and baseline > 0:
        return 100.0 / baseline, "%"
    if unit == "1":
        return 1000.0, "1/1000"
    return 1.0, unit


def change_text(row: Mapping[str, Any], scale: float) -> str:
    """Return a difference with its interval and the share of seeds with its sign, in one line."""
    mean, low, high = (float(row[name]) * scale for name in ("difference", "ci_low", "ci_high"))
    if not np.isfinite(mean):
        return "–"
    share = f" {100 * float(row['sign_share']):.0f} %" if np.isfinite(row["sign_share"]) else ""
    return f"{signed(mean)} [{signed(low, 2)}, {signed(high, 2)}]{share}"


def decides(row: Mapping[str, Any]) -> bool:
    """Return whether the interval leaves out zero."""
    return bool(row["ci_low"] > 0 or row["ci_high"] < 0)
