"""Results as one labelled dataset."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from sim.paths import absolute
from sim.results.reading import find_runs, open_arms


def open_results(path: str | Path) -> xr.Dataset:
    """Open all runs of a results folder, or one file of runs, lazily.

    Parameters
    ----------
    path : path
        A results folder or a single ``.h5`` file.

    Returns
    -------
    Dataset
        Dimensions ``arm, replication`` and, as the variable has them, ``year, region, sector, group,
        origin, destination``; region coordinates ``name, zone, province, lat, lon, ...``. Values are
        read on access. Runs listed in the manifest but missing read as NaN; the coordinate
        ``finished`` (arm, replication) marks the finished ones. Reports of mechanisms are variables
        ``MECHANISM.ITEM``. Attributes hold ``config``, ``name``, ``missing`` and more. An experiment with points
        has ``point`` as first dimension, see `sim.results.design_points.open_points`.

    Raises
    ------
    UserError
        If there is no run, a file is corrupt or foreign, or runs of different worlds are mixed.
    """
    path = absolute(path)
    run_set = find_runs(path)
    if run_set.manifest and "points" in run_set.manifest:
        from sim.results.design_points import open_points  # only needed here

        return open_points(path, run_set)
    return open_arms(path, run_set)
