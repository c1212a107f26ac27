"""Differences for readers: one way to tell them in the terminal and on the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sim.analysis import HEADLINE, INDICATORS, readable, signed, summed_unit


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


def interval_text(row: Mapping[str, Any], scale: float) -> str:
    """Return the 95 % interval, or a dash where one pair of runs gives none."""
    low, high = (float(row[name]) * scale for name in ("ci_low", "ci_high"))
    return f"[{signed(low, 2)}, {signed(high, 2)}]" if np.isfinite(low) else "–"


def share_text(row: Mapping[str, Any]) -> str:
    """Return the share of seeds whose difference has the sign of the mean."""
    return f"{100 * float(row['sign_share']):.0f} %" if np.isfinite(row["sign_share"]) else "–"


def per_billion(row: Mapping[str, Any], scale: float) -> str:
    """Return the difference per billion yuan of public outlay, in the unit of the difference."""
    value = row["per_million_yuan"]
    return signed(1e3 * float(value) * scale) if value is not None and np.isfinite(value) else "–"


def decides(row: Mapping[str, Any]) -> bool:
    """Return whether the interval leaves out zero."""
    return bool(row["ci_low"] > 0 or row["ci_high"] < 0)
