"""The report of a sensitivity analysis: design, indices, figure, identities, config."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from markupsafe import Markup

from sim import results
from sim.analysis import Measured, aligned, config_of, key_title, measure, readable, years_text
from sim.analysis.sensitivity import PAIR, RANKING, SEEDS, indices
from sim.figures.sensitivity import NAME, caption, save
from sim.figures.style import display_name
from sim.report.page import closing, figure_rows, filled
from sim.report.sweep import arm_rows, design_facts

HEADS = {
    "mu_star": "Mean absolute effect (μ*)", "mu": "Mean effect (μ)", "sigma": "Standard deviation (σ)",
    "first": "First-order", "total": "Total-order", "second": "Second-order", "pawn_median": "PAWN, median",
}  # fmt: skip
METHODS = {
    "morris": "Morris (1991): one input at a time changes by two thirds of its range along random trajectories; μ* is "
    "the mean absolute elementary effect per full range (Campolongo, Cariboni & Saltelli 2007), σ the standard "
    "deviation.",
    "sobol": "Sobol' indices are shares of the variance of the outcome when all inputs are independent and uniform "
    "over their ranges, estimated after Saltelli et al. (2010). Estimates may be slightly negative.",
    "pawn": "PAWN (Pianosi & Wagener 2018) is the Kolmogorov-Smirnov distance between the distribution of outcomes "
    "conditional on an input, in a tenth of its range, and the unconditional one; the median over the tenths. An input "
    "without influence has the value of the dummy input, not zero.",
}


def write_report(
    folder: str | Path,
    draw: bool = True,
    out: Path | None = None,
    ds: xr.Dataset | None = None,
    measured: Sequence[Measured] | None = None,
    table: pd.DataFrame | None = None,
) -> Path:
    """Write ``report.html`` of a sensitivity analysis; see `sim.report.write_report`."""
    folder = Path(folder)
    out = folder if out is None else out
    ds = results.open_results(folder) if ds is None else ds
    config = config_of(ds)
    measured = measure(ds) if measured is None else measured
    table = indices(ds, measured) if table is None else table
    if draw:
        save(ds, measured, table, out / "figures")
    content = {
        "title": config.get("title") or display_name(ds.attrs.get("name", folder.name)),
        "question": f"How sensitive are the outcomes to {len(ds.attrs['keys'])} inputs?",
        "missing": list(ds.attrs.get("missing", [])),
        "design": design_facts(ds, config),
        "arms": arm_rows(ds, config),
        "outcomes": [
            _outcome(ds, item, arm, table) for item in measured for arm in item.shown["arm"].values.astype(str)
        ],
        "method": METHODS[config["method"]],
        "figures": figure_rows(out, {NAME: caption(ds, measured)}),
        **closing(folder, ds, config),
    }
    return results.write_text(out / "report.html", filled(content, "sensitivity.html.j2"))


def _outcome(ds: xr.Dataset, item: Measured, arm: str, table: pd.DataFrame) -> dict[str, Any]:
    """Return the table of one outcome: one row per input, the most important first."""
    rows = table[(table["indicator"] == item.name) & (table["arm"] == arm)]
    method = config_of(ds)["method"]
    noise = rows.loc[rows["input"] == SEEDS, "value"]
    rows = rows[rows["input"] != SEEDS]
    measures = [m for m in HEADS if m in set(rows["measure"])]
    wide = rows.pivot(index="input", columns="measure", values=["value", "low", "high"])
    pairs = wide.index.str.contains(PAIR, regex=False)
    ranking = wide["value"][RANKING[method][0]]
    if pairs.any():
        ranking = ranking.where(~pairs, wide["value"].get("second"))
    order = np.lexsort((-ranking.fillna(-np.inf).to_numpy(), pairs))  # single inputs before pairs
    largest = float(ranking[~pairs].abs().max())
    scale, unit = readable(item.unit, largest) if method == "morris" else (1.0, "")
    cells = [[{"text": _title(name), "css": ""}, *(_cell(wide.loc[name], m, scale, largest) for m in measures)]
             for name in wide.index[order]]  # fmt: skip
    compared = "difference from the baseline" if item.differences is not None else "level"
    when = years_text(item.years).removeprefix(", ") or "last year"
    return {
        "title": f"{item.title}: {display_name(arm)}",
        "note": f"{compared.capitalize()}, {when}{f', {unit}' if unit else ''}; {int(rows['n'].min())} samples",
        "noise": f"{100 * float(noise.iloc[0]):.1f} %" if noise.notna().any() else "",
        "columns": [HEADS[m] for m in measures],
        "rows": cells if largest > 0 else [],
    }


def _title(name: str) -> str:
    return PAIR.join(part if part.startswith("(") else display_name(key_title(part)) for part in name.split(PAIR))


def _cell(row: pd.Series, measure: str, scale: float, largest: float) -> dict[str, Any]:
    value, low, high = (aligned(scale * row[name][measure], scale * largest) for name in ("value", "low", "high"))
    text = Markup("{}").format(value)
    if np.isfinite(row["low"][measure]):
        text += Markup("<br><small>[{}, {}]</small>").format(low, high)
    return {"text": text, "css": "n"}
