"""Differences for readers: one way to tell them in the terminal and on the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from sim.analysis import HEADLINE, INDICATORS, number, readable, signed, summed_unit

MOST = 1e6  # a larger factor is told as being beyond it


def scale_of(indicator: str, largest: float) -> tuple[float, str]:
    """Return the factor and the unit in which differences of a headline indicator are told.

    Parameters
    ----------
    indicator : str
        A name of `HEADLINE`; its years are read as told there.
    largest : float
        The largest difference, in the indicator's own unit.
    """
    return readable(summed_unit(INDICATORS[indicator].unit, HEADLINE[indicator]), largest)


def interval_text(row: Mapping[str, Any], scale: float, lower: str = "ci_low", upper: str = "ci_high") -> str:
    """Return the 95 % interval, or a dash where too few pairs of runs give none."""
    low, high = (float(row[name]) * scale for name in (lower, upper))
    return f"[{signed(low, 2)}, {signed(high, 2)}]" if np.isfinite(low) else "–"


def share_text(row: Mapping[str, Any]) -> str:
    """Return the share of seeds whose difference has the sign of the mean."""
    return f"{100 * float(row['sign_share']):.0f} %" if np.isfinite(row["sign_share"]) else "–"


def per_billion(row: Mapping[str, Any], scale: float) -> str:
    """Return the difference per billion yuan of public outlay, in the unit of the difference."""
    value = row["per_million_yuan"]
    return signed(1e3 * float(value) * scale) if value is not None and np.isfinite(value) else "–"


def decides(row: Mapping[str, Any]) -> bool:
    """Return whether the interval leaves out zero after the correction for all comparisons of its table."""
    return bool(row["adjusted_low"] > 0 or row["adjusted_high"] < 0)


def seeds_text(counts: Iterable[int]) -> str:
    """Return how many seeds rows rest on.

    Examples
    --------
    >>> seeds_text([8, 8]), seeds_text([8, 6])
    ('8 seeds', '6 to 8 seeds')
    """
    least, most = min(counts := list(counts)), max(counts)
    return f"{least} seed{'s' if least != 1 else ''}" if least == most else f"{least} to {most} seeds"


def pairing_text(factors: Iterable[float]) -> str:
    """Return what common random numbers saved, over the rows of a table; empty where no row tells it.

    Examples
    --------
    >>> pairing_text([2.0, 12.34, float("nan"), 300.0])
    'Common random numbers cut the seeds needed by 12 (middle row; 2.0 to 300).'
    """
    known = sorted(float(factor) for factor in factors if np.isfinite(factor))
    if not known:
        return ""
    least, middle, most = (capped(value, 2) for value in (known[0], float(np.median(known)), known[-1]))
    return f"Common random numbers cut the seeds needed by {middle} (middle row; {least} to {most})."


def factor_text(row: Mapping[str, Any]) -> str:
    """Return the factor of pairing with its interval.

    Examples
    --------
    >>> factor_text({"pairing": 4.0, "pairing_low": 2.0, "pairing_high": 8.0})
    '4.00 [2.00, 8.00]'
    """
    if not np.isfinite(row["pairing"]):
        return "–"
    factor, low, high = (capped(float(row[name]), 3) for name in ("pairing", "pairing_low", "pairing_high"))
    # beyond what is told in numbers the interval says nothing more
    return f"{factor} [{low}, {high}]" if row["pairing_low"] <= MOST else factor


def capped(value: float, digits: int) -> str:
    """Return a number, or that it is beyond a million: from there on its size says nothing more.

    Examples
    --------
    >>> capped(123.4, 2), capped(5e9, 2)
    ('120', '> 1,000,000')
    """
    return number(float(f"{value:.{digits}g}"), digits) if value <= MOST else f"> {MOST:,.0f}"
