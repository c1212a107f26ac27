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

from sim.analysis import signed, years_text
from sim.analysis.factorial import ALONE, AVERAGE, GAP, ON_TOP
from sim.analysis.paired import CORRECTION
from sim.cells import TIMES, Cells, cells_of
from sim.report.factors import DEFINITIONS, FITTED, PAIRS, alias_text, basis_text, design_text
from sim.report.numbers import SHOWN, decides, interval_text, per_billion, scale_of

BOLD = f"Bold: clear of zero also after the {CORRECTION} correction for all comparisons in the file."


def printed(ds: xr.Dataset, config: Any, tables: Mapping[str, pd.DataFrame]) -> Iterator[Table | Text]:
    """Yield design, effects and interactions of the indicators that a config shows.

    Parameters
    ----------
    ds : Dataset
    config : Factorial
    tables : mapping of str to DataFrame
        From `sim.analysis.factorial.factorial_tables`.
    """
    cells = cells_of(config.model_dump())
    yield Text(f"{design_text(cells)}. {basis_text(ds)}")
    if aliased := alias_text(cells):
        yield Text(aliased)
    yield _effects(cells, config.indicators, tables)
    if len(tables["pairs"]):
        yield _pairs(cells, config.indicators, tables["pairs"])


def _effects(cells: Cells, indicators: tuple[str, ...], tables: Mapping[str, pd.DataFrame]) -> Table:
    full = cells.fraction.full
    view = _view(
        "Effects of factors", f"{DEFINITIONS if full else FITTED} 95 % interval: of the Shapley value. {BOLD} All "
        "indicators: effects.csv, shapley.csv and report.html.",
    )  # fmt: skip
    view.add_column("Factor", no_wrap=True)
    titles = ((ALONE, "Alone"), (ON_TOP, "On top"), (AVERAGE, "Average"))
    shown = {effect: title for effect, title in titles if full or effect == AVERAGE}
    for title in (*shown.values(), "Shapley\nvalue", "95 % interval", "Per bn\nyuan"):
        view.add_column(title, justify="right", no_wrap=True)
    for indicator, size in ((i, s) for i in indicators for s in cells.sizes):
        rows = _of(tables["shapley"], indicator, size)
        if rows.empty:
            continue
        effects = _of(tables["effects"], indicator, size).set_index(["factor", "effect"])["value"]
        scale, head = _head(cells, size, rows)
        lines = []
        for row in _records(rows):
            factor = str(row["factor"])
            own = factor in cells.factors
            if factor == GAP and full:  # zero up to rounding
                continue
            means = [Text(signed(scale * float(effects[factor, effect])) if own else "") for effect in shown]
            lines.append([Text(factor, style="" if own else "dim"), *means, *_value(row, scale)])
        view.add_row(head, *_joined(lines))
    return view


def _pairs(cells: Cells, indicators: tuple[str, ...], table: pd.DataFrame) -> Table:
    view = _view("Interactions of pairs", f"{PAIRS} {BOLD} All indicators: pairs.csv and report.html.")
    view.add_column("Pair", no_wrap=True)
    for title in ("Interaction", "95 % interval", "Per bn\nyuan"):
        view.add_column(title, justify="right", no_wrap=True)
    view.add_column("", no_wrap=True)
    for indicator, size in ((i, s) for i in indicators for s in cells.sizes):
        rows = _of(table, indicator, size)
        if rows.empty:
            continue
        scale, head = _head(cells, size, rows)
        lines = [
            [Text(f"{row['first']}{TIMES}{row['second']}"), *_value(row, scale), Text(str(row["relation"]))]
            for row in _records(rows)
        ]
        view.add_row(head, *_joined(lines))
    return view


def _of(table: pd.DataFrame, indicator: str, size: float) -> pd.DataFrame:
    return table[(table["indicator"] == indicator) & (table["size"] == size)]


def _records(rows: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for row in rows.to_dict("records"):
        yield {str(key): value for key, value in row.items()}


def _head(cells: Cells, size: float, rows: pd.DataFrame) -> tuple[float, Text]:
    """Return the scale of the numbers of an indicator at a size, and its title."""
    facts = rows.iloc[0]
    scale, unit = scale_of(str(facts["indicator"]), float(rows["value"].abs().max()))
    head = Text(SHOWN.get(str(facts["indicator"]), str(facts["title"])))
    head.append(f"\n{unit}{years_text(facts['years'])}", style="dim")
    head.append(f"\nsize {size:g}" if len(cells.sizes) > 1 else "", style="dim")
    return scale, head


def _value(row: Mapping[str, Any], scale: float) -> list[Text]:
    """Return mean, interval and effect per billion yuan; what is not tested is not bold either."""
    style = "bold" if np.isfinite(row["p_adjusted"]) and decides(row) else ""
    return [Text(signed(scale * float(row["value"])), style), Text(interval_text(row, scale), style),
            Text(per_billion(row, scale))]  # fmt: skip


def _joined(lines: list[list[Text]]) -> Iterator[Text]:
    """Return one cell per column, with a line for each row."""
    return (Text("\n").join(column) for column in zip(*lines, strict=True))


def _view(title: str, caption: str) -> Table:
    view = Table(
        title=title, title_justify="left", caption=caption, caption_justify="left", box=SIMPLE_HEAD, pad_edge=False,
        padding=(0, 1, 1, 0),
    )  # fmt: skip
    view.add_column("Indicator", min_width=14)
    return view
