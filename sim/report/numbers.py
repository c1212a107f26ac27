"""Formatting of differences, for terminal and report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import xarray as xr

from sim.analysis import (
    INDICATORS,
    Group,
    group_text,
    groups,
    in_brief,
    number,
    readable,
    shown_indicators,
    signed,
    summed_unit,
    years_of,
)

# indicators shown in terminals and short tables, with names that fit next to the numbers
SHOWN: dict[str, str] = {
    "supporting_value_added": "Value added, supporting zone",
    "value_added": "Value added, all regions",
    "supporting_capital": "Capital, supporting zone",
    "supporting_real_income": "Real income, supporting zone",
    "supporting_welfare_equivalent": "Welfare, supporting zone",
    "talent_net_supporting": "Talent, net from the centre",
    "capital_net_supporting": "Investment, net from the centre",
    "firm_capital_net_supporting": "Industry, net from the centre",
    "theil_between_zones": "Theil index, between zones",
}
MOST = 1e6  # larger factors are shown as "> 1,000,000"


def short_title(indicator: str) -> str:
    """Return the title of an indicator that fits next to the numbers.

    Examples
    --------
    >>> short_title("targets_value_added"), short_title("gini")
    ('Value added, targets', 'Gini coefficient of value added per head')
    """
    facts = INDICATORS[indicator]
    known = SHOWN.get(facts.of(Group.SUPPORTING), facts.title)
    return known if facts.group is None else known.replace("supporting zone", facts.group.words.removeprefix("the "))


def shown(ds: xr.Dataset) -> list[str]:
    """Return the indicators of terminals and short tables: those of ``report.indicators``.

    By default those of `SHOWN`, first for the group of regions on which the experiment is evaluated.
    """
    first, own = groups(ds)[0], [name for name in SHOWN if INDICATORS[name].group]
    usual = [] if first is Group.SUPPORTING else [INDICATORS[name].of(first) for name in own]
    return shown_indicators(ds, [*usual, *in_brief(ds, SHOWN)])


def groups_note(ds: xr.Dataset, indicators: Iterable[str]) -> str:
    """Return which regions the groups of some indicators are, one sentence each; the supporting zone needs none."""
    known = {INDICATORS[name].group for name in indicators} - {None, Group.SUPPORTING}
    named = (group for group in Group if group in known)
    sentences = (f"{group.words.removeprefix('the ')}: {group_text(ds, group)}." for group in named)
    return " ".join(sentence[0].upper() + sentence[1:] for sentence in sentences)


def scale_of(indicator: str, largest: float) -> tuple[float, str]:
    """Return the scale factor and unit for differences of a headline indicator.

    Parameters
    ----------
    indicator : str
        Its aggregation over years is that of the headline.
    largest : float
        The largest difference, in the indicator's own unit.
    """
    return readable(summed_unit(INDICATORS[indicator].unit, years_of(indicator)), largest)


def interval_text(row: Mapping[str, Any], scale: float, lower: str = "ci_low", upper: str = "ci_high") -> str:
    """Return the 95 % interval, or a dash if there are too few pairs of runs."""
    low, high = (float(row[name]) * scale for name in (lower, upper))
    return f"[{signed(low, 2)}, {signed(high, 2)}]" if np.isfinite(low) else "–"


def share_text(row: Mapping[str, Any]) -> str:
    """Return the share of seeds whose difference has the sign of the mean."""
    return f"{100 * float(row['sign_share']):.0f} %" if np.isfinite(row["sign_share"]) else "–"


def per_billion(row: Mapping[str, Any], scale: float) -> str:
    """Return the effect per billion yuan of gross public outlay, both present values, in the unit of the difference.

    That of an annual quantity is a sum over years: value added per yuan, not per yuan and year.
    """
    value = row["per_million_yuan"]
    return signed(1e3 * float(value) * scale) if value is not None and np.isfinite(value) else "–"


def decides(row: Mapping[str, Any]) -> bool:
    """Return whether the interval excludes zero after the correction for all comparisons in its table."""
    return bool(row["adjusted_low"] > 0 or row["adjusted_high"] < 0)


def seeds_text(counts: Iterable[int]) -> str:
    """Return the number of seeds behind some rows as text.

    Examples
    --------
    >>> seeds_text([8, 8]), seeds_text([8, 6])
    ('8 seeds', '6 to 8 seeds')
    """
    least, most = min(counts := list(counts)), max(counts)
    return f"{least} seed{'s' if least != 1 else ''}" if least == most else f"{least} to {most} seeds"


def pairing_text(factors: Iterable[float]) -> str:
    """Return the gain from common random numbers over the rows of a table; empty if unknown.

    Examples
    --------
    >>> pairing_text([2.0, 12.34, float("nan"), 300.0])
    'Common random numbers reduce the seeds needed by a factor of 12 (median; range 2.0 to 300).'
    """
    known = sorted(float(factor) for factor in factors if np.isfinite(factor))
    if not known:
        return ""
    least, middle, most = (capped(value, 2) for value in (known[0], float(np.median(known)), known[-1]))
    return f"Common random numbers reduce the seeds needed by a factor of {middle} (median; range {least} to {most})."


def factor_text(row: Mapping[str, Any]) -> str:
    """Return the pairing factor with its interval.

    Examples
    --------
    >>> factor_text({"pairing": 4.0, "pairing_low": 2.0, "pairing_high": 8.0})
    '4.00 [2.00, 8.00]'
    """
    if not np.isfinite(row["pairing"]):
        return "–"
    factor, low, high = (capped(float(row[name]), 3) for name in ("pairing", "pairing_low", "pairing_high"))
    # beyond the cap the interval is uninformative
    return f"{factor} [{low}, {high}]" if row["pairing_low"] <= MOST else factor


def capped(value: float, digits: int) -> str:
    """Return a number as text, capped at a million.

    Examples
    --------
    >>> capped(123.4, 2), capped(5e9, 2)
    ('120', '> 1,000,000')
    """
    return number(float(f"{value:.{digits}g}"), digits) if value <= MOST else f"> {MOST:,.0f}"
