"""Post-processing of sensitivity analyses: indices, figure, report."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from sim import results
from sim.analysis import aligned, key_title, measure, readable
from sim.analysis.sensitivity import DUMMY, RANKING, SEEDS, indices
from sim.batch.outcome import Outcome
from sim.batch.phases import phase
from sim.batch.screen import Screen
from sim.figures import font_note
from sim.figures.sensitivity import save
from sim.report import write_report

INDICES = "indices.csv"
MAX_INPUTS = 8  # inputs per outcome shown in the terminal
HEADINGS = {"mu_star": "μ*", "sigma": "σ", "total": "Total-order", "first": "First-order", "pawn_median": "PAWN"}


def finish(outcome: Outcome, config: Any, console: Screen) -> None:
    """Write and print the indices; then figure and report.

    Parameters
    ----------
    outcome : Outcome
        Receives the table and the files.
    config : Sensitivity
    console : Screen

    Raises
    ------
    UserError
        If too many runs are missing for the method.
    """
    with phase(console, "reading the runs and computing the tables"):
        ds = results.open_results(outcome.folder)
        measured = measure(ds, config.indicators)
        table = indices(ds, measured)
    outcome.headline["table"] = table.astype(object).replace({np.nan: None}).to_dict(orient="records")
    outcome.files.append(results.write_text(outcome.folder / INDICES, table.to_csv(index=False)))
    units = {item.name: (item.title, item.unit) for item in measured}
    console.show(rich_indices(table, config.method, units))
    outcome.illustrate(
        lambda: save(ds, measured, table, outcome.folder / "figures"),
        lambda: write_report(outcome.folder, draw=False, ds=ds, measured=measured, table=table),
        console,
        font_note(ds),
    )


def rich_indices(table: pd.DataFrame, method: str, units: dict[str, tuple[str, str]]) -> Table:
    """Return the most important inputs of each outcome, for a terminal.

    Parameters
    ----------
    table : DataFrame
        From `sim.analysis.sensitivity.indices`.
    method : {"morris", "sobol", "pawn"}
    units : dict of str to (str, str)
        Title and unit of each indicator.
    """
    measures = ("mu_star", "sigma") if method == "morris" else RANKING[method]
    view = Table(
        title="Sensitivity: the most important inputs of each outcome", title_justify="left", caption_justify="left",
        caption=f"In brackets: 95 % bootstrap interval. All inputs: {INDICES} and report.html.",
        box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0),
    )  # fmt: skip
    view.add_column("Outcome, input")
    for name in measures:
        view.add_column(HEADINGS[name], justify="right", no_wrap=True)
    for (indicator, arm), rows in table.groupby(["indicator", "arm"], sort=False):
        title, unit = units[str(indicator)]
        ranked = rows[rows["measure"] == measures[0]].sort_values("value", ascending=False, kind="stable")
        largest = float(ranked["value"].abs().max())
        scale, unit = readable(unit, largest) if method == "morris" else (1.0, "")
        view.add_row(Text(f"{title}; {arm}" + (f"; {unit}" if unit else ""), style="bold"))
        if not largest > 0:
            view.add_row(Text("  does not vary", style="dim"))
            continue
        for name in ranked["input"].head(MAX_INPUTS):
            own = rows[rows["input"] == name].set_index("measure")
            cells = [_cell(own.loc[column], scale, largest) for column in measures]
            view.add_row(f"  {name if name == DUMMY else key_title(name)}", *cells)
        noise = rows[rows["input"] == SEEDS]["value"]
        if noise.notna().any():
            view.add_row(Text(f"  noise of seeds: {noise.iloc[0]:.1%} of the variance", style="dim"))
    return view


def _cell(row: pd.Series, scale: float, largest: float) -> str:
    value, low, high = (aligned(scale * float(row[name]), scale * largest) for name in ("value", "low", "high"))
    return value if np.isnan(row["low"]) else f"{value} [{low}, {high}]"
