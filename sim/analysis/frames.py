"""Indicators as a table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd
import xarray as xr

from sim.analysis.indicators import available, evaluate
from sim.analysis.provenance import baseline_of
from sim.errors import UserError
from sim.indicators import INDICATORS


def indicator_table(data: Any, names: Iterable[str] = ()) -> pd.DataFrame:
    """Return indicators of results by year.

    Parameters
    ----------
    data : Dataset or RunRecord
        From `hinterland.open_results` or `hinterland.simulate`.
    names : iterable of str
        Names of ``hinterland list indicators``; by default all that the results allow.

    Returns
    -------
    DataFrame
        A column for each indicator; rows by arm, replication and year. Units: ``INDICATORS[name].unit``.

    Raises
    ------
    UserError
        If there is no such indicator, its variables were not recorded, or the results have several points.

    Examples
    --------
    >>> import hinterland
    >>> record = hinterland.simulate(hinterland.load("small", ["years=2", "firms=1000"]))
    >>> list(indicator_table(record, ["theil"]).index.names)
    ['arm', 'replication', 'year']
    """
    ds: xr.Dataset = data if isinstance(data, xr.Dataset) else data.dataset()
    if "point" in ds.dims:
        raise UserError("these results have several points; expected one, such as data.isel(point=0, drop=True)")
    baseline = baseline_of(ds)
    chosen = list(names) or [name for name in available(ds) if baseline is not None or not INDICATORS[name].paired]
    columns = {name: evaluate(ds, name, baseline or "baseline").to_series() for name in chosen}
    return pd.DataFrame(columns).reindex(columns=chosen)
