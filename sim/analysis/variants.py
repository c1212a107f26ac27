"""Variants of a comparison: by how much the effects of its arms differ between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from sim.analysis.indicators import INDICATORS, evaluate
from sim.analysis.paired import ADJUSTED, correct, headline_indicators, over_years, pair_differences, years_of
from sim.analysis.provenance import appraisal_of, baseline_of, baselines_of, members_of, of_variant
from sim.analysis.statistics import interval, p_value
from sim.analysis.units import indicator_unit
from sim.analysis.zones import cached
from sim.currency import currency_of

COLUMNS = ("indicator", "title", "unit", "years", "arm", "variant", "main_effect", "effect", "difference", "ci_low",
           "ci_high", "sign_share", "n", "p")  # fmt: skip


def by_variant(ds: xr.Dataset, table: Callable[[xr.Dataset, str], pd.DataFrame | None]) -> pd.DataFrame | None:
    """Return the tables of all variants as one.

    Parameters
    ----------
    ds : Dataset
    table : callable
        Results and a baseline to a table with a column ``arm``, or None.

    Returns
    -------
    DataFrame or None
        With variants, a column ``variant`` follows ``arm``; None if the results have none of the tables.
    """
    found = (table(ds, baseline) for baseline in baselines_of(ds).values())
    tables = [part for part in found if part is not None and len(part)]
    if not tables:
        return None
    whole = pd.concat(tables, ignore_index=True)
    known = members_of(ds)
    variants = [known[str(arm)].variant for arm in whole["arm"]]
    if any(member.variant for member in known.values()):
        whole.insert(list(whole.columns).index("arm") + 1, "variant", variants)
    return whole


def evaluate_paired(ds: xr.Dataset, indicator: str) -> xr.DataArray:
    """Return an indicator of all arms, each with the baseline of its variant; see `evaluate`."""
    parts = [evaluate(of_variant(ds, arm), indicator, arm) for arm in baselines_of(ds).values()]
    return xr.concat(parts, "arm") if len(parts) > 1 else parts[0]


def between_variants(ds: xr.Dataset) -> pd.DataFrame:
    """Return by how much the effect of each arm under a further variant differs from that under the main one.

    Differences of paired differences, replication by replication: ``(arm − baseline)`` under the variant less
    ``(arm − baseline)`` under the main one.

    Returns
    -------
    DataFrame, one row per headline indicator, further variant and arm
        ``indicator, title, unit, years``; ``arm``, its name in the config; ``variant``; the means ``main_effect`` and
        ``effect`` over the replications that are finished under both variants, their ``difference`` with its 95 %
        t-interval ``ci_low, ci_high``, ``sign_share, n, p`` and, corrected for all rows, ``p_adjusted, adjusted_low,
        adjusted_high``. Empty without variants.
    """
    return cached(ds, "between variants", lambda: _between_variants(ds)).copy()


def _between_variants(ds: xr.Dataset) -> pd.DataFrame:
    names = headline_indicators(ds) if len(baselines_of(ds)) > 1 else []
    rows = [row for name in names for row in _rows(ds, name)]
    if not rows:
        return pd.DataFrame(columns=[*COLUMNS, *ADJUSTED])
    return correct(pd.DataFrame(rows, columns=list(COLUMNS)))


def _rows(ds: xr.Dataset, indicator: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of one indicator."""
    known, years, facts = members_of(ds), years_of(indicator), INDICATORS[indicator]
    main = _effects(ds, indicator, str(baseline_of(ds)))
    unit = indicator_unit(indicator, years, currency_of(ds.attrs))
    for variant, baseline in list(baselines_of(ds).items())[1:]:
        effects = _effects(ds, indicator, baseline)
        for name in effects:
            arm = known[str(name)].arm
            pairs = pd.DataFrame({"main": main[arm], "here": effects[name]}).dropna()
            differences = (pairs["here"] - pairs["main"]).to_numpy()
            mean, low, high, same = interval(differences)
            means = pairs.mean() if len(pairs) else pd.Series({"main": np.nan, "here": np.nan})
            yield {
                "indicator": indicator, "title": facts.title, "unit": unit, "years": years,
                "arm": arm, "variant": variant, "main_effect": float(means["main"]),
                "effect": float(means["here"]), "difference": float(mean), "ci_low": float(low), "ci_high": float(high),
                "sign_share": float(same), "n": len(pairs), "p": float(p_value(differences)),
            }  # fmt: skip


def _effects(ds: xr.Dataset, indicator: str, baseline: str) -> pd.DataFrame:
    """Return the paired differences of the arms of a variant: rows replications, columns arms."""
    part = of_variant(ds, baseline)
    values = over_years(evaluate(part, indicator, baseline), years_of(indicator), appraisal_of(ds).discount)
    return pair_differences(values, baseline)
