"""Statistical certainty of differences: several kinds of intervals, corrections, the gain from pairing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from sim.analysis import INDICATORS
from sim.analysis.paired import CORRECTION
from sim.figures.style import display_name
from sim.report.numbers import capped, decides, factor_parts, interval_parts, scale_of, seeds_parts
from sim.report.sentences import Figure, Sentence, amount, marked, shown

COLUMNS = (
    "Indicator", "Arm", "Seeds", "Difference", "Bootstrap (BCa), simultaneous", "Adjusted, p",
    "Pairing factor, runs saved",
)  # fmt: skip


def certainty(table: pd.DataFrame, currency: str, whole: pd.DataFrame | None = None) -> dict[str, Any]:
    """Return the note and the rows of the table on statistical certainty.

    Parameters
    ----------
    table : DataFrame
        From `sim.analysis.headline_table`, the columns that are shown.
    currency : str
        Of the world.
    whole : DataFrame, optional
        All of it, if that is more.
    """
    rows = []
    for indicator in table.columns.get_level_values(0).unique():
        part = table[indicator]
        scale, unit = scale_of(indicator, float(part["difference"].abs().max()), currency)
        for k, (arm, row) in enumerate(part.iterrows()):
            head = {"title": INDICATORS[indicator].title, "unit": unit, "arms": len(part)} if k == 0 else None
            rows.append({"head": head, "cells": _cells(str(indicator), str(arm), row.to_dict(), scale)})
    return {"note": marked(note(table if whole is None else whole)), "columns": COLUMNS, "rows": rows}


def note(table: pd.DataFrame) -> Sentence:
    """Return the explanation of the columns, with the numbers of comparisons and seeds."""
    comparisons = int(table.xs("p_adjusted", axis=1, level=1).notna().to_numpy().sum())
    counts = table.xs("n", axis=1, level=1).to_numpy().ravel().astype(int)
    return [
        "Paired differences on ", *seeds_parts("certainty", counts), ". Bootstrap: bias-corrected and accelerated, "
        "accounts for skewness. Simultaneous (small): the intervals of all arms for one indicator hold jointly with "
        "95 % (max-t). Adjusted: for ", amount("certainty:comparisons", comparisons), f" comparisons ({CORRECTION}; "
        "expected share of false discoveries at most 5 %). Pairing factor: reduction in the seeds needed for an "
        "interval through common random numbers, with its own 95 % interval; runs saved: additional runs of arm and "
        "baseline that independent seeds would need.",
    ]  # fmt: skip


def rule_text(config: Mapping[str, Any]) -> Sentence:
    """Return how the number of seeds was determined; empty if the config fixes it."""
    rule = config.get("precision") or config.get("select")
    if not rule:
        return []
    title = INDICATORS[rule["indicator"]].title
    start, step, most = (amount(f"rule:{name}", int(rule[name])) for name in ("start", "step", "most"))
    looks: Sentence = ["checked after ", start, " seeds and every ", step, " further ones, at most ", most]
    if config.get("select"):
        chance = Figure("rule:probability", rule["probability"], f"{rule['probability']:g}")
        return [
            f"Seeds were added until the arm with the {rule['direction']} {title} was known (", *looks, "): with "
            "probability ", chance, " if it leads by ", amount("rule:indifference", rule["indifference"], digits=4),
            " or more (Kim and Nelson 2001). Arms that could no longer be the best received no further seeds.",
        ]  # fmt: skip
    enough: Sentence = [amount("rule:half_width", rule["half_width"], digits=4)] if rule["half_width"] else [
        _per_cent("rule:relative", rule["relative"]), " % of the mean"
    ]  # fmt: skip
    return [
        "Seeds were added until the ", _per_cent("rule:confidence", rule["confidence"]), " % intervals of the "
        f"difference in {title} were as narrow as ± ", *enough, " (", *looks, "). Intervals after optional stopping "
        "are slightly too narrow, more so for skewed differences.",
    ]  # fmt: skip


def _per_cent(key: str, share: float) -> Figure:
    return Figure(key, share, f"{100 * share:g}", 100.0)


def _cells(indicator: str, arm: str, row: Mapping[str, Any], scale: float) -> list[dict[str, Any]]:
    css, key = "n" if decides(row) else "n open", f"certainty:{indicator}:{arm}"
    cells = [shown(f"{key}:n", int(row["n"])), shown(f"{key}:difference", float(row["difference"]), scale, sign=True)]
    bootstrap, joint, corrected = (
        interval_parts(key, row, scale, f"{kind}_low", f"{kind}_high") for kind in ("bca", "joint", "adjusted")
    )
    chance = Figure(f"{key}:p", float(row["p_adjusted"]), p_text(row["p_adjusted"]))
    cells += [_with_small(bootstrap, joint), _with_small(corrected, [chance])]
    saved = float(row["runs_saved"])
    known: Sentence = [Figure(f"{key}:saved", saved, capped(saved, 7)), " saved"] if np.isfinite(saved) else []
    cells.append(_with_small(*factor_parts(key, row), known))
    return [{"text": display_name(arm), "css": ""}, *({"text": text, "css": css} for text in cells)]


def _with_small(first: Sentence, *more: Sentence) -> Markup:
    """Return a text with smaller lines below it; empty ones are omitted."""
    below = (Markup("<br><small>{}</small>").format(marked(line)) for line in more if line)
    return marked(first) + Markup("").join(below)


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
