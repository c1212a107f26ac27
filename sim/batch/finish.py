"""Post-processing of scenarios and comparisons: headline table, costs, figures, report."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from rich.text import Text

from sim import results
from sim.analysis import (
    agents_of,
    appraisal_of,
    baselines_of,
    between_variants,
    by_variant,
    has_pairs,
    headline_table,
    interaction,
)
from sim.analysis.classes import firms_by_class
from sim.analysis.costs import realised_costs
from sim.batch import drawing
from sim.batch.fitting import show_fitted
from sim.batch.headline import (
    LEAST_NEEDED,
    NARROW_COSTS,
    interaction_text,
    rich_costs,
    rich_table,
    rich_variants,
    tidy,
)
from sim.batch.outcome import Outcome
from sim.batch.phases import phase
from sim.batch.screen import Screen, styled
from sim.currency import columns_in, currency_of
from sim.figures import font_note, save_all
from sim.report import write_report
from sim.report.answer import answer_of
from sim.report.numbers import groups_note, levels_text, shown, unpriced_note

NOTHING = "No arm shares a finished seed with the baseline: no table, figures or report."


def scenario(outcome: Outcome, console: Screen) -> None:
    """Write figures and report of a scenario's results."""
    ds = results.open_results(outcome.folder)
    outcome.headline["costs"] = realised_costs(ds, appraisal_of(ds).discount)
    _figures_and_report(ds, outcome, console)


def comparison(outcome: Outcome, config: Any, console: Screen, figure_processes: int = 0) -> None:
    """Print and write the headline table and interactions, then draw figures and report.

    Parameters
    ----------
    outcome : Outcome
    config : Comparison
    console : Console
    figure_processes : int
        Number of processes that draw; this one if fewer than two.

    Without a finished pair of runs there is nothing to compare, and a message says so.
    """
    with phase(console, "reading the runs"):
        ds = results.open_results(outcome.folder)
        rates = appraisal_of(ds)
        outcome.headline["costs"] = realised_costs(ds, rates.discount)
    if not has_pairs(ds, config.baseline):
        console.print(Text(NOTHING, style="bold red"))
        return
    with phase(console, "computing the tables"):
        table, currency = by_variant(ds, _headline), currency_of(ds.attrs)
        assert table is not None  # the main variant has pairs
        outcome.headline["table"] = columns_in(table, currency).replace({np.nan: None}).to_dict(orient="records")
        _write(outcome, "headline.csv", table, currency)
        if (classes := by_variant(ds, firms_by_class)) is not None:
            _write(outcome, "firms.csv", classes, currency)
        names = shown(ds)
        main = tidy(headline_table(ds, config.baseline), currency)
        answer = answer_of(ds, outcome.folder, config.baseline)
    if answer is not None:
        outcome.headline["answer"] = answer.texts
        for title, sentence in answer.texts.items():
            console.show(styled("[bold]{}.[/] {}", title, sentence))
    first, last = (int(ds["year"].values[k]) for k in (0, -1))
    note = " ".join(filter(None, (groups_note(ds, names), unpriced_note(ds))))
    levels = levels_text(ds, [int(ds["finished"].sel(arm=config.baseline).sum())])
    show_fitted(
        console, lambda k: rich_table(main, first, last, currency, names, note, k, levels), 1 + len(LEAST_NEEDED)
    )
    if rich_costs(table, rates, currency).row_count:
        show_fitted(console, lambda k: rich_costs(table, rates, currency, k), 2 + len(NARROW_COSTS))
    _compare_variants(ds, outcome, console)
    if (beyond := by_variant(ds, interaction)) is not None:
        _write(outcome, "interaction.csv", beyond, currency)
        console.show(interaction_text(beyond))
    if figure_processes > 1 and outcome.illustrated:
        drawing.figures_and_page(outcome, console, figure_processes)
    else:
        _figures_and_report(ds, outcome, console)


def _headline(ds: xr.Dataset, baseline: str) -> pd.DataFrame | None:
    """Return the headline for its file: with what its levels rest on, next to the number of runs ``n``."""
    if not has_pairs(ds, baseline):
        return None
    first, last = (int(ds["year"].values[k]) for k in (0, -1))
    table = tidy(headline_table(ds, baseline), currency_of(ds.attrs))
    return table.assign(firms=agents_of(ds), first_year=first, last_year=last)


def _compare_variants(ds: xr.Dataset, outcome: Outcome, console: Screen) -> None:
    """Print and write by how much effects differ between variants, if there are several."""
    table = between_variants(ds)
    if len(table):
        outcome.headline["variants"] = table.replace({np.nan: None}).to_dict(orient="records")
        _write(outcome, "variants.csv", table, currency_of(ds.attrs))
        for _, rows in table.groupby("variant", sort=False):
            build = partial(rich_variants, rows, next(iter(baselines_of(ds))), shown(ds))
            show_fitted(console, build, 2)


def _write(outcome: Outcome, name: str, table: pd.DataFrame, currency: str) -> None:
    path = outcome.folder / name
    columns_in(table, currency).to_csv(path, index=False)
    outcome.files.append(path)


def _figures_and_report(ds: xr.Dataset, outcome: Outcome, console: Screen) -> None:
    outcome.illustrate(
        lambda: save_all(ds, outcome.folder / "figures"),
        lambda: write_report(outcome.folder, draw=False, ds=ds),
        console,
        font_note(ds),
    )
