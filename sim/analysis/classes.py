"""Which firms gain: paired differences by age, size and ownership of firms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from sim.analysis.paired import correct, over_years
from sim.analysis.provenance import of_variant, other_arms
from sim.analysis.statistics import interval, p_value
from sim.analysis.zones import zone_masks

# quantity -> variable of the catalogue
QUANTITIES = {
    "value added": "value_added_by_class",
    "capital": "capital_by_class",
    "real firms": "real_firms_by_class",
}
KINDS = ("age_class", "size_class", "ownership")
NATION = "nation"


def firms_by_class(ds: xr.Dataset, baseline: str = "baseline") -> pd.DataFrame | None:
    """Return the paired differences of the last year by class of firms, for the nation and for each zone class.

    Parameters
    ----------
    ds : Dataset
        From `sim.results.open_results`.
    baseline : str

    Returns
    -------
    DataFrame or None
        ``quantity, zone, kind, class, arm, unit, baseline_mean, difference, ci_low, ci_high, sign_share, n, p``
        and, corrected for all comparisons, ``p_adjusted, adjusted_low, adjusted_high``; None if the runs did not
        record classes.
    """
    if any(name not in ds for name in QUANTITIES.values()):
        return None
    ds = of_variant(ds, baseline)
    # Each quantity is read once: every read opens the files of all runs.
    last = {quantity: over_years(ds[name], "last", 0.0).load() for quantity, name in QUANTITIES.items()}
    rows = [
        row
        for quantity, values in last.items()
        for zone in (NATION, *zone_masks(ds))
        for kind in KINDS
        for row in _rows(values, baseline, other_arms(ds), quantity, zone, kind)
    ]
    table = pd.DataFrame(rows)
    return correct(table.assign(indicator=table["quantity"])).drop(columns="indicator")


def _rows(values: xr.DataArray, baseline: str, arms: Sequence[str], quantity: str, zone: str, kind: str) -> list[dict]:
    """Return the rows of one quantity, zone and kind of class."""
    unit, values = values.attrs["units"], values.reset_coords(drop=True)
    values = values.sum("zone_class", skipna=False) if zone == NATION else values.sel(zone_class=zone, drop=True)
    values = values.sum([k for k in KINDS if k != kind], skipna=False).transpose("arm", kind, "replication")
    rows = []
    base = values.sel(arm=baseline).to_numpy()
    for arm in arms:
        differences = values.sel(arm=arm).to_numpy() - base
        mean, low, high, same = interval(differences)
        there = np.isfinite(differences)
        level, p = interval(np.where(there, base, np.nan))[0], p_value(differences)
        for k, label in enumerate(values[kind].to_numpy()):
            rows.append({
                "quantity": quantity, "zone": zone, "kind": kind, "class": str(label), "arm": arm,
                "unit": unit, "baseline_mean": level[k], "difference": mean[k], "ci_low": low[k],
                "ci_high": high[k], "sign_share": same[k], "n": int(there[k].sum()), "p": p[k],
            })  # fmt: skip
    return rows
