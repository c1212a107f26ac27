"""The section on classes of firms: which firms gain."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sim.analysis import readable
from sim.analysis.classes import NATION
from sim.figures.style import ZONE_TITLES, display_name
from sim.report.numbers import decides, small_print
from sim.report.sentences import amount, marked, shown

TITLES = {"age_class": "Age {} years", "size_class": "{} firms", "ownership": "{} firms"}
NOTE = (
    "Value added in the last year of the firms of a class: mean of the paired differences, in per cent of the "
    "baseline, 95 % interval and share of seeds with the sign of the mean. Sizes are relative to the mean of the "
    "sector: small below a half, large from twice the mean. Firms change their class as they age and grow. Coloured "
    "where the difference is significant after the correction for all comparisons by class, those of capital and of "
    "the number of firms included (firms.csv): green for gains, orange for losses."
)


def class_rows(table: pd.DataFrame | None) -> dict[str, Any] | None:
    """Return the note, columns and rows of the section, as of the headline; None without classes.

    Parameters
    ----------
    table : DataFrame or None
        From `sim.analysis.classes.firms_by_class`.
    """
    if table is None:
        return None
    made = table[table["quantity"] == "value added"]
    scale, unit = readable(str(made["unit"].iloc[0]), float(made["difference"].abs().max()))
    arms = list(dict.fromkeys(made["arm"]))
    columns = [{"title": title, "number": False} for title in ("Zone", "Firms")]
    columns += [{"title": title, "number": True} for title in (f"Baseline, {unit}", *map(display_name, arms))]
    rows: list[dict[str, Any]] = []
    for (zone, kind, label), part in made.groupby(["zone", "kind", "class"], sort=False):
        first = not rows or rows[-1]["zone"] != zone
        head = {"text": _zone(str(zone)) if first else "", "css": ""}
        title = {"text": TITLES[str(kind)].format(label).capitalize(), "css": "u"}
        by_arm = part.set_index("arm")
        key, level = f"firms:{zone}:{kind}:{label}", float(part["baseline_mean"].iloc[0])
        base = {"text": shown(f"{key}:baseline", level, scale, 4), "css": "n"}
        cells = [_cell(f"{key}:{arm}", by_arm.loc[arm].to_dict(), scale) for arm in arms]
        rows.append({"zone": zone, "first": first or str(label) == _first_label(made, str(kind)),
                     "cells": [head, title, base, *cells]})  # fmt: skip
    return {"note": NOTE, "columns": columns, "rows": rows}


def _zone(zone: str) -> str:
    return "Nation" if zone == NATION else ZONE_TITLES.get(zone, display_name(zone))


def _first_label(table: pd.DataFrame, kind: str) -> str:
    return str(table.loc[table["kind"] == kind, "class"].iloc[0])


def _cell(key: str, row: dict[str, Any], scale: float) -> dict[str, str]:
    """Return the cell of an arm."""
    if not pd.notna(row["difference"]):
        return {"text": "–", "css": "n open"}
    css = ("up" if row["difference"] > 0 else "down") if decides(row) else "open"
    text = shown(f"{key}:difference", float(row["difference"]), scale, sign=True)
    if row["baseline_mean"] > 0:
        share = amount(f"{key}:percent", row["difference"] / row["baseline_mean"], 100.0, 2, sign=True)
        text += marked([" (", share, " %)"])
    return {"text": text + small_print(key, row, scale), "css": f"n {css}"}
