"""The report of a sweep: design, outcomes by point, figure, identities, config."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from markupsafe import Markup

from sim import results
from sim.analysis import (
    INDICATORS,
    Measured,
    config_of,
    key_title,
    measure,
    mechanisms_of,
    readable,
    shown_measures,
    shown_rows,
    summary,
    years_text,
)
from sim.figures import save_sweep, sweep_caption, sweep_figure
from sim.figures.style import display_name
from sim.kinds import KINDS, Kind
from sim.report.numbers import agents_parts, decides, groups_parts, small_print
from sim.report.page import closing, figure_rows, filled, span
from sim.report.sentences import Sentence, amount, marked, setting, shown

LONGEST = 300  # rows of the table; all are in summary.csv
# "sobol" also covers the Saltelli blocks of a sensitivity analysis
DESIGNS = {
    "grid": "every combination of the values",
    "list": "a list",
    "random": "drawn at random",
    "latin_hypercube": "a Latin hypercube",
    "sobol": "of a scrambled Sobol' sequence",
    "morris": "trajectories of Morris",
    "pawn": "drawn at random",
}
MEAN_ENDS = ("mean_low", "mean_high")
FEW = 12  # values of a key up to which all are listed


def write_report(
    folder: str | Path,
    draw: bool = True,
    out: Path | None = None,
    ds: xr.Dataset | None = None,
    measured: Sequence[Measured] | None = None,
    table: pd.DataFrame | None = None,
) -> Path:
    """Write ``report.html`` of a sweep; see `sim.report.write_report`."""
    folder = Path(folder)
    out = folder if out is None else out
    ds = results.open_results(folder) if ds is None else ds
    measured = measure(ds) if measured is None else measured
    table = summary(ds, measured) if table is None else table
    measured = shown_measures(ds, measured)
    if draw:
        save_sweep(ds, measured, out / "figures")
    config = config_of(ds)
    content = {
        "title": config.get("title") or display_name(ds.attrs.get("name", folder.name)),
        "question": marked(
            [
                amount("points", ds.sizes["point"]),
                f" points of {', '.join(map(key_title, ds.attrs['keys']))}. ",
                *groups_parts(ds, (item.name for item in measured)),
            ]
        ),  # fmt: skip
        "missing": list(ds.attrs.get("missing", [])),
        "design": design_facts(ds, config),
        "arms": arm_rows(ds, config),
        "outcomes": _outcomes(ds, table),
        "compared": measured[0].differences is not None,
        "figures": figure_rows(out, {sweep_figure(ds): sweep_caption(ds, measured)}),
        **closing(folder, ds, config),
    }
    return results.write_text(out / "report.html", filled(content, "sweep.html.j2"))


def design_facts(ds: xr.Dataset, config: dict[str, Any]) -> dict[str, Any]:
    """Return the description of the design: points, keys, runs."""
    there = ds["run"].values[ds["finished"].values]
    return {
        "name": DESIGNS[config.get("method") or config.get("design", "grid")],
        "points": ds.sizes["point"],
        "terms": KINDS.get(str(config.get("kind")), Kind).terms,  # the class has the defaults
        "replications": ds.sizes["replication"],
        "agents": marked(agents_parts(ds)),
        "runs": len(set(there)),
        "cells": len(there),
        **span(ds),
        "world": ds.attrs.get("world", ""),
        "keys": [_key(ds, key) for key in ds.attrs["keys"]],
    }


def _key(ds: xr.Dataset, key: str) -> dict[str, str]:
    every = list(dict.fromkeys(sorted(ds[key].values)))
    values: list[Sentence] = [[setting(f"values:{key}:{k}", value)] for k, value in enumerate(every)]
    count: Sentence = [" (", amount(f"values:{key}:count", len(every)), " values)"]
    if len(values) > FEW and np.issubdtype(ds[key].dtype, np.number):
        values = [[*values[0], " to ", *values[-1], *count]]
    elif len(values) > FEW:
        values = [*values[:3], ["…"], [*values[-1], *count]]
    facts, text = ds[key].attrs, Markup("; ").join(map(marked, values))
    return {"key": facts["key"], "title": facts["long_name"], "unit": facts["units"], "values": text}


def arm_rows(ds: xr.Dataset, config: dict[str, Any], of: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """Return the policy and the number of distinct runs of each arm.

    Parameters
    ----------
    ds : Dataset
    config : dict
    of : mapping of str to str, optional
        The arm of the config behind each arm of the results, where the names differ.
    """
    rows = []
    for arm in (str(a) for a in ds["arm"].values):
        own = (of or {}).get(arm, arm)
        facts = (config.get("arms") or {}).get(own) or config.get("scenario") or {}
        kinds = ", ".join(
            display_name(m.get("kind", "")) for m in mechanisms_of(ds, own) or facts.get("mechanisms") or []
        )
        names = ds["run"].sel(arm=arm).values[ds["finished"].sel(arm=arm).values]
        rows.append(
            {
                "title": display_name(arm),
                "policy": facts.get("title") or kinds or "no policy",
                "runs": shown(f"arms:{arm}:runs", len(np.unique(names))),
            }
        )
    return rows


def _outcomes(ds: xr.Dataset, table: pd.DataFrame) -> dict[str, Any]:
    """Return one row per point and arm, one column per indicator."""
    value = "difference" if table["difference"].notna().any() else "mean"
    comparisons = int(table["p_adjusted"].notna().sum())
    table = shown_rows(ds, table[table[value].notna()])
    keys = list(ds.attrs["keys"])
    columns = [
        {"title": display_name(key_title(key)), "unit": _unit(ds[key].attrs["units"]), "number": True} for key in keys
    ]
    columns.append({"title": "Arm", "unit": "", "number": False})
    scales = {}
    for name, rows in table.groupby("indicator", sort=False):
        facts = rows.iloc[0]
        scales[name], unit = readable(str(facts["unit"]), float(rows[value].abs().max()))
        unit += years_text(str(facts["years"]))
        columns.append({"title": facts["title"], "unit": unit, "number": True})
    rows = []
    for (point, arm), part in table.groupby(["point", "arm"], sort=False):
        cells = [{"text": marked([setting(f"point:{point}:{key}", part.iloc[0][key])]), "css": "n"} for key in keys]
        cells.append({"text": display_name(str(arm)), "css": ""})
        by_name = {str(row["indicator"]): row for row in part.to_dict("records")}
        cells += [
            _cell(f"outcomes:{point}:{arm}:{name}", by_name.get(str(name)), value, scale)
            for name, scale in scales.items()
        ]
        rows.append(cells)
    left_out = max(0, len(rows) - LONGEST)
    return {"columns": columns, "rows": rows[:LONGEST], "left_out": left_out, "comparisons": comparisons}


def _unit(unit: str) -> str:
    return "" if unit == "1" else unit


def _cell(key: str, row: dict[str, Any] | None, value: str, scale: float) -> dict[str, str]:
    if row is None:
        return {"text": "–", "css": "n open"}
    if value == "mean":
        mean, low, high = (amount(f"{key}:{name}", float(row[name]), scale, 4) for name in (value, *MEAN_ENDS))
        interval = Markup("<br><small>{}</small>").format(marked(["[", low, ", ", high, "]"]))
        return {"text": marked([mean]) + interval, "css": "n"}
    css = "open"
    if decides(row):
        helps = INDICATORS[row["indicator"]].better * np.sign(row["difference"])
        css = "up" if helps > 0 else "down" if helps < 0 else ""
    # three digits: intervals in a sweep are often narrow
    text = shown(f"{key}:difference", float(row["difference"]), scale, sign=True) + small_print(key, row, scale, 3)
    return {"text": text, "css": f"n {css}"}
