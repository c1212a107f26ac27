"""Travel times of results compared with the targets of transport plans, and what the lines cost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from sim.analysis.interaction import OUTLAY
from sim.analysis.provenance import config_of, mechanisms_of
from sim.errors import UserError
from sim.mechanisms import MECHANISMS
from sim.mechanisms.connect.lines import LineWorks
from sim.world import edges_in_use, load_world
from sim.world.china.tables import WORLDS
from sim.world.travel import COLUMNS, against_targets, travel_targets
from sim.world.types import World

LINE_COLUMNS = ("arm", "mechanism", "km", "open_since", "outlay")


def travel_table(ds: xr.Dataset, year: int | None = None) -> pd.DataFrame:
    """Compare the travel times in some results with the targets of plans.

    The network is that of the year with the lines that mechanisms have opened by then in every finished run. Lines run
    at the speed of the config; trains that a mechanism slows down on other lines keep their times.

    Parameters
    ----------
    ds : Dataset
    year : int, optional
        The last one by default.

    Returns
    -------
    DataFrame
        ``arm`` and the columns of `sim.world.travel.against_targets`; ``door_to_door``: recorded minutes of people to
        the centre, mean over finished runs, with access and boarding; NaN where it was not recorded.

    Raises
    ------
    UserError
        If the world of the results has no targets, or the year is not in the results.
    """
    world, when = _world(ds), _year(ds, year)
    parts = []
    for arm in map(str, ds["arm"].values):
        links = [edge for line in _lines(ds, arm) if _opened(ds, arm, line.name) <= when
                 for edge in line.route(world).edges]  # fmt: skip
        found = against_targets(world, edges_in_use(world, when, links))
        doors = _door_to_door(ds, arm, when)
        parts.append(found.assign(arm=arm, door_to_door=found["region"].map(doors)))
    return pd.concat(parts, ignore_index=True)[["arm", *COLUMNS, "door_to_door"]]


def line_costs(ds: xr.Dataset, year: int | None = None) -> pd.DataFrame:
    """Return the public money that lines have cost by a year.

    Returns
    -------
    DataFrame
        A row for each arm and mechanism that builds a line: ``km``, ``open_since`` (the first year in which it is
        open in every finished run; NaN if in none so far) and ``outlay``: gross public outlay up to the year, building
        and running, not discounted, mean over finished runs (million yuan).
    """
    world, when = _world(ds), _year(ds, year)
    rows = []
    for arm in map(str, ds["arm"].values):
        for line in _lines(ds, arm):
            paid = _of(ds, arm, f"{line.name}.{OUTLAY}")
            spent = float(np.nansum(paid[:, ds["year"].values <= when], axis=1).mean()) if len(paid) else np.nan
            since = _opened(ds, arm, line.name)
            rows.append((arm, line.name, line.route(world).km, since if since <= when else np.nan, spent))
    return pd.DataFrame(rows, columns=list(LINE_COLUMNS))


def _world(ds: xr.Dataset) -> World:
    """Return the world of some results, if its central city is that of the targets."""
    config = config_of(ds)
    scenario = config.get("scenario") or config
    name = scenario.get("world")
    origins = {target.origin for target in travel_targets()}
    centre = set(ds["region"].values[ds["zone"].values == "centre"])
    if name not in WORLDS or centre != origins:
        raise UserError(
            f"the targets of travel times are those of {' and '.join(origins)}; expected results of the world "
            f"{' or '.join(WORLDS)} around that city"
        )
    return load_world(name, scenario.get("start", 2020))


def _year(ds: xr.Dataset, year: int | None) -> int:
    years = [int(y) for y in ds["year"].values]
    if year is not None and year not in years:
        raise UserError(f"--year {year}: not in the results; expected {years[0]} to {years[-1]}")
    return years[-1] if year is None else year


def _lines(ds: xr.Dataset, arm: str) -> list[LineWorks]:
    """Return the mechanisms of an arm that build a line; those of strength 0 build none."""
    configured: list[dict[str, Any]] = [m for m in mechanisms_of(ds, arm) if m.get("kind") in MECHANISMS]
    made = [MECHANISMS[m["kind"]].model_validate(m) for m in configured]
    return [m for m in made if isinstance(m, LineWorks) and m.strength > 0]


def _of(ds: xr.Dataset, arm: str, name: str) -> np.ndarray:
    """Return a series of an arm in its finished runs, (n, T); empty if it was not recorded."""
    if name not in ds:
        return np.empty((0, ds.sizes["year"]))
    finished = ds["finished"].sel(arm=arm).values
    values: np.ndarray = ds[name].sel(arm=arm).transpose("replication", "year").values[finished]
    return values


def _opened(ds: xr.Dataset, arm: str, mechanism: str) -> float:
    """Return the first year in which the line of a mechanism is open in every finished run; infinite if in none."""
    runs = _of(ds, arm, f"{mechanism}.open")
    everywhere = (np.nan_to_num(runs) > 0).all(axis=0) & (len(runs) > 0)
    return float(ds["year"].values[np.argmax(everywhere)]) if everywhere.any() else np.inf


def _door_to_door(ds: xr.Dataset, arm: str, year: int) -> dict[str, float]:
    if "centre_hours" not in ds:
        return {}
    hours = ds["centre_hours"].sel(arm=arm, year=year).transpose("replication", "region").values
    minutes = 60.0 * hours[ds["finished"].sel(arm=arm).values]
    mean = minutes.mean(axis=0) if len(minutes) else np.full(ds.sizes["region"], np.nan)
    return dict(zip(map(str, ds["region"].values), mean.tolist(), strict=True))
