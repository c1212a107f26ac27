"""The headline table: complete for files, its main rows for a terminal."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import pandas as pd
import xarray as xr
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from sim.analysis import (
    INDICATORS,
    Group,
    indicator_unit,
    key_title,
    number,
    readable,
    shown_rows,
    signed,
    value_text,
    varying,
    years_of,
    years_text,
)
from sim.analysis.paired import ADJUSTED, COLUMNS, CORRECTION
from sim.batch.fitting import lacking, short
from sim.currency import in_currency
from sim.indicators import BREAK_EVEN
from sim.parameters import Appraisal
from sim.report.levels import NOT_CONTAINED
from sim.report.numbers import (
    SHOWN,
    decides,
    groups_note,
    interval_text,
    levels_text,
    pairing_text,
    per_billion,
    seeds_text,
    share_text,
    short_title,
)

STATISTICS = (*COLUMNS, *ADJUSTED)
MAX_ARM_LETTERS = 16  # characters of an arm name next to the numbers in 80 columns
# columns of the table of costs, with headings of two lines
COST_COLUMNS: dict[str, str] = {
    "public_outlay": "Gross\noutlay",
    "public_net_cost": "Net\ncost",
    BREAK_EVEN: "Break-even\ncost",
    "own_revenue": "Revenue\nfeedback",
    "net_benefit": "Net benefit,\nall regions",
    "supporting_net_benefit": "Net benefit,\nsupporting",
}
# Columns of the main table, with what narrower versions omit, one more in each.
COLUMNS_SHOWN = ("Arm", "Mean", "Of the\nbase", "95 % interval", "Same\nsign", "Per bn\nyuan")
LEAST_NEEDED = ("Same\nsign", "Of the\nbase", "Per bn\nyuan")
NARROW_COSTS = ("own_revenue", "public_outlay", "net_benefit")


def tidy(table: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Return the headline table with one row per indicator and arm.

    Parameters
    ----------
    table : DataFrame
        From `sim.analysis.headline_table`: rows arms, columns (indicator, statistic).
    currency : str
        Of the world.

    Returns
    -------
    DataFrame
        ``years`` is how the years were aggregated: ``last``, ``sum`` or ``present`` (present value); the unit is that
        of the result.
    """
    rows = []
    for indicator in table.columns.get_level_values(0).unique():
        facts, years = INDICATORS[indicator], years_of(indicator)
        unit = indicator_unit(indicator, years, currency)
        head = {"indicator": indicator, "title": facts.title, "unit": unit, "years": years}
        for arm, row in table[indicator].iterrows():
            rows.append({**head, "arm": arm, **{name: row[name] for name in STATISTICS}})
    return pd.DataFrame(rows).astype({"n": int, "dropped": int})


def rich_table(
    table: pd.DataFrame,
    first: int,
    last: int,
    currency: str,
    names: Iterable[str] = tuple(SHOWN),
    note: str = "",
    version: int = 0,
    levels: str = "",
) -> Table:
    """Return the main rows of the tidy headline table for a terminal of 80 columns or more.

    Parameters
    ----------
    table : DataFrame
        From `tidy`.
    first, last : int
        Years of the run.
    currency : str
        Of the world.
    names : iterable of str
        Indicators; see `sim.report.numbers.shown`.
    note : str
        Sentences that precede the caption.
    version : int
        0 is complete; each further one omits one more of `LEAST_NEEDED`.
    levels : str
        What the levels of the baseline rest on; see `sim.report.numbers.levels_text`.
    """
    omitted = LEAST_NEEDED[:version]
    kept = [k for k, name in enumerate(COLUMNS_SHOWN) if name not in omitted]
    base = f"Base: mean of the baseline over {levels}." if levels else ""
    notes = (note, lacking(list(omitted)), base, _caption(table))
    view = Table(
        title=f"Difference from the baseline, {int(table['n'].max())} pairs of runs: {last}, or sum of {first}–{last}",
        caption=in_currency(" ".join(part for part in notes if part), currency), caption_justify="left",
        title_justify="left", box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 1, 0), expand=False,
    )  # fmt: skip
    view.add_column("Indicator", min_width=14)
    for k in kept:
        name = in_currency(COLUMNS_SHOWN[k], currency)
        view.add_column(name, no_wrap=True, justify="left" if name == "Arm" else "right")
    for indicator in names:
        rows = table[table["indicator"] == indicator]
        if len(rows):
            head, *cells = _cells(indicator, rows)
            view.add_row(head, *(cells[k] for k in kept))
    return view


def rich_costs(table: pd.DataFrame, rates: Appraisal, currency: str, version: int = 0) -> Table:
    """Return the costs of the arms and their net benefits for a terminal: present values, a row per arm.

    Parameters
    ----------
    table : DataFrame
        From `tidy`.
    rates : Appraisal
        Of the experiment.
    currency : str
        Of the world.
    version : int
        0 is complete; 1 has intervals of two lines, and each further one omits one more of `NARROW_COSTS`.
    """
    there = set(table["indicator"])
    own = next((group for group in Group if f"{group}_net_benefit" in there), Group.SUPPORTING)
    titles = {INDICATORS[name].of(own): title for name, title in COST_COLUMNS.items()}
    known = {name: title.replace(Group.SUPPORTING, own) for name, title in titles.items() if name in there}
    omitted = NARROW_COSTS[: max(0, version - 1)]
    shown = {name: title for name, title in known.items() if name not in omitted}
    missing = lacking([title for name, title in known.items() if name in omitted])
    rows = table[table["indicator"].isin(shown)]
    scale, unit = readable(in_currency("million yuan", currency), float(rows["difference"].abs().max()))
    even = "Break-even cost: the net cost at which the net benefit of all regions is zero. " * (BREAK_EVEN in shown)
    view = Table(
        title=f"Costs and net benefits, {unit}: present values at {number(100 * rates.discount)} % a year, difference "
        "from the baseline",
        caption=f"Mean and 95 % interval. Net cost: gross outlay less what was returned and less stakes (discounted at "
        f"{number(100 * rates.equity_rate)} %) and claims at the end. Revenue feedback: own revenue of cities, "
        "provinces and the nation. Net benefit: real income, of all regions or of those named, less "
        f"{number(rates.funds_cost)} times net cost. {even}{missing}".strip(),
        caption_justify="left", title_justify="left", box=SIMPLE_HEAD, show_edge=False, pad_edge=False,
        padding=(0, 1, 0, 0),
    )  # fmt: skip
    view.add_column("Arm", no_wrap=True)
    for title in shown.values():
        view.add_column(title.replace(" ", "\n") if version else title, no_wrap=True, justify="right")
    for arm, part in rows.groupby("arm", sort=False):
        by_name = part.set_index("indicator").to_dict("index")
        view.add_row(_short(str(arm)), *(_cost_cell(by_name[name], scale, version > 0) for name in shown))
    return view


def rich_variants(table: pd.DataFrame, main: str, names: Iterable[str] = tuple(SHOWN), version: int = 0) -> Table:
    """Return the effects of the arms under a further variant compared with the main one, for a terminal.

    Parameters
    ----------
    table : DataFrame
        From `sim.analysis.between_variants`, the rows of the further variant.
    main : str
        The main variant.
    names : iterable of str
        Indicators; see `sim.report.numbers.shown`.
    version : int
        0 is complete, 1 omits the effects under the main variant.
    """
    variant = str(table["variant"].iloc[0])
    columns = ["Arm", *(f"Effect,\n{_short(name)}" for name in (main, variant)), "Difference", "95 % interval"]
    view = Table(
        title=f"Effects under {variant} less those under {main}",
        caption=f"Effect: difference from the baseline under the same variant. {seeds_text(table['n'])}. Bold: clear "
        f"of zero also after the {CORRECTION} correction for all comparisons in variants.csv. "
        f"{lacking(columns[1 : 1 + version])}".strip(),
        caption_justify="left", title_justify="left", box=SIMPLE_HEAD, show_edge=False, pad_edge=False,
        padding=(0, 1, 1, 0),
    )  # fmt: skip
    view.add_column("Indicator", min_width=14)
    kept = [k for k in range(len(columns)) if k != version or not version]
    for name in (columns[k] for k in kept):
        view.add_column(name, no_wrap=True, justify="left" if name == "Arm" else "right")
    for indicator in names:
        rows = table[table["indicator"] == indicator]
        if len(rows):
            head, *cells = _variant_cells(indicator, rows)
            view.add_row(head, *(cells[k] for k in kept))
    return view


def _variant_cells(indicator: str, rows: pd.DataFrame) -> list[Text]:
    """Return one row of the table of variants; its cells have one line per arm."""
    scale, unit = readable(str(rows["unit"].iloc[0]), float(rows[["main_effect", "effect"]].abs().max().max()))
    lines: list[list[Text]] = [[] for _ in range(5)]
    for row in rows.to_dict("records"):
        style = "bold" if decides(row) else ""
        means = (signed(float(row[name]) * scale) for name in ("main_effect", "effect", "difference"))
        for column, text in zip(lines, (_short(str(row["arm"])), *means, interval_text(row, scale)), strict=True):
            column.append(Text(text, style=style))
    head = Text(f"{short_title(indicator)}\n")
    head.append(unit + years_text(years_of(indicator)), style="dim")
    return [head, *(Text("\n").join(column) for column in lines)]


def _cost_cell(row: dict[Hashable, Any], scale: float, narrow: bool) -> Text:
    facts = {str(key): value for key, value in row.items()}
    text = Text(signed(float(facts["difference"]) * scale), style="bold" if decides(facts) else "")
    interval = interval_text(facts, scale)
    text.append("\n" + (interval.replace(", ", ",\n") if narrow else interval), style="dim")
    return text


def interaction_text(table: pd.DataFrame) -> str:
    """Return the interaction of each combination in value added of the regions evaluated, in one sentence each.

    Parameters
    ----------
    table : DataFrame
        From `sim.analysis.interaction`.
    """
    sentences = []
    name = next((name for group in Group if (name := f"{group}_value_added") in set(table["indicator"])), "")
    for row in table[table["indicator"] == name].to_dict("records"):
        scale, unit = readable(str(row["unit"]), float(abs(row["actual"])))
        more = f"{signed(100 * row['relative'], 2)} %" if row["relative"] == row["relative"] else "–"
        sentences.append(
            f"Interaction, {row['arm']} ({row['parts']}): {short_title(name).lower()}, "
            f"{signed(scale * row['interaction'])} {interval_text(row, scale)} {unit} beyond the mixture of its parts "
            f"({more})."
        )
    return "\n".join(sentences)


def _caption(table: pd.DataFrame) -> str:
    tested = table[table["p_adjusted"].notna()]
    return (
        f"{seeds_text(table['n'])}. Bold: clear of zero also after the {CORRECTION} correction for all "
        f"{len(tested)} comparisons. Net flows go from the centre to the supporting zone. "
        "Same sign: share of seeds with the sign of the mean. Per bn yuan: present value of the effect (annual "
        "quantities summed over years) per billion yuan of gross public outlay beyond the baseline's, present value. "
        f"{pairing_text(tested['pairing'])} {NOT_CONTAINED} "
        f"All {table['indicator'].nunique()} indicators: headline.csv and report.html."
    )


def _short(name: str) -> str:
    # truncated here: a name that wraps in the terminal would misalign arms and numbers
    return short(name, MAX_ARM_LETTERS)


def _percent(indicator: str, row: Mapping[Hashable, Any]) -> str:
    """Return a difference in per cent of the baseline; net flows near zero and indices have none."""
    base = float(row["baseline_mean"])
    if INDICATORS[indicator].unit == "1" or years_of(indicator) != "last" or not base > 0:
        return "–"
    return f"{signed(100 * float(row['difference']) / base, 2)} %"


def _cells(indicator: str, rows: pd.DataFrame) -> list[Text]:
    """Return one row of the table; its cells have one line per arm."""
    scale, unit = readable(str(rows["unit"].iloc[0]), float(rows["difference"].abs().max()))
    unit += years_text(years_of(indicator))
    lines: list[list[Text]] = [[] for _ in range(6)]
    for row in rows.to_dict("records"):
        style = "bold" if decides(row) else ""
        mean, percent = signed(float(row["difference"]) * scale), _percent(indicator, row)
        texts = (_short(str(row["arm"])), mean, percent, interval_text(row, scale), share_text(row),
                 per_billion(row, scale))  # fmt: skip
        for column, text in zip(lines, texts, strict=True):
            column.append(Text(text, style=style))
    head = Text(f"{short_title(indicator)}\n")
    head.append(unit, style="dim")
    if not INDICATORS[indicator].paired:
        head.append(f"\nbase {number(scale * float(rows['baseline_mean'].iloc[0]), 4)}", style="dim")
    return [head, *(Text("\n").join(column) for column in lines)]


def rich_summary(ds: xr.Dataset, table: pd.DataFrame) -> Table:
    """Return a short table: one row per indicator and arm, with its smallest and largest value and their points.

    Parameters
    ----------
    ds : Dataset
        Results of the sweep.
    table : DataFrame
        From `sim.analysis.summary`.
    """
    compared = bool(table["difference"].notna().any())
    value = "difference" if compared else "mean"
    counts = ds["finished"].sum("replication").values.ravel()
    levels = f"Mean over {levels_text(ds, counts)}"
    what = "Difference from the baseline at the same point and seed" if compared else levels
    last = int(ds["year"].values[-1])
    view = Table(
        title=f"{what}: {last}, or sum of {int(ds['year'].values[0])}–{last}", title_justify="left",
        caption=_sweep_caption(ds, table, compared), caption_justify="left", box=SIMPLE_HEAD, pad_edge=False,
        padding=(0, 1, 1, 0),
    )  # fmt: skip
    view.add_column("Indicator", min_width=14)
    for name in ("Least", "Most", *(("Points\nclear\nof 0",) if compared else ())):
        view.add_column(name, justify="right")
    rows_shown = shown_rows(ds, table[table[value].notna()])
    for (_, arm), rows in rows_shown.groupby(["indicator", "arm"], sort=False):
        view.add_row(*_sweep_cells(ds, str(arm), rows, value))
    return view


def _sweep_caption(ds: xr.Dataset, table: pd.DataFrame, compared: bool) -> str:
    points = f"{ds.sizes['point']} points of {', '.join(key_title(key) for key in ds.attrs['keys'])}. "
    points += f"{groups_note(ds, table['indicator'].unique())} ".lstrip()
    more = "All points: summary.csv and report.html."
    if not compared:
        return points + more
    tested = table[table["p_adjusted"].notna()]
    clear = f"Bold, and points clear of 0: also after the {CORRECTION} correction for all {len(tested):,} comparisons"
    seeds = seeds_text(table.loc[table["difference"].notna(), "n"])
    return " ".join([f"{points}{clear}; {seeds}.", pairing_text(tested["pairing"]), more])


def _sweep_cells(ds: xr.Dataset, arm: str, rows: pd.DataFrame, value: str) -> list[Text]:
    facts = rows.iloc[0]
    scale, unit = readable(str(facts["unit"]), float(rows[value].abs().max()))
    head = Text(f"{facts['title']}\n")
    head.append(f"{arm}; {unit}{years_text(facts['years'])}", style="dim")
    low, high = rows[value].idxmin(), rows[value].idxmax()
    same = rows.loc[low, value] == rows.loc[high, value]
    extremes = [_extreme([] if same else varying(ds), rows.loc[at], value, scale) for at in (low, high)]
    if value == "mean":
        return [head, *extremes]
    clear = sum(decides(row) for row in rows.to_dict("records"))
    return [head, *extremes, Text(f"{clear}/{len(rows)}")]


def _extreme(keys: list[str], row: pd.Series, value: str, scale: float) -> Text:
    """Return a value with its interval and point; without `keys` the value is the same at every point."""
    compared = value == "difference"
    extremes = ("ci_low", "ci_high") if compared else ("mean_low", "mean_high")
    low, high = (float(row[name]) * scale for name in extremes)
    write = signed if compared else number
    text = Text(write(float(row[value]) * scale), style="bold" if compared and decides(row) else "")
    text.append(f"\n[{write(low)}, {write(high)}]" if low == low else "")
    for key in keys:
        text.append(f"\n{key_title(key)} {value_text(row[key])}", style="dim")
    text.append("" if keys else "\nat every point", style="dim")
    return text
