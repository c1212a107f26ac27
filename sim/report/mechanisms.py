"""The section on mechanisms: their reports, and the additionality of funds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from markupsafe import Markup

from sim.analysis import additionality, mechanisms_of, reported
from sim.currency import money_of
from sim.figures.style import display_name
from sim.report.sentences import Figure, Sentence, amount, marked, shown


def mechanism_rows(ds: xr.Dataset) -> list[dict[str, Any]]:
    """Return the rows of the section: one per item, with arm and mechanism in their first row only.

    Each row has ``arm, mechanism, item, value, spread, unit, year, note``; ``first`` marks a new arm.
    """
    table, added = reported(ds), additionality(ds)
    rows: list[dict[str, Any]] = []
    for (arm, mechanism), part in table.groupby(["arm", "mechanism"], sort=False):
        rows += _items(ds, str(arm), str(mechanism), part)
        rows += _added(ds, str(arm), str(mechanism), added, int(ds["year"].values[-1]))
    for k, row in enumerate(rows):
        before = rows[k - 1] if k else {"key": (None, None)}
        row["first"] = row["key"][0] != before["key"][0]
        row["arm"] = display_name(row["key"][0]) if row["first"] else ""
        row["mechanism"] = row["title"] if row["key"] != before["key"] else ""
    return rows


def _items(ds: xr.Dataset, arm: str, mechanism: str, part: pd.DataFrame) -> list[dict[str, Any]]:
    rows = []
    for _, row in part.iterrows():
        key = f"mechanisms:{arm}:{mechanism}:{row['item']}"
        low, high = (amount(f"{key}:{end}", float(row[end])) for end in ("low", "high"))
        rows.append(
            {
                "key": (arm, mechanism),
                "title": _title(ds, arm, mechanism),
                "item": display_name(row["item"]),
                "value": shown(f"{key}:mean", float(row["value"])),
                "spread": marked([low, " to ", high] if row["n"] > 1 else ["–"]),
                "unit": row["unit"],
                "year": _year(key, int(row["year"])),
                "note": "",
            }
        )
    return rows


def _year(key: str, year: int) -> Markup:
    return marked([Figure(f"{key}:year", year, str(year))])


def _title(ds: xr.Dataset, arm: str, mechanism: str) -> str:
    kinds = {m.get("name") or m.get("kind"): m.get("kind", "") for m in mechanisms_of(ds, arm)}
    kind = kinds.get(mechanism, mechanism)
    return display_name(kind) if mechanism in kind else f"{display_name(mechanism)} ({display_name(kind).lower()})"


def _added(ds: xr.Dataset, arm: str, mechanism: str, added: pd.DataFrame, year: int) -> list[dict[str, Any]]:
    rows = added[(added["arm"] == arm) & (added["fund"] == mechanism)]
    if rows.empty:
        return []
    row = rows.iloc[0]
    key = f"additionality:{arm}:{mechanism}"
    low, high = (amount(f"{key}:{end}", float(row[f"ci_{end}"])) for end in ("low", "high"))
    more, money = (amount(f"{key}:{name}", float(row[name]), 1e-3) for name in ("added", "invested"))
    words = money_of(ds.attrs)
    note: Sentence = [more, words(" billion yuan") + " more capital in its cells for ", money, " invested"]
    if not row["alone"]:
        # the difference is that of the entire arm: a ratio would credit the fund with other mechanisms
        note.append("; no ratio, as the arm has other mechanisms that may add capital")
    there = row["alone"] and np.isfinite(row["ci_low"])
    return [{
        "key": (arm, mechanism), "title": mechanism, "item": "Additionality",
        "value": shown(f"{key}:ratio", float(row["ratio"])) if row["alone"] else "–",
        "spread": marked([low, " to ", high, " (95 %)"] if there else ["–"]),
        "unit": words("yuan per yuan"), "year": _year(key, year), "note": marked(note),
    }]  # fmt: skip
