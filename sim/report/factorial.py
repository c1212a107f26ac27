"""The report of a factorial experiment: design, effects, interactions, Shapley values, figure, identities, config."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from markupsafe import Markup

from sim import results
from sim.analysis import appraisal_of, readable, years_text
from sim.analysis.costs import parts_of_cost
from sim.analysis.factorial import ALONE, AVERAGE, GAP, ON_TOP, SUM, TOTAL, factorial_tables
from sim.cells import TIMES, Cells
from sim.figures.factorial import NAME, caption, save
from sim.figures.style import display_name
from sim.report.costs import cost_cells, cost_note
from sim.report.factors import (
    DEFINITIONS,
    FITTED,
    PAIRS,
    alias_text,
    basis_parts,
    design_parts,
    facts_of,
    size_of,
)
from sim.report.numbers import decides, interval_parts, per_billion_parts, unpriced_note
from sim.report.page import closing, figure_rows, filled
from sim.report.sentences import amount, marked, shown

SHOWN = ["value", "ci_low", "ci_high"]
ROUNDING = 1e-12  # relative to the largest Shapley value: an interaction that small is zero
TITLES = {ALONE: "Alone", ON_TOP: "On top", AVERAGE: "Average"}


def write_report(
    folder: str | Path,
    draw: bool = True,
    out: Path | None = None,
    ds: xr.Dataset | None = None,
    tables: Mapping[str, pd.DataFrame] | None = None,
) -> Path:
    """Write ``report.html`` of a factorial experiment; see `sim.report.write_report`."""
    folder = Path(folder)
    out = folder if out is None else out
    ds = results.open_results(folder) if ds is None else ds
    tables = factorial_tables(ds) if tables is None else tables
    if draw:
        save(ds, tables, out / "figures")
    cells, config = facts_of(ds)
    content = {
        "title": config.get("title") or display_name(ds.attrs.get("name", folder.name)),
        "question": marked(
            [
                "What do ",
                amount("design:factors", len(cells.factors)),
                " sets of policy instruments do alone and in combination?",
            ]
        ),  # fmt: skip
        "missing": list(ds.attrs.get("missing", [])),
        "runs": int(ds["finished"].values.sum()),
        "world": ds.attrs.get("world", ""),
        "design": marked(design_parts(cells)),
        "aliases": alias_text(cells),
        "basis": marked(basis_parts(ds)),
        "factors": _factors(cells, config),
        "arms": _arms(ds, cells),
        "cost_note": cost_note(appraisal_of(ds)),
        "unpriced": unpriced_note(ds),
        "definitions": DEFINITIONS if cells.fraction.full else FITTED,
        "effects": [_table(cells, tables, size, _effect_rows) for size in cells.sizes],
        "pairs_note": PAIRS,
        "pairs": [_table(cells, tables, size, _pair_rows) for size in cells.sizes] if len(tables["pairs"]) else [],
        "titles": [title for effect, title in TITLES.items() if cells.fraction.full or effect == AVERAGE],
        "figures": figure_rows(out, {NAME: caption(ds)}),
        **closing(folder, ds, config),
    }
    return results.write_text(out / "report.html", filled(content, "factorial.html.j2"))


def _factors(cells: Cells, config: Mapping[str, Any]) -> list[dict[str, str]]:
    found = []
    for name in cells.factors:
        facts = config["factors"][name]
        kinds = (f"{m.get('name') or m['kind']} ({display_name(m['kind']).lower()})" for m in facts["mechanisms"])
        found.append({"name": name, "title": facts.get("title") or display_name(name), "mechanisms": ", ".join(kinds)})
    return found


def _arms(ds: xr.Dataset, cells: Cells) -> list[dict[str, Any]]:
    costs, rows = parts_of_cost(ds, appraisal_of(ds)), []
    for arm, (on, size) in cells.arms.items():
        marks = ["on" if on >> i & 1 else "–" for i in range(len(cells.factors))]
        rows.append({"name": arm, "marks": marks, "size": marked([size_of(f"costs:{arm}:size", size)]) if on else "–",
                     "costs": cost_cells(arm, costs[arm])})  # fmt: skip
    return rows


def _table(cells: Cells, tables: Mapping[str, pd.DataFrame], size: float, rows_of: Any) -> dict[str, Any]:
    found: list[dict[str, Any]] = []
    at = {name: table[table["size"] == size] for name, table in tables.items()}
    largest = at["shapley"]["value"].abs().groupby(at["shapley"]["indicator"], sort=False).max()
    parts: dict[str, dict[str, pd.DataFrame]] = {}
    for name, table in at.items():
        least = ROUNDING * table["indicator"].map(largest)
        shown_ones = table[SHOWN].mask(table[SHOWN].abs().lt(least, axis=0), 0.0)
        parts[name] = {str(key): rows for key, rows in table.assign(**shown_ones).groupby("indicator", sort=False)}
    for indicator in map(str, largest.index):
        rows = {name: part.get(indicator, at[name].iloc[:0]) for name, part in parts.items()}
        found += rows_of(cells, rows, indicator, f"{size:g}:{indicator}")
    return {"size": marked([size_of(f"size:{size:g}", size)]) if len(cells.sizes) > 1 else "", "rows": found}


def _head(table: pd.DataFrame) -> tuple[float, Markup]:
    facts = table.iloc[0]
    scale, unit = readable(str(facts["unit"]), float(table["value"].abs().max()))
    return scale, Markup("{}<br><small>{}</small>").format(facts["title"], unit + years_text(facts["years"]))


def _effect_rows(cells: Cells, tables: Mapping[str, pd.DataFrame], indicator: str, place: str) -> list[dict[str, Any]]:
    """Return the rows of one indicator: a factor each with its effects and Shapley value, then sum and total."""
    scale, head = _head(tables["shapley"])
    effects = tables["effects"].set_index(["factor", "effect"])
    there = [effect for effect in TITLES if cells.fraction.full or effect == AVERAGE]
    rows: list[dict[str, Any]] = []
    for row in tables["shapley"].to_dict("records"):
        name = str(row["factor"])
        if name == GAP and cells.fraction.full:
            continue
        own = name not in (SUM, TOTAL, GAP)
        columns = [
            _cell(f"effects:{place}:{name}:{effect}", effects.loc[(name, effect)].to_dict(), scale)
            if own
            else _text("")
            for effect in there
        ]
        facts, key = {str(name): value for name, value in row.items()}, f"shapley:{place}:{name}"
        share = marked([amount(f"{key}:share", float(facts["share"]), 100.0, 2), " %"])
        share = share if np.isfinite(facts["share"]) else Markup("–")
        columns += [
            _cell(key, facts, scale, own), _text(share if own else ""),
            _text(marked(per_billion_parts(key, facts, scale))),
        ]  # fmt: skip
        rows.append({"name": name, "cells": columns, "head": None})
    rows[0]["head"] = {"text": head, "count": len(rows)}
    return rows


def _pair_rows(cells: Cells, tables: Mapping[str, pd.DataFrame], indicator: str, place: str) -> list[dict[str, Any]]:
    scale, head = _head(tables["pairs"])
    rows: list[dict[str, Any]] = []
    for row in tables["pairs"].to_dict("records"):
        facts = {str(key): value for key, value in row.items()}
        name = f"{facts['first']}{TIMES}{facts['second']}"
        key = f"pairs:{place}:{facts['first']}:{facts['second']}"
        per = marked(per_billion_parts(key, facts, scale))
        found = [_cell(key, facts, scale), _text(per), {"text": facts["relation"], "css": "u"}]
        rows.append({"name": name, "cells": found, "head": None})
    rows[0]["head"] = {"text": head, "count": len(rows)}
    return rows


def _cell(key: str, row: Mapping[str, Any], scale: float, tested: bool = True) -> dict[str, Any]:
    below = Markup("<br><small>{}</small>").format(marked(interval_parts(key, row, scale)))
    text = shown(f"{key}:value", float(row["value"]), scale, sign=True) + below
    return {"text": Markup("<strong>{}</strong>").format(text) if tested and decides(row) else text, "css": "n"}


def _text(text: str) -> dict[str, Any]:
    return {"text": text, "css": "n"}
