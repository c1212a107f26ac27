"""Statistical certainty of differences: several kinds of intervals, corrections, the gain from pairing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from sim.analysis import INDICATORS, number, signed
from sim.analysis.paired import CORRECTION
from sim.figures.style import display_name
from sim.report.numbers import capped, decides, factor_text, interval_text, scale_of, seeds_text

COLUMNS = (
    "Indicator", "Arm", "Seeds", "Difference", "Bootstrap (BCa), simultaneous", "Adjusted, p",
    "Pairing factor, runs saved",
)  # fmt: skip


def certainty(table: pd.DataFrame, whole: pd.DataFrame | None = None) -> dict[str, Any]:
    """Return the note and the rows of the table on statistical certainty.

    Parameters
    ----------
    table : DataFrame
        From `sim.analysis.headline_table`, the columns that are shown.
    whole : DataFrame, optional
        All of it, if that is more.
    """
    rows = []
    for indicator in table.columns.get_level_values(0).unique():
        part = table[indicator]
        scale, unit = scale_of(indicator, float(part["difference"].abs().max()))
        for k, (arm, row) in enumerate(part.iterrows()):
            head = {"title": INDICATORS[indicator].title, "unit": unit, "arms": len(part)} if k == 0 else None
            rows.append({"head": head, "cells": _cells(str(arm), row.to_dict(), scale)})
    return {"note": note(table if whole is None else whole), "columns": COLUMNS, "rows": rows}


def note(table: pd.DataFrame) -> str:
    """Return the explanation of the columns, with the numbers of comparisons and seeds."""
    comparisons = int(table.xs("p_adjusted", axis=1, level=1).notna().to_numpy().sum())
    counts = table.xs("n", axis=1, level=1).to_numpy().ravel().astype(int)
    return (
        f"Paired differences on {seeds_text(counts)}. Bootstrap: bias-corrected and accelerated, accounts for "
        "skewness. Simultaneous (small): the intervals of all arms for one indicator hold jointly with 95 % (max-t). "
        f"Adjusted: for {comparisons} comparisons ({CORRECTION}; expected share of false discoveries at most 5 %). "
        "Pairing factor: reduction in the seeds needed for an interval through common random numbers, with its own 95 "
        "% interval; runs saved: additional runs of arm and baseline that independent seeds would need."
    )


def rule_text(config: Mapping[str, Any]) -> str:
    """Return how the number of seeds was determined; empty if the config fixes it."""
    rule = config.get("precision") or config.get("select")
    if not rule:
        return ""
    title = INDICATORS[rule["indicator"]].title
    looks = f"checked after {rule['start']} seeds and every {rule['step']} further ones, at most {rule['most']}"
    if config.get("select"):
        lead = number(rule["indifference"], 4)
        return (
            f"Seeds were added until the arm with the {rule['direction']} {title} was known ({looks}): with "
            f"probability {rule['probability']:g} if it leads by {lead} or more (Kim and Nelson 2001). Arms that "
            "could no longer be the best received no further seeds."
        )
    enough = number(rule["half_width"], 4) if rule["half_width"] else f"{100 * rule['relative']:g} % of the mean"
    return (
        f"Seeds were added until the {100 * rule['confidence']:g} % intervals of the difference in {title} were as "
        f"narrow as ± {enough} ({looks}). Intervals after optional stopping are slightly too narrow, more so for "
        "skewed differences."
    )


def _cells(arm: str, row: Mapping[str, Any], scale: float) -> list[dict[str, Any]]:
    css = "n" if decides(row) else "n open"
    mean = signed(float(row["difference"]) * scale) if np.isfinite(row["difference"]) else "–"
    cells: list[Any] = [str(int(row["n"])), mean]
    bootstrap, joint, corrected = (
        interval_text(row, scale, f"{kind}_low", f"{kind}_high") for kind in ("bca", "joint", "adjusted")
    )
    cells += [_with_small(bootstrap, joint), _with_small(corrected, p_text(row["p_adjusted"]))]
    factor, _, ends = factor_text(row).partition(" [")
    saved = f"{capped(row['runs_saved'], 7)} saved" if np.isfinite(row["runs_saved"]) else ""
    cells.append(_with_small(factor, f"[{ends}" if ends else "", saved))
    return [{"text": display_name(arm), "css": ""}, *({"text": text, "css": css} for text in cells)]


def _with_small(text: str, *more: str) -> Markup:
    """Return a text with smaller lines below it; empty ones are omitted."""
    return Markup("{}").format(text) + Markup("").join(Markup("<br><small>{}</small>").format(m) for m in more if m)


def p_text(value: float) -> str:
    """Return a p value as text.

    Examples
    --------
    >>> p_text(0.03456), p_text(1e-9), p_text(float("nan"))
    ('0.035', '< 0.001', '–')
    """
    if not np.isfinite(value):
        return "–"
    return f"{value:.3f}" if value >= 0.001 else "< 0.001"
