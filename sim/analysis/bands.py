"""How sure the shares of a run are: the law of the model's errors, applied to results."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from sim.analysis.forecast_errors import ErrorLaw, law_of, share_bands, stored_laws
from sim.analysis.provenance import baseline_of, config_of
from sim.analysis.zones import by_region
from sim.world import fitted_parameters
from sim.world.china.tables import WORLDS

Array = np.ndarray[Any, Any]

OUTSIDE = "sar"  # area of Hong Kong and Macao, which no hindcast covers


class Bands(NamedTuple):
    """Share of some regions in the nation by year, with its 90 % band.

    Attributes
    ----------
    share : (T,) float
        Of the mean over runs.
    low, high : (2, T) float
        Ends of the band for errors that grow slowly and fast with the horizon; the same up to the longest horizon of
        the hindcast.
    extrapolated : (T,) bool
        Whether a year is beyond that horizon.
    """

    share: Array
    low: Array
    high: Array
    extrapolated: Array


def error_law(ds: xr.Dataset, figure: str) -> ErrorLaw | None:
    """Return the law of errors of a figure in some results; None if none is known.

    It is known for ``people`` and ``value_added`` where a world has fitted parameters and the runs have these.
    """
    config = config_of(ds)
    scenario = config.get("scenario") or config
    world, own = scenario.get("world"), scenario.get("parameters") or {}
    fitted = fitted_parameters(world, scenario.get("start", 2020)) if world in WORLDS else {}
    same = all(own.get(part, {}).get(key) == value for part, keys in fitted.items() for key, value in keys.items())
    return law_of(figure) if fitted and same and figure in set(stored_laws().rows["figure"]) else None


def nation(ds: xr.Dataset) -> Array:
    """Return the regions of which shares are taken, (R,) bool: the mainland, in other worlds all."""
    return ds["area"].to_numpy() != OUTSIDE if "area" in ds.coords else np.ones(ds.sizes["region"], dtype=bool)


def reference_arm(ds: xr.Dataset) -> str:
    """Return the arm whose levels are shown with bands: the baseline, otherwise the first arm."""
    return str(baseline_of(ds) or ds["arm"].values[0])


def share_of_nation(ds: xr.Dataset, variable: str, mask: Array) -> xr.DataArray:
    """Return the share of some regions in the nation, (arm, replication, year).

    Parameters
    ----------
    ds : Dataset
    variable : str
        A quantity by region; sectors and groups are summed.
    mask : (R,) bool
        Those outside the nation do not count.
    """
    inside = nation(ds)
    whole = by_region(ds, variable).isel(region=np.flatnonzero(inside))
    part = whole.isel(region=np.flatnonzero(mask[inside]))
    return part.sum("region", skipna=False) / whole.sum("region", skipna=False)


def bands_of(ds: xr.Dataset, figure: str, mask: Array, arm: str) -> Bands | None:
    """Return the share of some regions in the nation under an arm, with its band.

    The level of these regions has the same relative errors, given that of the nation.

    Parameters
    ----------
    ds : Dataset
        From `sim.results.open_results`.
    figure : str
        ``people`` or ``value_added``.
    mask : (R,) bool
    arm : str

    Returns
    -------
    Bands or None
        None if no law of errors is known, or for no region of the nation or all of them.
    """
    law, inside = error_law(ds, figure), nation(ds)
    if law is None or not mask[inside].any() or mask[inside].all():
        return None
    runs = by_region(ds, figure).sel(arm=arm).isel(region=np.flatnonzero(inside))
    values = runs.mean("replication").transpose("year", "region").to_numpy()
    years, province = ds["year"].to_numpy(), ds["province"].to_numpy().astype(str)[inside]
    found = [
        share_bands(law, of_year, province, float(year - years[0]), mask[inside])
        for year, of_year in zip(years, values, strict=True)
    ]
    # of the two groups, the last are the regions of the mask; of the bands, the first is that of slow growth
    low, high = (
        np.array([[getattr(bands[k], end)[-1] for bands in found] for k in (0, -1)]) for end in ("low", "high")
    )
    share = values[:, mask[inside]].sum(axis=1) / values.sum(axis=1)
    return Bands(share, low, high, np.array([bands[0].extrapolated for bands in found]))
