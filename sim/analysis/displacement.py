"""What a policy draws from elsewhere, and what cities' money attracts: ratios of paired differences."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from sim.analysis.costs import discounted
from sim.analysis.groups import total
from sim.analysis.paired import pair_differences
from sim.analysis.provenance import appraisal_of, of_variant
from sim.analysis.statistics import ratio_interval
from sim.errors import UserError
from sim.groups import Group


def displacement(ds: xr.Dataset, baseline: str = "baseline", group: str = Group.TARGETS) -> pd.DataFrame:
    """Return how much of the capital that policies add to a group of regions is missing elsewhere.

    Differences of capital in the last year, paired by replication; outlay counts up to the year before, as capital is
    measured at the start of a year.

    Parameters
    ----------
    ds : Dataset
    baseline : str
    group : str
        A group or zone class.

    Returns
    -------
    DataFrame, one row per arm
        ``added`` to the group, ``added_nation`` and ``outlay`` (million yuan); ``displacement``,
        ``1 - dK_nation/dK_group``: 0 if nothing, 1 if all of it is missing elsewhere; ``crowding_out``,
        ``1 - dK_nation/outlay``, of money meant for capital; 95 % intervals ``*_low, *_high``, infinite where that of
        the denominator contains zero; ``n`` pairs.
    """
    _require(ds, "capital", "public_outlay")
    ds = of_variant(ds, baseline)
    there, nation = (pair_differences(total(ds, "capital", g).isel(year=-1), baseline) for g in (group, None))
    paid = ds["public_outlay"].load().reset_coords(drop=True).isel(year=slice(-1)).sum("year", skipna=False)
    outlay = pair_differences(paid, baseline)
    rows = {}
    for arm in there.columns:
        pairs = pd.DataFrame({"there": there[arm], "nation": nation[arm], "outlay": outlay[arm]}).dropna()
        rows[arm] = dict(zip(("added", "added_nation", "outlay"), pairs.mean(), strict=True))
        for name, bottom in (("displacement", "there"), ("crowding_out", "outlay")):
            ratio, low, high = ratio_interval(pairs["nation"].to_numpy(), pairs[bottom].to_numpy())
            rows[arm] |= {name: 1.0 - ratio, f"{name}_low": 1.0 - high, f"{name}_high": 1.0 - low}
        rows[arm]["n"] = len(pairs)
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("arm")


def leverage(ds: xr.Dataset, baseline: str = "baseline") -> pd.Series:
    """Return the public outlay of each arm per yuan that cities pay, present values; NaN where they pay nothing."""
    _require(ds, "public_outlay", "treasury_outlay")
    ds = of_variant(ds, baseline)
    rate = appraisal_of(ds).discount
    outlay, cities = (
        pair_differences(discounted(ds[name].load().reset_coords(drop=True), rate), baseline).mean()
        for name in ("public_outlay", "treasury_outlay")
    )
    return (outlay / cities.where(cities > 0, np.nan)).rename("leverage")


def _require(ds: xr.Dataset, *names: str) -> None:
    missing = [name for name in names if name not in ds]
    if missing:
        raise UserError(f"needs {', '.join(missing)}, which these runs did not record")
