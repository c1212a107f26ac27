"""Effects of factors, interactions of pairs, and Shapley values of factorial experiments; docs/experiments.md.

With v(S) the outcome of a run in which the factors of S are on, of N in all, for one seed:

- alone: v({i}) - v({}); on top: v(N) - v(N less i);
- average: the mean of v(S and i) - v(S) over all S without i, each S with the same weight: the main effect;
- interaction of i and j: the mean of v(S, i and j) - v(S and i) - v(S and j) + v(S) over all S without i and j, twice
  the contrast of textbooks that halve it;
- Shapley value of i: the mean of v(S and i) - v(S) over all orders in which factors may be added.

In a fraction the average effect and the interaction are the contrasts of its runs, the sum of all that they are aliased
with; the Shapley value is that of the fitted model without interactions of three factors, which is the average effect.

References
----------
Box, Hunter & Hunter (2005), Statistics for experimenters. Shapley (1953), A value for n-person games. Grabisch &
Roubens (1999), An axiomatic approach to the concept of interaction among players in cooperative games (the interaction
with equal weights is that of Banzhaf).
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from sim.analysis.costs import per_outlay, present
from sim.analysis.indicators import INDICATORS, evaluate
from sim.analysis.paired import ADJUSTED, COSTS, HEADLINE, over_years
from sim.analysis.provenance import appraisal_of, config_of
from sim.analysis.statistics import adjusted, interval, p_value
from sim.analysis.units import indicator_unit
from sim.analysis.unpriced import unpriced_factors
from sim.cells import BASELINE, Cells, cells_of
from sim.currency import currency_of
from sim.fractions import Fraction

ALONE, ON_TOP, AVERAGE = "alone", "on top", "average"
SUM, TOTAL, GAP = "(sum)", "(all)", "(gap)"  # rows of the table of Shapley values: sum, all factors together, gap
COMPLEMENTS, SUBSTITUTES, UNDECIDED = "complements", "substitutes", "undecided"
HEAD = ("size", "indicator", "title", "unit", "years")
FIGURES = ("value", "ci_low", "ci_high", "sign_share", "n", "p", *ADJUSTED, "per_million_yuan", "per_low", "per_high")
COLUMNS = {
    "effects": (*HEAD, "factor", "effect", *FIGURES),
    "pairs": (*HEAD, "first", "second", *FIGURES, "relation"),
    "shapley": (*HEAD, "factor", *FIGURES, "share"),
}


@dataclass(frozen=True)
class Outcomes:
    """Outcomes of the runs of a factorial experiment at one size, seed by seed.

    Attributes
    ----------
    fraction : Fraction
    values : dict of int to (n,) float
        By set of factors: those of the fraction, and all factors together; NaN where a run is missing.
    """

    fraction: Fraction
    values: dict[int, np.ndarray]

    @property
    def total(self) -> np.ndarray:
        """The effect of all factors together, (n,)."""
        return self.values[self.fraction.everything] - self.values[0]

    def mean(self, on: int, off: int = 0) -> np.ndarray:
        """Return the mean over the runs of the fraction with some factors on and others off, (n,)."""
        return np.mean([self.values[m] for m in self.fraction.runs if m & on == on and not m & off], axis=0)


def effects_of(outcomes: Outcomes, factor: int) -> dict[str, np.ndarray]:
    """Return the effects of a factor for each seed: average, and in a full design alone and on top of all others.

    Parameters
    ----------
    outcomes : Outcomes
    factor : int
        Its number, from 0.

    Returns
    -------
    dict of str to (n,) float
    """
    bit, every, values = 1 << factor, outcomes.fraction.everything, outcomes.values
    average = outcomes.mean(bit) - outcomes.mean(0, bit)
    if not outcomes.fraction.full:
        return {AVERAGE: average}
    return {ALONE: values[bit] - values[0], ON_TOP: values[every] - values[every ^ bit], AVERAGE: average}


def pair_of(outcomes: Outcomes, first: int, second: int) -> np.ndarray:
    """Return the interaction of two factors for each seed: the average difference in differences, (n,).

    Raises
    ------
    ValueError
        If the design is of a resolution below V, in which pairs are aliased with each other.
    """
    if not outcomes.fraction.pairs:
        raise ValueError(f"resolution {outcomes.fraction.resolution}: pairs are aliased; expected 5 or a full design")
    a, b = 1 << first, 1 << second
    return outcomes.mean(a | b) - outcomes.mean(a, b) - outcomes.mean(b, a) + outcomes.mean(0, a | b)


def shapley_of(outcomes: Outcomes) -> np.ndarray:
    """Return the Shapley value of each factor for each seed, (factors, n); from a fraction that of the fitted model."""
    count = outcomes.fraction.count
    if not outcomes.fraction.full:
        return np.array([effects_of(outcomes, factor)[AVERAGE] for factor in range(count)])
    found = np.zeros((count, *np.shape(outcomes.values[0])))
    for factor in range(count):
        for others in (m for m in outcomes.fraction.runs if not m >> factor & 1):
            weight = 1 / (count * comb(count - 1, others.bit_count()))
            found[factor] += weight * (outcomes.values[others | 1 << factor] - outcomes.values[others])
    return found


def relation(low: float, high: float, better: int) -> str:
    """Return what an interaction means, from its interval.

    Two factors are complements if together they improve an indicator by more than the sum of what each does: raise it,
    or lower it where lower is better (`better` -1); where neither is better, if they raise it by more.

    Examples
    --------
    >>> relation(0.1, 0.2, 1), relation(0.1, 0.2, -1), relation(-0.1, 0.2, 1)
    ('complements', 'substitutes', 'undecided')
    """
    if not (low > 0 or high < 0):
        return UNDECIDED
    return COMPLEMENTS if (low > 0) == (better >= 0) else SUBSTITUTES


def factorial_tables(ds: xr.Dataset) -> dict[str, pd.DataFrame]:
    """Return the tables of a factorial experiment: all headline indicators, at every size.

    Parameters
    ----------
    ds : Dataset
        From `sim.results.open_results`.

    Returns
    -------
    dict of str to DataFrame
        ``effects`` (a row per factor and effect), ``pairs`` (a row per pair, empty below resolution V) and
        ``shapley`` (a row per factor, then `SUM`, `TOTAL` and `GAP`). Values are means over seeds with 95 %
        t-intervals ``ci_low, ci_high``; ``adjusted_low, adjusted_high`` and ``p_adjusted`` are corrected for all
        comparisons in their table. ``per_million_yuan`` with ``per_low, per_high`` is the mean over seeds of the
        present value of the effect over that of the additional gross outlay: of the factor in the same runs, of a
        pair that of both together, of a Shapley value that of the outlay. It is NaN where a seed has no such outlay,
        and of factors without a known price (`sim.analysis.unpriced`), pairs with one, and all together with one.
        ``share`` is that of the effect of all factors together, where its interval excludes zero.
    """
    cells, unknown = cells_of(config_of(ds)), set(unpriced_factors(config_of(ds)))
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in COLUMNS}
    outlay = _by_size(ds, cells, "public_outlay", "present") if "public_outlay" in ds else {}
    for name, years in HEADLINE.items():
        if not all(variable in ds for variable in INDICATORS[name].needs):
            continue
        measured, gained = _by_size(ds, cells, name, years), _by_size(ds, cells, name, "present")
        facts, unit = INDICATORS[name], indicator_unit(name, years, currency_of(ds.attrs))
        head = {"indicator": name, "title": facts.title, "unit": unit, "years": years}
        for size in cells.sizes:
            money = None if name in COSTS or not outlay else (gained[size], outlay[size])
            for table, found in _rows(cells, measured[size], money, facts.better, unknown):
                rows[table].append({"size": size, **head, **found})
    return {name: _corrected(pd.DataFrame(rows[name], columns=list(columns))) for name, columns in COLUMNS.items()}


def _by_size(ds: xr.Dataset, cells: Cells, indicator: str, years: str) -> dict[float, Outcomes]:
    """Return differences of an indicator from the baseline of the same seed, by size and set of factors."""
    series, rate = evaluate(ds, indicator, BASELINE), appraisal_of(ds).discount
    values = present(series, rate) if years == "present" else over_years(series, years, rate)
    table = values.transpose("arm", "replication").to_pandas()
    table = table - table.loc[BASELINE]
    return {
        size: Outcomes(cells.fraction, {on: table.loc[cells.arm(on, size)].to_numpy() for on in cells.sets})
        for size in cells.sizes
    }


def _rows(
    cells: Cells, measured: Outcomes, money: tuple[Outcomes, Outcomes] | None, better: int, unknown: Set[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the rows of one indicator at one size, each with the name of its table."""
    gained, paid = money or (None, None)
    for i, factor in enumerate(cells.factors):
        gains, costs = (effects_of(part, i) if part and factor not in unknown else {} for part in (gained, paid))
        for effect, values in effects_of(measured, i).items():
            yield "effects", {"factor": factor, "effect": effect, **_row(values, gains.get(effect), costs.get(effect))}
    for (i, first), (j, second) in combinations(enumerate(cells.factors), 2) if cells.fraction.pairs else ():
        both = 1 << i | 1 << j
        known = not {first, second} & unknown
        row = _row(
            pair_of(measured, i, j),
            pair_of(gained, i, j) if gained and known else None,
            paid.mean(both) - paid.mean(0, both) if paid and known else None,
        )
        meaning = relation(row["ci_low"], row["ci_high"], better) if money else ""
        yield "pairs", {"first": first, "second": second, **row, "relation": meaning}
    shares = shapley_of(measured)
    priced = gained if not unknown else None  # of all factors together
    whole = _row(measured.total, priced.total if priced else None, paid.total if paid else None)
    clear = whole["ci_low"] > 0 or whole["ci_high"] < 0
    of_gain, of_outlay = (shapley_of(part) if part else None for part in (gained, paid))
    for i, factor in enumerate(cells.factors):
        gain = None if of_gain is None or factor in unknown else of_gain[i]
        row = _row(shares[i], gain, None if of_outlay is None else of_outlay[i])
        yield "shapley", {"factor": factor, **row, "share": row["value"] / whole["value"] if clear else np.nan}
    for name, row in (
        (SUM, _row(shares.sum(axis=0))), (TOTAL, whole), (GAP, _row(shares.sum(axis=0) - measured.total)),
    ):  # fmt: skip
        yield "shapley", {"factor": name, **row, "share": np.nan}


def _row(values: np.ndarray, gained: np.ndarray | None = None, paid: np.ndarray | None = None) -> dict[str, Any]:
    """Return the statistics of a contrast over seeds; per yuan, of the ratios of seeds."""
    mean, low, high, same = interval(values)
    per = (np.nan, np.nan, np.nan)
    if gained is not None and paid is not None:
        both = np.isfinite(gained) & np.isfinite(paid)
        if both.any() and (paid[both] > 0).all():
            per = interval(per_outlay(gained[both][:, None], paid[both][:, None]))[:3]
    return {
        "value": mean, "ci_low": low, "ci_high": high, "sign_share": same, "n": int(np.isfinite(values).sum()),
        "p": p_value(values), **dict(zip(("per_million_yuan", "per_low", "per_high"), per, strict=True)),
    }  # fmt: skip


def _corrected(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with intervals corrected for its comparisons: those of factors and pairs, without costs."""
    effects = ~table["indicator"].isin(COSTS)
    if "factor" in table:
        effects &= ~table["factor"].isin([SUM, TOTAL, GAP])
    p = table["p"].astype(float).where(effects).to_numpy()
    mean, high, count = (table[name].to_numpy(dtype=float) for name in ("value", "ci_high", "n"))
    return table.assign(**dict(zip(ADJUSTED, adjusted(mean, high, count, p), strict=True)))
