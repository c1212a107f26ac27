"""The summary of a sweep for a terminal: where each arm does least and most."""

from __future__ import annotations

import pandas as pd
import xarray as xr
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from sim.analysis import key_title, readable, signed, value_text, varying
from sim.analysis.compared import CORRECTION
from sim.analysis.units import number
from sim.report.numbers import decides, pairing_text, seeds_text


def rich_summary(ds: xr.Dataset, table: pd.DataFrame) -> Table:
    """Return a short table: a row an indicator and arm, with the points of its smallest and largest value.

    Parameters
    ----------
    ds : Dataset
        Of the sweep.
    table : DataFrame
        From `sim.analysis.summary`.
    """
    compared = bool(table["difference"].notna().any())
    value = "difference" if compared else "mean"
    what = "Difference from the baseline at the same point and seed" if compared else "Mean over seeds"
    last = int(ds["year"].values[-1])
    view = Table(
        title=f"{what}: {last}, or sum of {int(ds['year'].values[0])}–{last}", title_justify="left",
        caption=_caption(ds, table, compared), caption_justify="left", box=SIMPLE_HEAD, pad_edge=False,
        padding=(0, 1, 1, 0),
    )  # fmt: skip
    view.add_column("Indicator", min_width=14)
    for name in ("Least", "Most", *(("Points\nclear\nof 0",) if compared else ())):
        view.add_column(name, justify="right")
    for (_, arm), rows in table[table[value].notna()].groupby(["indicator", "arm"], sort=False):
        view.add_row(*_cells(ds, str(arm), rows, value))
    return view


def _caption(ds: xr.Dataset, table: pd.DataFrame, compared: bool) -> str:
    points = f"{ds.sizes['point']} points of {', '.join(key_title(key) for key in ds.attrs['keys'])}. "
    told = "All points: summary.csv and report.html."
    if not compared:
        return points + told
    tested = table[table["p_adjusted"].notna()]
    clear = f"Bold, and points clear of 0: also after the {CORRECTION} correction for all {len(tested):,} comparisons"
    seeds = seeds_text(table.loc[table["difference"].notna(), "n"])
    return " ".join([f"{points}{clear}; {seeds}.", pairing_text(tested["pairing"]), told])


def _cells(ds: xr.Dataset, arm: str, rows: pd.DataFrame, value: str) -> list[Text]:
    facts = rows.iloc[0]
    scale, unit = readable(str(facts["unit"]), float(rows[value].abs().max()))
    head = Text(f"{facts['title']}\n")
    head.append(f"{arm}; {unit}{', sum' if facts['years'] == 'sum' else ''}", style="dim")
    low, high = rows[value].idxmin(), rows[value].idxmax()
    same = rows.loc[low, value] == rows.loc[high, value]
    ends = [_end([] if same else varying(ds), rows.loc[at], value, scale) for at in (low, high)]
    if value == "mean":
        return [head, *ends]
    clear = sum(decides(row) for row in rows.to_dict("records"))
    return [head, *ends, Text(f"{clear}/{len(rows)}")]


def _end(keys: list[str], row: pd.Series, value: str, scale: float) -> Text:
    """Return a value with its interval and its point; without keys it is the same at every point."""
    compared = value == "difference"
    ends = ("ci_low", "ci_high") if compared else ("mean_low", "mean_high")
    low, high = (float(row[name]) * scale for name in ends)
    write = signed if compared else number
    text = Text(write(float(row[value]) * scale), style="bold" if compared and decides(row) else "")
    text.append(f"\n[{write(low)}, {write(high)}]" if low == low else "")
    for key in keys:
        text.append(f"\n{key_title(key)} {value_text(row[key])}", style="dim")
    text.append("" if keys else "\nat every point", style="dim")
    return text
