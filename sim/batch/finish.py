"""Post-processing of scenarios and comparisons: headline table, costs, figures, report."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from rich.console import Console

from sim import results
from sim.analysis import headline_table
from sim.analysis.classes import firms_by_class
from sim.analysis.costs import realised_costs
from sim.batch import drawing
from sim.batch.headline import rich_table, tidy
from sim.batch.outcome import Outcome
from sim.figures import save_all
from sim.report import write_report


def scenario(outcome: Outcome, console: Console) -> None:
    """Write figures and report of a scenario's results."""
    ds = results.open_results(outcome.folder)
    outcome.headline["costs"] = realised_costs(ds, 0.0)
    _figures_and_report(ds, outcome, console)


def comparison(outcome: Outcome, config: Any, console: Console, figure_processes: int = 0) -> None:
    """Print and write the headline table, then draw figures and report, in `figure_processes` processes if several.

    Without a finished pair of runs there is nothing to compare, and a message says so.
    """
    ds = results.open_results(outcome.folder)
    discount = config.common_budget.discount if config.common_budget else 0.0
    outcome.headline["costs"] = realised_costs(ds, discount)
    if not _has_pairs(ds, config.baseline):
        console.print("[bold red]No arm shares a finished seed with the baseline: no table, figures or report.[/]")
        return
    table = tidy(headline_table(ds, config.baseline))
    outcome.headline["table"] = table.replace({np.nan: None}).to_dict(orient="records")
    path = outcome.folder / "headline.csv"
    table.to_csv(path, index=False)
    outcome.files.append(path)
    if (classes := firms_by_class(ds, config.baseline)) is not None:
        classes.to_csv(outcome.folder / "firms.csv", index=False)
        outcome.files.append(outcome.folder / "firms.csv")
    _print_costs(outcome, console)
    console.print(rich_table(table, int(ds["year"].values[0]), int(ds["year"].values[-1])))
    if figure_processes > 1:
        drawing.figures_and_page(outcome, console, figure_processes)
    else:
        _figures_and_report(ds, outcome, console)


def _has_pairs(ds: xr.Dataset, baseline: str) -> bool:
    if baseline not in ds["arm"].values:
        return False
    there = ds["finished"].reset_coords(drop=True)
    others = there.sel(arm=[a for a in ds["arm"].values if a != baseline])
    return bool((others & there.sel(arm=baseline, drop=True)).any())


def _print_costs(outcome: Outcome, console: Console) -> None:
    costs = outcome.headline["costs"]
    if any(cost > 0 for cost in costs.values()):
        text = ", ".join(f"{arm} {cost:,.0f}" for arm, cost in costs.items())
        console.print(f"Public outlay, present value, million yuan: {text}", highlight=False)


def _figures_and_report(ds: xr.Dataset, outcome: Outcome, console: Console) -> None:
    outcome.files += save_all(ds, outcome.folder / "figures")
    outcome.add_report(write_report(outcome.folder, draw=False, ds=ds), console)
