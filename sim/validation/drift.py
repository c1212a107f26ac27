"""Comparison of a baseline from 2010 with the provinces of 2020: reported only, nothing is fitted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.config import Scenario
from sim.model import simulate
from sim.world import World, load_world

START, END = 2010, 2020
FIGURES = ("people", "talent", "value_added")


@dataclass(frozen=True)
class Drift:
    """Shares of the mainland by province and by region: 2010, observed 2020, modelled 2020.

    Attributes
    ----------
    provinces, regions : DataFrame
        Columns ``place, figure, start, real, model`` (shares of the mainland's total).
    summary : DataFrame
        Columns ``figure, level, places, persistence_error, model_error`` (mean absolute error of shares, percentage
        points) and ``correlation`` of modelled with real changes of log shares.
    """

    provinces: pd.DataFrame
    regions: pd.DataFrame
    summary: pd.DataFrame


def drift(world: str, firms: int = 36_000, seed: int = 1) -> Drift:
    """Run a bundled world's baseline from 2010 and compare 2020.

    Parameters
    ----------
    world : str
    firms : int
        Firm agents at the start.
    seed : int
    """
    before, after = load_world(world, START), load_world(world, END)
    years = END - START + 1
    scenario = Scenario(name="drift", world=world, start=START, years=years, firms=firms, calibrated=False)
    record = simulate(scenario.model_copy(update={"record": scenario.record.model_copy(update={"flows": False})}), seed)
    people = record.series["people"][-1]
    modelled = {
        "people": people.sum(axis=1), "talent": people[:, 1],
        "value_added": record.series["value_added"][-1].sum(axis=1),
    }  # fmt: skip
    tables = {
        level: pd.concat([_shares(f, before, after, modelled[f], level) for f in FIGURES], ignore_index=True)
        for level in ("province", "region")
    }
    rows = [_summary(table, level, f) for f in FIGURES for level, table in tables.items()]
    return Drift(tables["province"], tables["region"], pd.DataFrame(rows))


def _figure(world: World, figure: str) -> np.ndarray:
    if figure == "people":
        return world.people.sum(axis=1)
    return world.people[:, 1] if figure == "talent" else world.value_added.sum(axis=1)


def _shares(figure: str, before: World, after: World, modelled: np.ndarray, level: str) -> pd.DataFrame:
    """Return shares of the mainland; the special administrative regions are outside the scope of the model."""
    place = before.regions["province" if level == "province" else "id"].to_numpy()
    inside = before.national_taxes
    columns = {"start": _figure(before, figure), "real": _figure(after, figure), "model": modelled}
    table = pd.DataFrame({k: v[inside] for k, v in columns.items()}).groupby(place[inside], sort=False).sum()
    table = table / table.sum()
    return table.rename_axis("place").reset_index().assign(figure=figure)


def _summary(table: pd.DataFrame, level: str, figure: str) -> dict[str, float | str | int]:
    rows = table[table["figure"] == figure]
    start, real, model = (rows[c].to_numpy() for c in ("start", "real", "model"))
    changes = np.log(real / start), np.log(model / start)
    return {
        "figure": figure, "level": level, "places": len(rows),
        "persistence_error": 100 * float(np.abs(real - start).mean()),
        "model_error": 100 * float(np.abs(real - model).mean()),
        "correlation": float(np.corrcoef(*changes)[0, 1]),
    }  # fmt: skip
