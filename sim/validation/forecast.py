"""Forecasts that are registered before the outcome is known: shares of all regions with bands, and their digest."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from sim.analysis.forecast_errors import SUPPORTED, TABLE, law_of, share_bands, stored_laws
from sim.analysis.stored import read_stored, write_stored
from sim.config import Scenario
from sim.errors import UserError, nearest
from sim.model import simulate
from sim.world import World, load_world
from sim.world.china.tables import WORLDS

START = 2020  # base year: the last census
LAST = START + int(SUPPORTED)  # later years would be extrapolated
SEEDS = tuple(range(1, 11))
FIRMS = 100_000  # as in the hindcast, on which the law of errors rests
FIGURES = ("people", "value_added")
DIGITS = 6  # of shares
DIGEST = "sha256 of the rows "


def forecast(world: str, until: int, seeds: Sequence[int] = SEEDS, firms: int = FIRMS) -> pd.DataFrame:
    """Return the shares of all regions of the mainland in people and value added, by year, without new policy.

    Parameters
    ----------
    world : str
        A bundled world with fitted parameters.
    until : int
        Last year, at most ten years after the base year.
    seeds : sequence of int
        The forecast is the mean of their runs.
    firms : int
        Firm agents at the start.

    Returns
    -------
    DataFrame
        ``region, adcode, province, year`` and, for each figure, its share and the ends of the 90 % band, ``_low`` and
        ``_high``.

    Raises
    ------
    UserError
        For a world without a law of errors, or a year that is not ahead or too far.
    """
    if world not in WORLDS:
        raise UserError(
            f"--world {world}: no law of errors is known; expected one of {', '.join(WORLDS)}{nearest(world, WORLDS)}"
        )
    if not START < until <= LAST:
        raise UserError(
            f"--until {until}: expected a year from {START + 1} to {LAST}, the longest horizon of the hindcast"
        )
    scenario = Scenario.model_validate({
        "name": "forecast", "world": world, "start": START, "years": until - START + 1, "firms": firms,
        "record": {"flows": False, "payments": False},
    })  # fmt: skip
    runs = [simulate(scenario, seed).series for seed in seeds]
    levels = {name: np.mean([run[name].sum(axis=2) for run in runs], axis=0) for name in FIGURES}
    return pd.concat(
        [_year(load_world(world, START), t, levels) for t in range(1, until - START + 1)], ignore_index=True
    )


def _year(world: World, ahead: int, levels: dict[str, np.ndarray]) -> pd.DataFrame:
    """Return the rows of a year, levels being (T, R)."""
    inside = world.national_taxes
    rows = world.regions.loc[inside, ["id", "adcode", "province"]].rename(columns={"id": "region"})
    rows["year"] = START + ahead
    for figure, level in levels.items():
        now = level[ahead, inside]
        (band,) = share_bands(law_of(figure), now, rows["province"].to_numpy(str), ahead)
        for name, share in (("", now / now.sum()), ("_low", band.low), ("_high", band.high)):
            rows[f"{figure}{name}"] = [float(f"{value:.{DIGITS}g}") for value in share]
    return rows


def register(path: Path, world: str, until: int, seeds: Sequence[int] = SEEDS, firms: int = FIRMS) -> str:
    """Write a forecast with all that identifies it, and return the digest of its rows.

    The lines above the table state the version of the model, the date, the runs, the law of errors and the digest.
    """
    rows = forecast(world, until, seeds, firms)
    laws, digest = stored_laws(), _digest(rows.to_csv(index=False))
    notes = [
        f"world {world} from {START}, no policy; mean of seeds {', '.join(map(str, seeds))}; {firms} firm agents",
        f"90 % bands by the law of errors of model version {laws.model_version}, {laws.date}, sha256 "
        f"{_digest(TABLE.read_text(encoding='utf-8'))}",
        f"shares in the mainland; people a whole number of years after the census of {START}",
        f"{DIGEST}{digest}",
    ]
    write_stored(rows, path, notes)
    return digest


def read_registered(path: Path) -> pd.DataFrame:
    """Return the rows of a registered forecast.

    Raises
    ------
    UserError
        If the rows are not those of the digest in the file.
    """
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    stated = [line.partition(DIGEST)[2].strip() for line in lines if line.startswith(f"# {DIGEST}")]
    found = _digest("".join(line for line in lines if not line.startswith("#")))
    if stated != [found]:
        raise UserError(
            f"{path}: the rows have the digest {found}, not that of the file; expected the rows as registered"
        )
    return read_stored(path).rows


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
