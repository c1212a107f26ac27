"""What an instrument adds to all others, against what it does alone: complements and substitutes among several.

For an arm with all instruments W, an arm with one of them i, and an arm with all but that one: the difference of the
effects Y(W) − Y(W without i) and Y(i), both relative to no policy. Above zero the instrument and the others are
complements, below zero substitutes (Milgrom and Roberts 1990: supermodularity between an activity and the rest).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from sim.analysis import config_of, mechanisms_of
from sim.analysis.incidence import gains, groups_of
from sim.analysis.provenance import other_arms
from sim.analysis.statistics import interval


def complements(ds: xr.Dataset, baseline: str) -> Iterator[dict[str, Any]]:
    """Yield, for each instrument that an arm has alone and another arm lacks alone, what it adds to all others.

    Parameters
    ----------
    ds : Dataset
        Results of a comparison.
    baseline : str

    Yields
    ------
    dict
        ``arm`` (with the instrument alone), ``alone, on_top`` (effects on the value added of the first group of
        `sim.analysis.incidence.groups_of` in the last year, million yuan), ``difference, low, high`` of the second less
        the first with its 95 % interval over pairs of runs, ``n``. Nothing without such arms.
    """
    sets = {arm: _names(ds, arm) for arm in other_arms(ds)}
    if not sets or config_of(ds).get("common_budget"):  # at equal cost an instrument is smaller among others than alone
        return
    whole = max(sets, key=lambda arm: len(sets[arm]))
    alone = {arm: names for arm, names in sets.items() if arm != whole and names < sets[whole]}
    rests = {frozenset(names): arm for arm, names in alone.items()}
    table: pd.DataFrame = gains(ds, baseline, next(iter(groups_of(ds))))
    for arm, names in alone.items():
        rest = rests.get(frozenset(sets[whole] - names))
        if rest is None or len(names) * 2 > len(sets[whole]):
            continue
        first, on_top = table[arm].to_numpy(), (table[whole] - table[rest]).to_numpy()
        mean, low, high, _ = interval(on_top - first)
        yield {
            "arm": arm, "alone": float(np.nanmean(first)), "on_top": float(np.nanmean(on_top)),
            "difference": float(mean), "low": float(low), "high": float(high),
            "n": int(np.isfinite(on_top - first).sum()),
        }  # fmt: skip


def _names(ds: xr.Dataset, arm: str) -> frozenset[str]:
    return frozenset(str(one.get("name") or one["kind"]) for one in mechanisms_of(ds, arm))
