"""The headline table: all of it for files, the main rows for a terminal."""

from __future__ import annotations

import pandas as pd
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from sim.analysis import HEADLINE, INDICATORS, number, signed, summed_unit
from sim.analysis.compared import ADJUSTED, CORRECTION
from sim.analysis.paired import COLUMNS
from sim.report.numbers import decides, interval_text, pairing_text, per_billion, scale_of, seeds_text, share_text

STATISTICS = (*COLUMNS, *ADJUSTED)
LONGEST = 16  # letters of an arm's name beside the numbers in 80 columns
# what a terminal shows, with names that fit beside the numbers
SHOWN: dict[str, str] = {
    "supporting_value_added": "Value added, supporting zone",
    "supporting_capital": "Capital, supporting zone",
    "supporting_real_income": "Real income, supporting zone",
    "supporting_welfare_equivalent": "Welfare, supporting zone",
    "talent_net_supporting": "Talent, net from the centre",
    "capital_net_supporting": "Investment, net from the centre",
    "firm_capital_net_supporting": "Industry, net from the centre",
    "theil_between_zones": "Theil index, between zones",
    "value_added": "Value added, all regions",
}


def tidy(table: pd.DataFrame) -> pd.DataFrame:
    """Return the headline table with one row an indicator and arm.

    Parameters
    ----------
    table : DataFrame
        From `sim.analysis.headline_table`: rows arms, columns (indicator, statistic).

    Returns
    -------
    DataFrame
        ``years`` tells how the years became one number: ``last``, ``sum`` or ``mean``; the unit is that of
        the result.
    """
    rows = []
    for indicator in table.columns.get_level_values(0).unique():
        facts, years = INDICATORS[indicator], HEADLINE[indicator]
        head = {"indicator": indicator, "title": facts.title, "unit": summed_unit(facts.unit, years), "years": years}
        for arm, row in table[indicator].iterrows():
            rows.append({**head, "arm": arm, **{name: row[name] for name in STATISTICS}})
    return pd.DataFrame(rows).astype({"n": int, "dropped": int})


def rich_table(table: pd.DataFrame, first: int, last: int) -> Table:
    """Return the main rows of the tidy headline table for a terminal of 80 columns or more.

    Parameters
    ----------
    table : DataFrame
        From `tidy`.
    first, last : int
        Years of the run.
    """
    view = Table(
        title=f"Difference from the baseline, {int(table['n'].max())} pairs of runs: {last}, or sum of {first}–{last}",
        caption=_caption(table), caption_justify="left", title_justify="left", box=SIMPLE_HEAD, pad_edge=False,
        padding=(0, 1, 1, 0), expand=False,
    )  # fmt: skip
    view.add_column("Indicator", min_width=14)
    for name in ("Arm", "Mean", "95 % interval", "Same\nsign", "Per bn\nyuan"):
        view.add_column(name, no_wrap=True, justify="left" if name == "Arm" else "right")
    for indicator, title in SHOWN.items():
        rows = table[table["indicator"] == indicator]
        if len(rows):
            view.add_row(*_cells(indicator, title, rows))
    return view


def _caption(table: pd.DataFrame) -> str:
    tested = table[table["p_adjusted"].notna()]
    return (
        f"{seeds_text(table['n'])}. Bold: clear of zero also after the {CORRECTION} correction for all "
        f"{len(tested)} comparisons. Net flows go from the centre to the supporting zone. "
        "Same sign: share of seeds with the sign of the mean. Per bn yuan: per billion yuan of public outlay beyond "
        f"the baseline's. {pairing_text(tested['pairing'])} "
        f"All {table['indicator'].nunique()} indicators: headline.csv and report.html."
    )


def _short(name: str) -> str:
    # cut here, not by the terminal: a name that wraps would part arms from their numbers
    return name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"


def _cells(indicator: str, title: str, rows: pd.DataFrame) -> list[Text]:
    """Return one row of the table; its cells have a line an arm."""
    scale, unit = scale_of(indicator, float(rows["difference"].abs().max()))
    unit = f"{unit}, sum" if HEADLINE[indicator] == "sum" else unit
    lines: list[list[Text]] = [[] for _ in range(5)]
    for row in rows.to_dict("records"):
        look = "bold" if decides(row) else ""
        mean = signed(float(row["difference"]) * scale)
        texts = _short(str(row["arm"])), mean, interval_text(row, scale), share_text(row), per_billion(row, scale)
        for column, text in zip(lines, texts, strict=True):
            column.append(Text(text, style=look))
    head = Text(f"{title}\n")
    head.append(unit, style="dim")
    if not INDICATORS[indicator].paired:
        head.append(f"\nbase {number(scale * float(rows['baseline_mean'].iloc[0]), 4)}", style="dim")
    return [head, *(Text("\n").join(column) for column in lines)]
