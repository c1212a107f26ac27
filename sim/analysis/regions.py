"""Regions of results by selectors, and aggregation of variables over regions."""

from __future__ import annotations

import numpy as np
import xarray as xr

from sim.analysis.provenance import config_of, members_of
from sim.analysis.zones import cached
from sim.errors import UserError
from sim.groups import Group, targeted_regions
from sim.selection import COLUMNS, evaluate, masks

# Levels and rates are averaged with population weights, amounts are summed.
_AVERAGED = ("1", "1/yr", "h", "km")
_PER_PERSON = "/person/"  # in the units of incomes
_REACH = "accessible_"  # people within reach are counted in several regions at once


def is_averaged(data: xr.DataArray) -> bool:
    """Return whether a variable is averaged over regions, sectors and groups rather than summed."""
    unit = str(data.attrs.get("units", "1"))
    return unit in _AVERAGED or _PER_PERSON in unit or str(data.name).startswith(_REACH)


def known_selectors(ds: xr.Dataset) -> dict[str, np.ndarray]:
    """Return all selectors of regions in these results, with their regions, (R,) bool each; see `target_mask`."""
    known, targets = _of_the_world(ds), target_mask(ds)
    return known | {Group.TARGETS: targets} if targets.any() else known


def _of_the_world(ds: xr.Dataset) -> dict[str, np.ndarray]:
    columns = {c: ds["region" if c == "id" else c].astype(str).values for c in COLUMNS if c == "id" or c in ds.coords}
    return masks(columns, ds.sizes["region"])


def target_mask(ds: xr.Dataset, arm: str | None = None) -> np.ndarray:
    """Return the regions that the mechanisms of the arms target, (R,) bool; see `sim.groups.targeted_regions`.

    Parameters
    ----------
    ds : Dataset
    arm : str, optional
        Only this arm; the union of all arms by default.
    """

    def make() -> np.ndarray:
        own = None if arm is None else members_of(ds)[arm].arm
        known, mask = _of_the_world(ds), np.zeros(ds.sizes["region"], dtype=bool)
        for text in targeted_regions(config_of(ds), own):
            mask |= evaluate(text, known, "targets")
        return mask

    return cached(ds, f"targets:{arm}", make).copy()


def select_regions(ds: xr.Dataset, text: str, where: str = "regions") -> np.ndarray:
    """Return the regions of a selector or expression, (R,) bool; see `sim.selection.evaluate`.

    Raises
    ------
    UserError
        For unknown selectors, an invalid expression, or an empty selection.
    """
    mask = evaluate(text, known_selectors(ds), where)
    if not mask.any():
        raise UserError(f"{where}: '{text}' selects no region; expected at least one")
    return mask


def over(ds: xr.Dataset, variable: str, regions: str | None = None) -> xr.DataArray:
    """Aggregate a variable over regions: the sum of amounts, the population-weighted mean of levels and rates.

    Parameters
    ----------
    ds : Dataset
    variable : str
        With dimension region; sectors and groups are aggregated too.
    regions : str, optional
        A selector or expression, such as ``supporting & guangxi``; all regions by default.

    Returns
    -------
    DataArray (arm, replication, year)
    """
    data = ds[variable].load()
    mask = np.ones(ds.sizes["region"], dtype=bool) if regions is None else select_regions(ds, regions)
    part = data.isel(region=np.flatnonzero(mask))
    together = [d for d in ("region", "sector", "group") if d in part.dims]
    if not is_averaged(data):
        return part.sum(together, keep_attrs=True, skipna=False)
    if "sector" in part.dims:
        part = part.mean("sector", keep_attrs=True, skipna=False)
    if "people" not in ds:
        return part.mean([d for d in together if d != "sector"], keep_attrs=True, skipna=False)
    people = ds["people"].load().isel(region=np.flatnonzero(mask))
    weights = people if "group" in part.dims else people.sum("group", skipna=False)
    dims = [d for d in together if d != "sector"]
    mean = (part * weights).sum(dims, skipna=False) / weights.sum(dims, skipna=False)
    return mean.transpose("arm", "replication", "year").assign_attrs(data.attrs).rename(variable)


def region_names(ds: xr.Dataset) -> list[str]:
    """Return the English names of the regions, or their ids where the results hold no names."""
    for name in ("name_en", "name"):
        if name in ds.coords:
            return [str(v) for v in ds[name].values]
    return [str(v) for v in ds["region"].values]
