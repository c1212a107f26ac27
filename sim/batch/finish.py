"""After the runs: the headline table, costs, figures and the report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from rich.console import Console
from rich.table import Table

from sim import results
from sim.analysis import INDICATORS, headline_table
from sim.batch.budget import present_value
from sim.batch.outcome import Outcome
from sim.figures import save_all
from sim.report import write_report
from sim.report.numbers import change_text, decides, scale_of

STATISTICS = ("baseline_mean", "difference", "ci_low", "ci_high", "sign_share", "n", "dropped", "per_yuan")


def scenario(outcome: Outcome, console: Console) -> None:
    """Write figures and report of a scenario's results."""
    ds = results.open_results(outcome.folder)
    outcome.headline["costs"] = realised_costs(ds, 0.0)
    _figures_and_report(ds, outcome, console)


def comparison(outcome: Outcome, config: Any, console: Console) -> None:
    """Print and write the headline table; then figures and report.

    Without a finished pair of runs there is nothing to compare, and that is said.
    """
    ds = results.open_results(outcome.folder)
    discount = config.common_budget.discount if config.common_budget else 0.0
    outcome.headline["costs"] = realised_costs(ds, discount)
    if not _has_pairs(ds, config.baseline):
        console.print("[bold red]No arm has a run beside a run of the baseline: no table, figures or report.[/]")
        return
    table = tidy(headline_table(ds, config.baseline))
    outcome.headline["table"] = table.replace({np.nan: None}).to_dict(orient="records")
    path = outcome.folder / "headline.csv"
    table.to_csv(path, index=False)
    outcome.files.append(path)
    _print_costs(outcome, console)
    console.print(rich_table(table))
    _figures_and_report(ds, outcome, console)


def _has_pairs(ds: xr.Dataset, baseline: str) -> bool:
    if baseline not in ds["arm"].values:
        return False
    there = ds["finished"].reset_coords(drop=True)
    others = there.sel(arm=[a for a in ds["arm"].values if a != baseline])
    return bool((others & there.sel(arm=baseline, drop=True)).any())


def realised_costs(ds: xr.Dataset, discount: float) -> dict[str, float]:
    """Return the present value of public outlay by arm, mean over finished replications (million yuan)."""
    costs = {}
    outlay = ds["public_outlay"].transpose("arm", "replication", "year").values
    there = ds["finished"].transpose("arm", "replication").values
    for a, arm in enumerate(ds["arm"].values):
        runs = outlay[a][there[a]]
        if len(runs):
            costs[str(arm)] = float(np.mean([present_value(run, discount) for run in runs]))
    return costs


def tidy(table: pd.DataFrame) -> pd.DataFrame:
    """Return the headline table with one row an indicator and arm.

    Parameters
    ----------
    table : DataFrame
        From `sim.analysis.headline_table`: rows arms, columns (indicator, statistic).
    """
    rows = []
    for indicator in table.columns.get_level_values(0).unique():
        facts = INDICATORS[indicator]
        for arm, row in table[indicator].iterrows():
            values = {name: row[name] for name in STATISTICS}
            rows.append({"indicator": indicator, "title": facts.title, "unit": facts.unit, "arm": arm, **values})
    return pd.DataFrame(rows)


def rich_table(table: pd.DataFrame) -> Table:
    """Return the tidy headline table for a terminal: a row an indicator, a column an arm."""
    view = Table(title="Difference from the baseline, 95 % interval, share of seeds with that sign")
    view.add_column("Indicator")
    arms = list(dict.fromkeys(table["arm"]))
    for arm in arms:
        view.add_column(str(arm), justify="right")
    for indicator, rows in table.groupby("indicator", sort=False):
        cells = []
        scale, unit = scale_of(str(indicator), float(rows["baseline_mean"].iloc[0]), rows["unit"].iloc[0])
        for arm in arms:
            row = rows[rows["arm"] == arm].iloc[0].to_dict()
            text = change_text(row, scale)
            cells.append(f"[bold]{text}[/]" if decides(row) else text)
        view.add_row(f"{rows['title'].iloc[0]} ({unit})", *cells)
    return view


def _print_costs(outcome: Outcome, console: Console) -> None:
    costs = outcome.headline["costs"]
    if any(cost > 0 for cost in costs.values()):
        text = ", ".join(f"{arm} {cost:,.0f}" for arm, cost in costs.items())
        console.print(f"Public outlay, present value, million yuan: {text}", highlight=False)


def _figures_and_report(ds: xr.Dataset, outcome: Outcome, console: Console) -> None:
    outcome.files += save_all(ds, outcome.folder / "figures")
    report: Path = write_report(outcome.folder)
    outcome.files.append(report)
    console.print(f"Report: {report}", highlight=False)
