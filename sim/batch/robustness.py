"""Post-processing of robustness analyses: regret and satisficing over futures, figures, report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from sim import results
from sim.analysis import key_title, measure, number, readable, signed, summary, value_text
from sim.analysis.futures import tables_of
from sim.analysis.robustness import ALL
from sim.batch.outcome import Outcome
from sim.batch.phases import phase
from sim.batch.screen import Screen
from sim.config import policies_of
from sim.currency import columns_in, currency_of, in_currency
from sim.figures import font_note
from sim.figures.robustness import save
from sim.figures.style import display_name
from sim.report import write_report
from sim.report.numbers import unpriced_note


def finish(outcome: Outcome, config: Any, console: Screen) -> None:
    """Write and print the tables; then figures and report.

    Parameters
    ----------
    outcome : Outcome
        Receives the table and the files.
    config : Robustness
    console : Screen
    """
    with phase(console, "reading the runs and computing the tables"):
        ds = results.open_results(outcome.folder)
        measured = measure(ds, config.indicators)
        tables = tables_of(ds, measured)
        tables["summary"] = summary(ds, measured)
    tables["policies"] = pd.DataFrame(policies_of(config))
    currency = currency_of(ds.attrs)
    for name, table in tables.items():
        text = columns_in(table, currency).to_csv(index=False)
        outcome.files.append(results.write_text(outcome.folder / f"{name}.csv", text))
    outcome.headline["table"] = tables["regret"].astype(object).replace({np.nan: None}).to_dict(orient="records")
    for view in rich_tables(tables, {item.name: (item.title, item.unit) for item in measured}, currency):
        console.show(view)
    if note := unpriced_note(ds):
        console.show(note)
    outcome.illustrate(
        lambda: save(ds, tables, outcome.folder / "figures"),
        lambda: write_report(outcome.folder, draw=False, ds=ds, measured=measured, tables=tables),
        console,
        font_note(ds),
    )


def rich_tables(tables: dict[str, pd.DataFrame], units: dict[str, tuple[str, str]], currency: str) -> Sequence[Table]:
    """Return regret and shares of futures for a terminal.

    Parameters
    ----------
    tables : dict of str to DataFrame
        From `sim.analysis.robustness.robustness_tables`.
    units : dict of str to (str, str)
        Title and unit of each indicator.
    currency : str
        Of the world.
    """
    regret = _view("Regret: loss relative to the best policy in the same future", "Outcome, policy",
                   ["Maximum", "90th\nperc.", "Mean", "Best in\n% of\nfutures"])  # fmt: skip
    for name, rows in tables["regret"].groupby("indicator", sort=False):
        title, unit = units[str(name)]
        scale, unit = readable(unit, float(rows["maximum"].max()))
        regret.add_row(Text(f"{title}; {unit}", style="bold"))
        for row in rows.to_dict("records"):
            cells = [number(scale * row[column]) for column in ("maximum", "percentile_90", "mean")]
            regret.add_row(f"  {display_name(row['policy'])}", *cells, number(100 * row["best"], 2))
    views = [regret]
    views += winners(tables, units, currency)
    table = tables["satisficing"]
    if table["threshold"].nunique() == 2:  # with a single threshold both rows are the same
        table = table[table["threshold"] != ALL]
    if len(table):
        shares = _view(
            "Satisficing: futures in which a policy meets the thresholds", "Threshold, policy", ["%", "95 % interval"]
        )
        for threshold, rows in table.groupby("threshold", sort=False):
            shares.add_row(Text(str(threshold), style="bold"))
            for row in rows.to_dict("records"):
                low, high = (number(100 * row[end], 2) for end in ("share_low", "share_high"))
                shares.add_row(f"  {display_name(row['policy'])}", number(100 * row["share"], 3), f"[{low}, {high}]")
        views.append(shares)
    return views


def winners(tables: dict[str, pd.DataFrame], units: dict[str, tuple[str, str]], currency: str) -> list[Table]:
    """Return which policy wins per public yuan, and what would change that, for a terminal."""
    if tables["winners"].empty:
        return []
    title = in_currency("Largest effect per yuan of gross outlay, present values: share of futures", currency)
    per = in_currency("Per million\nyuan", currency)
    shares = _view(title, "Outcome, policy", ["%", "95 % interval", per])
    for name, rows in tables["winners"].groupby("indicator", sort=False):
        shares.add_row(Text(units[str(name)][0], style="bold"))
        for row in rows.to_dict("records"):
            low, high = (number(100 * row[end], 2) for end in ("share_low", "share_high"))
            cells = number(100 * row["share"], 3), f"[{low}, {high}]", number(row["per_million_yuan"], 3)
            shares.add_row(f"  {display_name(row['policy'])}", *cells)
    switches = _view("Switching values: where the two policies that win most often are equal", "Uncertainty",
                     ["Range", "Effect over\nthe range", "Switching\nvalue"])  # fmt: skip
    for name, rows in tables["switching"].groupby("indicator", sort=False):
        head = rows.iloc[0]
        switches.add_row(
            Text(f"{units[str(name)][0]}: {display_name(head['first'])} less {display_name(head['second'])}, "
                 f"linear fit R² {number(head['r_squared'], 2)}", style="bold")
        )  # fmt: skip
        for row in rows.to_dict("records"):
            span = f"{value_text(row['low'])}–{value_text(row['high'])}"
            value = number(row["value"], 3) if row["switches"] else "none in range"
            switches.add_row(f"  {key_title(row['uncertainty'])}", span, signed(row["effect"]), value)
    return [shares, switches]


def _view(title: str, first: str, columns: list[str]) -> Table:
    view = Table(
        title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0),
    )  # fmt: skip
    view.add_column(first, overflow="fold")
    for name in columns:
        view.add_column(name, justify="right")
    return view
