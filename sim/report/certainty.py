"""How sure the differences of a table are: intervals of several kinds, corrections, what pairing saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis import INDICATORS, number, signed
from sim.analysis.compared import CORRECTION
from sim.figures.style import words
from sim.report.numbers import capped, decides, factor_text, interval_text, scale_of, seeds_text

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


def rule_text(config: Mapping[str, Any]) -> str:
    """Return how the number of seeds came about; empty where the config gives it."""
    rule = config.get("precision") or config.get("select")
    if not rule:
        return ""
    title = INDICATORS[rule["indicator"]].title
    looks = f"looked at after {rule['start']} seeds and every {rule['step']} further ones, at most {rule['most']}"
    if config.get("select"):
        return (
            f"Seeds were added until the arm with the {rule['direction']} {title} was known ({looks}): with "
            f"probability {rule['probability']:g} if it leads by {number(rule['indifference'], 4)} or more (Kim and Nelson 2001). "
            "An arm that could not be the best any more got no further seeds."
        )
    enough = number(rule["half_width"], 4) if rule["half_width"] else f"{100 * rule['relative']:g} % of the mean"
    return (
        f"Seeds were added until the {100 * rule['confidence']:g} % intervals of the difference in {title} were as "
        f"narrow as ± {enough} ({looks}). Intervals after such a stop are a little too narrow, the more so the more skewed."
    )


def _cells(arm: str, row: Mapping[str, Any], scale: float) -> list[dict[str, str]]:
    css = "n" if decides(row) else "n open"
    texts = [str(int(row["n"])), signed(float(row["difference"]) * scale) if np.isfinite(row["difference"]) else "–"]
    texts += [interval_text(row, scale, f"{kind}_low", f"{kind}_high") for kind in ("ci", "bca", "joint", "adjusted")]
    texts += [p_text(row["p_adjusted"]), factor_text(row)]
    texts.append(capped(float(row["runs_saved"]), 7) if np.isfinite(row["runs_saved"]) else "–")
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
