"""Effects, interactions and Shapley values of a factorial experiment, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from sim.analysis import readable, signed, years_text
from sim.analysis.factorial import ALONE, AVERAGE, GAP, ON_TOP
from sim.analysis.paired import CORRECTION
from sim.cells import TIMES, Cells, cells_of
from sim.currency import currency_of, in_currency
from sim.report.factors import DEFINITIONS, FITTED, PAIRS, alias_text, basis_text, design_text
from sim.report.numbers import SHOWN, decides, interval_text, per_billion, unpriced_note

BOLD = f"Bold: clear of zero also after the {CORRECTION} correction for all comparisons in the file."
Line = list[str | Text]


def printed(ds: xr.Dataset, config: Any, tables: Mapping[str, pd.DataFrame]) -> Iterator[Table | Text]:
    """Yield design, effects and interactions of the indicators that a config shows.

    Parameters
    ----------
    ds : Dataset
    config : Factorial
    tables : mapping of str to DataFrame
        From `sim.analysis.factorial.factorial_tables`.
    """
    cells, currency = cells_of(config.model_dump()), currency_of(ds.attrs)
    yield Text(f"{design_text(cells)}. {basis_text(ds)} {alias_text(cells)}")
    recorded = set(tables["shapley"]["indicator"])
    shown = [name for name in config.indicators if name in recorded]
    yield Text("\nEffects of factors, differences from the baseline", style="italic")
    for name in shown:
        yield _effects(cells, currency, *(_of(tables[table], name) for table in ("effects", "shapley")))
    note = DEFINITIONS if cells.fraction.full else FITTED
    yield Text(f"{note} 95 % interval: of the Shapley value. {BOLD} All: effects.csv, shapley.csv, report.html.")
    if note := unpriced_note(ds):
        yield Text(note)
    if len(tables["pairs"]):
        yield Text("\nInteractions of pairs", style="italic")
        for name in shown:
            yield _pairs(cells, currency, _of(tables["pairs"], name))
        yield Text(f"{PAIRS} {BOLD} All: pairs.csv, report.html.")


def _effects(cells: Cells, currency: str, effects: pd.DataFrame, shapley: pd.DataFrame) -> Table:
    """Return the table of an indicator: by size a line for each factor, their sum and all together."""
    titles = ((ALONE, "Alone"), (ON_TOP, "On top"), (AVERAGE, "Average"))
    shown = {effect: title for effect, title in titles if cells.fraction.full or effect == AVERAGE}
    view, scale = _view(
        shapley, "Factor", [*shown.values(), "Shapley\nvalue", "95 % interval", in_currency("Per bn\nyuan", currency)]
    )
    known = effects.set_index(["size", "factor", "effect"])["value"]
    for row in _records(shapley):
        factor, size = str(row["factor"]), float(row["size"])
        if factor == cells.factors[0]:
            _size(view, cells, size)
        own = factor in cells.factors
        if factor == GAP and cells.fraction.full:  # zero up to rounding
            continue
        means: Line = [signed(scale * float(known[size, factor, effect])) if own else "" for effect in shown]
        view.add_row(Text(factor, style="" if own else "dim"), *means, *_value(row, scale))
    return view


def _pairs(cells: Cells, currency: str, pairs: pd.DataFrame) -> Table:
    """Return the table of an indicator: by size a line for each pair."""
    view, scale = _view(pairs, "Pair", ["Interaction", "95 % interval", in_currency("Per bn\nyuan", currency), ""])
    size = None
    for row in _records(pairs):
        if row["size"] != size:
            size = row["size"]
            _size(view, cells, float(size))
        view.add_row(f"{row['first']}{TIMES}{row['second']}", *_value(row, scale), str(row["relation"]))
    return view


def _of(table: pd.DataFrame, indicator: str) -> pd.DataFrame:
    return table[table["indicator"] == indicator]


def _records(rows: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for row in rows.to_dict("records"):
        yield {str(key): value for key, value in row.items()}


def _size(view: Table, cells: Cells, size: float) -> None:
    if len(cells.sizes) > 1:
        view.add_row(Text(f"size {size:g}", style="dim"))


def _value(row: Mapping[str, Any], scale: float) -> Line:
    """Return mean, interval and effect per billion yuan; what is not tested is not bold either."""
    style = "bold" if np.isfinite(row["p_adjusted"]) and decides(row) else ""
    mean = Text(signed(scale * float(row["value"])), style)
    return [mean, Text(interval_text(row, scale), style), per_billion(row, scale)]


def _view(rows: pd.DataFrame, first: str, columns: list[str]) -> tuple[Table, float]:
    """Return an empty table of an indicator, and the scale of its numbers."""
    facts = rows.iloc[0]
    name = str(facts["indicator"])
    scale, unit = readable(str(facts["unit"]), float(rows["value"].abs().max()))
    view = Table(
        title=f"{SHOWN.get(name, facts['title'])}; {unit}{years_text(facts['years'])}", title_justify="left",
        title_style="bold", box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0),
    )  # fmt: skip
    view.add_column(first, overflow="fold")
    for column in columns:
        view.add_column(column, justify="right" if column else "left", no_wrap=True)
    return view, scale
