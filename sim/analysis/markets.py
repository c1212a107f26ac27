"""How far markets are one: prices, returns, exports, flows in both directions, specialisation of groups of regions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import xarray as xr

from sim.analysis import inequality
from sim.analysis.groups import total, within
from sim.analysis.regions import select_regions
from sim.analysis.zones import between_zones, by_region


def _over(ds: xr.Dataset, name: str, weights: str, group: str | None) -> xr.DataArray:
    values, size = (within(ds, by_region(ds, what), group) for what in (name, weights))
    return xr.apply_ufunc(
        inequality.dispersion, values, size, input_core_dims=[["region"], ["region"]]
    ).transpose("arm", "replication", "year")  # fmt: skip


def price_dispersion(ds: xr.Dataset, group: str | None = None) -> xr.DataArray:
    """Return the standard deviation over regions, weighted by people, of ``sum_s mu_s ln P_js`` over goods.

    ``mu_s`` are shares in the goods that households of the nation buy in the base year; 0 at equal prices.
    """
    return _over(ds, "goods_price", "people", group)


def return_dispersion(ds: xr.Dataset, group: str | None = None) -> xr.DataArray:
    """Return the standard deviation over regions, weighted by capital, of ``ln(rho + delta)``, the gross return."""
    return _over(ds, "gross_return", "capital", group)


def export_share(ds: xr.Dataset, group: str | None = None) -> xr.DataArray:
    """Return exports to the world market over gross output."""
    return total(ds, "exports", group) / total(ds, "sales", group)


def gateway_share(ds: xr.Dataset, group: str | None = None) -> xr.DataArray:
    """Return the share of exports that leave through the port of the centre."""
    exports = within(ds, by_region(ds, "exports"), group)
    through = exports * within(ds, by_region(ds, "via_centre"), group)
    return through.sum("region", skipna=False) / exports.sum("region", skipna=False)


def zone_circulation(ds: xr.Dataset, flow: str) -> xr.DataArray:
    """Return the circulation of a flow between zone classes; see `sim.analysis.inequality.circulation`."""
    table = between_zones(ds, flow)
    return _circulation(table.sum("sector", skipna=False) if "sector" in table.dims else table)


def pair_circulation(ds: xr.Dataset, flow: str) -> xr.DataArray:
    """Return the circulation of a flow between all pairs of regions, run by run to limit memory use."""
    arms = []
    for a in range(ds.sizes["arm"]):
        runs = (ds[flow].isel(arm=[a], replication=[k]).load() for k in range(ds.sizes["replication"]))
        parts = [_circulation(run.sum("sector", skipna=False) if "sector" in run.dims else run) for run in runs]
        arms.append(xr.concat(parts, "replication"))
    return xr.concat(arms, "arm").transpose("arm", "replication", "year")


def _circulation(table: xr.DataArray) -> xr.DataArray:
    dims = [d for d in table.dims if str(d).startswith(("origin", "destination"))]
    return xr.apply_ufunc(inequality.circulation, table, input_core_dims=[sorted(dims, key=str, reverse=True)])


def quotient(ds: xr.Dataset, regions: str, sectors: Iterable[str]) -> xr.DataArray:
    """Return the location quotient of some sectors together in some regions: their share there over that in the nation.

    Parameters
    ----------
    ds : Dataset
    regions : str
        A selector or expression, such as ``supporting & guangxi`` or the id of a region.
    sectors : iterable of str

    Returns
    -------
    DataArray (arm, replication, year), 1
    """
    made, where = ds["value_added"].load(), np.flatnonzero(select_regions(ds, regions))
    there, dims = made.isel(region=where), ["region", "sector"]
    shares = [x.sel(sector=list(sectors)).sum(dims, skipna=False) / x.sum(dims, skipna=False) for x in (there, made)]
    return shares[0] / shares[1]


def fit(ds: xr.Dataset, regions: str, shares: Mapping[str, float]) -> xr.DataArray:
    """Return how well what is subsidised fits some regions: ``sum_s share_s LQ_s``, above 1 if it is what they make.

    Parameters
    ----------
    ds : Dataset
    regions : str
        A selector or expression.
    shares : mapping of str to float
        Shares of sectors in what is subsidised; they sum to 1.

    Returns
    -------
    DataArray (arm, replication, year), 1
    """
    first, *rest = (share * quotient(ds, regions, [sector]) for sector, share in shares.items())
    return sum(rest, first)
