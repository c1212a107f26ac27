"""Formatting of differences, for terminal and report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import xarray as xr
from markupsafe import Markup

from sim.analysis import (
    INDICATORS,
    Group,
    agents_of,
    config_of,
    group_text,
    groups,
    in_brief,
    indicator_unit,
    number,
    readable,
    shown_indicators,
    unpriced,
    years_of,
)
from sim.analysis.unpriced import unpriced_factors
from sim.currency import currency_of, in_currency
from sim.figures.style import display_name
from sim.report.sentences import Figure, Sentence, amount, marked, plain

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
    return plain(groups_parts(ds, indicators))


def groups_parts(ds: xr.Dataset, indicators: Iterable[str]) -> Sentence:
    """Return `groups_note` with its numbers."""
    known = {INDICATORS[name].group for name in indicators} - {None, Group.SUPPORTING}
    out: Sentence = []
    for group in (group for group in Group if group in known):
        words = group.words.removeprefix("the ")
        count, _, rest = group_text(ds, group).partition(" ")
        number_or_name = Figure(f"group:{group}", float(count), count) if count.isdecimal() else count
        out += [" " * bool(out), f"{words[0].upper()}{words[1:]}: ", number_or_name, f" {rest}".rstrip(), "."]
    return out


def unpriced_note(ds: xr.Dataset) -> str:
    """Return which arms have no effect per yuan since a price is not known, and why; empty if there are none."""
    found = unpriced_factors(config) if (config := config_of(ds)).get("factors") else unpriced(ds)
    names = (f"{display_name(arm)} ({', '.join(map(display_name, kinds))})" for arm, kinds in found.items())
    text = f"No effect per yuan, and no rank by it, since the price of what is bought is not known: {'; '.join(names)}."
    return in_currency(text, currency_of(ds.attrs)) if found else ""


def scale_of(indicator: str, largest: float, currency: str) -> tuple[float, str]:
    """Return the scale factor and unit for differences of a headline indicator.

    Parameters
    ----------
    indicator : str
        Its aggregation over years is that of the headline.
    largest : float
        The largest difference, in the indicator's own unit.
    currency : str
        Of the world.
    """
    return readable(indicator_unit(indicator, years_of(indicator), currency), largest)


def interval_text(row: Mapping[str, Any], scale: float, lower: str = "ci_low", upper: str = "ci_high") -> str:
    """Return the 95 % interval, or a dash if there are too few pairs of runs."""
    return plain(interval_parts("", row, scale, lower, upper))


def interval_parts(
    key: str, row: Mapping[str, Any], scale: float, lower: str = "ci_low", upper: str = "ci_high", digits: int = 2
) -> Sentence:
    """Return `interval_text` with its numbers, the keys of which end with ``low`` and ``high``."""
    if not np.isfinite(row[lower]):
        return ["–"]
    low, high = (
        amount(f"{key}:{name.removeprefix('ci_')}", float(row[name]), scale, digits, sign=True)
        for name in (lower, upper)
    )
    return ["[", low, ", ", high, "]"]


def share_text(row: Mapping[str, Any]) -> str:
    """Return the share of seeds whose difference has the sign of the mean."""
    return plain(share_parts("", row))


def share_parts(key: str, row: Mapping[str, Any], name: str = "sign_share") -> Sentence:
    """Return a share in per cent with its number."""
    share = float(row[name])
    return [Figure(f"{key}:{name}", share, f"{100 * share:.0f}", 100.0), " %"] if np.isfinite(share) else ["–"]


def small_print(key: str, row: Mapping[str, Any], scale: float, digits: int = 2) -> Markup:
    """Return the line below a difference on a page: its interval and the share of seeds with the sign of the mean."""
    interval, share = interval_parts(key, row, scale, digits=digits), share_parts(key, row)
    return Markup("<br><small>{}</small>").format(marked([*interval, " ", *share]))


def per_billion(row: Mapping[str, Any], scale: float) -> str:
    """Return the effect per billion yuan of gross public outlay, both present values, in the unit of the difference.

    That of an annual quantity is a sum over years: value added per yuan, not per yuan and year.
    """
    return plain(per_billion_parts("", row, scale))


def per_billion_parts(key: str, row: Mapping[str, Any], scale: float) -> Sentence:
    """Return `per_billion` with its number."""
    value = row["per_million_yuan"]
    known = value is not None and np.isfinite(value)
    return [amount(f"{key}:per_billion", 1e3 * float(value), scale, sign=True)] if known else ["–"]


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
    return plain(seeds_parts("", counts))


def seeds_parts(key: str, counts: Iterable[int]) -> Sentence:
    """Return `seeds_text` with its numbers."""
    least, most = min(counts := list(counts)), max(counts)
    first, last = (Figure(f"{key}:seeds:{end}", int(n), str(n)) for end, n in (("least", least), ("most", most)))
    return [first, f" seed{'s' if least != 1 else ''}"] if least == most else [first, " to ", last, " seeds"]


def agents_parts(ds: xr.Dataset, before: str = ", ") -> Sentence:
    """Return how many firm agents a run has, with its number; empty if that is unknown or differs between runs."""
    count = agents_of(ds)
    return [] if count is None else [before, amount("agents", count, digits=9), " firm agents in each run"]


def levels_text(ds: xr.Dataset, counts: Iterable[int]) -> str:
    """Return what levels rest on: runs, agents in each of them, years."""
    first, last = (int(ds["year"].values[k]) for k in (0, -1))
    return f"{seeds_text(counts)}{plain(agents_parts(ds))}, {first}–{last}"


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
    factor, ends = factor_parts("", row)
    return " ".join(plain(part) for part in (factor, ends) if part)


def factor_parts(key: str, row: Mapping[str, Any]) -> tuple[Sentence, Sentence]:
    """Return `factor_text` with its numbers: the factor, and its interval unless that is uninformative."""
    if not np.isfinite(row["pairing"]):
        return ["–"], []
    factor, low, high = (
        Figure(f"{key}:{name}", float(row[name]), capped(float(row[name]), 3))
        for name in ("pairing", "pairing_low", "pairing_high")
    )
    # beyond the cap the interval is uninformative
    return [factor], ["[", low, ", ", high, "]"] if row["pairing_low"] <= MOST else []


def capped(value: float, digits: int) -> str:
    """Return a number as text, capped at a million.

    Examples
    --------
    >>> capped(123.4, 2), capped(557.0, 7), capped(5e9, 2)
    ('120', '557', '> 1,000,000')
    """
    if value > MOST:
        return f"> {MOST:,.0f}"
    rounded = float(f"{value:.{digits}g}")
    return f"{rounded:,.0f}" if rounded.is_integer() and rounded >= 100 else number(rounded, digits)
