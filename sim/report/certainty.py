"""How sure the differences of a table are: intervals of several kinds, corrections, what pairing saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis import INDICATORS, number, signed
from sim.analysis.compared import CORRECTION
from sim.figures.style import words
from sim.report.numbers import decides, interval_text, scale_of, seeds_text

COLUMNS = (
    "Indicator", "Arm", "Seeds", "Difference", "95 % interval (t)", "Bootstrap (BCa)", "All arms at once",
    "Corrected for all", "p, corrected", "Pairing ×", "Runs saved",
)  # fmt: skip


def certainty(table: pd.DataFrame) -> dict[str, Any]:
    """Return the note and the rows of the page's table on certainty.

    Parameters
    ----------
    table : DataFrame
        From `sim.analysis.headline_table`.
    """
    rows = []
    for indicator in table.columns.get_level_values(0).unique():
        part = table[indicator]
        scale, unit = scale_of(indicator, float(part["difference"].abs().max()))
        for k, (arm, row) in enumerate(part.iterrows()):
            head = [INDICATORS[indicator].title, unit] if k == 0 else ["", ""]
            rows.append({"head": head, "first": k == 0, "cells": _cells(str(arm), row.to_dict(), scale)})
    return {"note": note(table), "columns": COLUMNS, "rows": rows}


def note(table: pd.DataFrame) -> str:
    """Return what the columns mean, with the number of comparisons and of seeds."""
    comparisons = int(table.xs("p_adjusted", axis=1, level=1).notna().to_numpy().sum())
    counts = table.xs("n", axis=1, level=1).to_numpy().ravel().astype(int)
    return (
        f"Paired differences on {seeds_text(counts)}. Bootstrap: bias-corrected and accelerated, follows skewness. All "
        "arms at once: the intervals of one indicator hold together with 95 % (max-t). Corrected for all: for looking "
        f"at {comparisons} differences ({CORRECTION}; at most 5 % of those called clear of zero are expected not to "
        "be). Pairing: the factor by which common random numbers cut the seeds that an interval needs, with its own "
        "95 % interval; runs saved: those of arm and baseline that independent seeds would need in addition."
    )


def _cells(arm: str, row: Mapping[str, Any], scale: float) -> list[dict[str, str]]:
    css = "n" if decides(row) else "n open"
    texts = [str(int(row["n"])), signed(float(row["difference"]) * scale) if np.isfinite(row["difference"]) else "–"]
    texts += [interval_text(row, scale, f"{kind}_low", f"{kind}_high") for kind in ("ci", "bca", "joint", "adjusted")]
    texts += [p_text(row["p_adjusted"]), factor_text(row), _whole(row["runs_saved"])]
    return [{"text": words(arm), "css": ""}, *({"text": text, "css": css} for text in texts)]


def p_text(value: float) -> str:
    """Return a p value for readers.

    Examples
    --------
    >>> p_text(0.03456), p_text(1e-9), p_text(float("nan"))
    ('0.035', '< 0.001', '–')
    """
    if not np.isfinite(value):
        return "–"
    return f"{value:.3f}" if value >= 0.001 else "< 0.001"


def factor_text(row: Mapping[str, Any]) -> str:
    """Return the factor of pairing with its interval.

    Examples
    --------
    >>> factor_text({"pairing": 4.0, "pairing_low": 2.0, "pairing_high": 8.0})
    '4 [2, 8]'
    """
    if not np.isfinite(row["pairing"]):
        return "–"
    factor, low, high = (number(float(row[name]), 2) for name in ("pairing", "pairing_low", "pairing_high"))
    return f"{factor} [{low}, {high}]" if np.isfinite(row["pairing_low"]) else factor


def _whole(value: float) -> str:
    return number(float(value), 4) if np.isfinite(value) else "–"
