"""After the runs of a sensitivity analysis: indices, figure, report."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sim import results
from sim.analysis import key_title, measure, number, readable
from sim.analysis.sensitivity import NOBODY, RANKING, SEEDS, indices
from sim.batch.outcome import Outcome
from sim.figures.sensitivity import save
from sim.report import write_report

INDICES = "indices.csv"
MOST = 8  # inputs of an outcome in the terminal
HEADS = {"mu_star": "Size μ*", "sigma": "Spread σ", "total": "Total", "first": "Alone", "pawn_median": "PAWN"}


def finish(outcome: Outcome, config: Any, console: Console) -> None:
    """Write and print the indices; then figure and report.

    Parameters
    ----------
    outcome : Outcome
        Its table and files are added to.
    config : Sensitivity
    console : Console

    Raises
    ------
    UserError
        If too many runs are missing for the method.
    """
    ds = results.open_results(outcome.folder)
    measured = measure(ds, config.indicators)
    table = indices(ds, measured)
    outcome.headline["table"] = table.astype(object).replace({np.nan: None}).to_dict(orient="records")
    outcome.files.append(results.write_text(outcome.folder / INDICES, table.to_csv(index=False)))
    units = {item.name: (item.title, item.unit) for item in measured}
    console.print(rich_indices(table, config.method, units))
    outcome.files += save(ds, measured, table, outcome.folder / "figures")
    report = write_report(outcome.folder, draw=False)
    outcome.files.append(report)
    console.print(f"Report: {report}", highlight=False)


def rich_indices(table: pd.DataFrame, method: str, units: dict[str, tuple[str, str]]) -> Table:
    """Return the inputs that matter most to each outcome, for a terminal.

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
        title="What moves the outcomes: the first inputs of each", title_justify="left", caption_justify="left",
        caption=f"In brackets: 95 % interval over resampled samples. All inputs: {INDICES} and report.html.",
        box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0),
    )  # fmt: skip
    view.add_column("Outcome, input", overflow="fold")
    for name in measures:
        view.add_column(HEADS[name], justify="right")
    for (indicator, arm), rows in table.groupby(["indicator", "arm"], sort=False):
        title, unit = units[str(indicator)]
        ranked = rows[rows["measure"] == measures[0]].sort_values("value", ascending=False, kind="stable")
        scale, unit = readable(unit, float(ranked["value"].abs().max())) if method == "morris" else (1.0, "")
        view.add_row(Text(f"{title}; {arm}" + (f"; {unit}" if unit else ""), style="bold"))
        for name in ranked["input"].head(MOST):
            cells = [_cell(rows[(rows["input"] == name) & (rows["measure"] == m)].iloc[0], scale) for m in measures]
            view.add_row(f"  {name if name == NOBODY else key_title(name)}", *cells)
        luck = rows[rows["input"] == SEEDS]["value"]
        view.add_row(*([f"  luck of seeds: {luck.iloc[0]:.1%} of the variance"] if luck.notna().any() else []))
    return view


def _cell(row: pd.Series, scale: float) -> str:
    text = number(scale * float(row["value"]), 3)
    return text if np.isnan(row["low"]) else f"{text} [{number(scale * row['low'], 2)}, {number(scale * row['high'], 2)}]"
