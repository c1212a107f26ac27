"""Observed history of a bundled world: population and accounts of 2010, 2015 and 2020, and of provinces before."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.world.china.accounts import BROAD_SECTORS, account_columns
from sim.world.china.build import bundled_world
from sim.world.china.people import people_by_skill
from sim.world.china.tables import assign, definition, table, units
from sim.world.types import History, World

__all__ = ["History", "load_history"]

PUBLISHED = ("observed", "observed_converted", "boundary_adjusted")


def load_history(name: str, start: int = 2010) -> History:
    """Read the history of a Chinese world from 2010.

    People are known in 2010, 2015 and 2020, talent in 2010 and 2020, value added in all three, its parts ``primary,
    secondary, tertiary`` in 2010 and 2020. Fits and scores use mainland regions whose figures are neither imputed nor
    interpolated. Covariates are of 2010 only: ``income, migrants_other, migrants_same, tertiary, registered, density,
    size``, in logs except shares.

    Parameters
    ----------
    name : str
        One of `sim.world.china.tables.WORLDS`.
    start : {2010}
        Base year.
    """
    world = bundled_world(name, start)
    data = units(start)
    codes = pd.Index(world.regions["id"]).get_indexer(assign(data, definition(name)))
    raw = table("prefectures")

    def total(values: np.ndarray) -> np.ndarray:
        out = np.zeros(world.n_regions)
        np.add.at(out, codes, np.nan_to_num(np.asarray(values, dtype=float)))
        return out

    late = people_by_skill(data, 2020)
    figures = {
        ("people", 2010): world.people.sum(axis=1), ("people", 2015): total(raw["population_2015"]),
        ("people", 2020): total(late.sum(axis=1)), ("talent", 2010): world.people[:, 1],
        ("talent", 2020): total(late[:, 1]), ("value_added", 2010): world.value_added.sum(axis=1),
        ("value_added", 2015): total(raw["gdp_2015"]), ("value_added", 2020): total(raw["gdp_2020"]),
    }  # fmt: skip
    for year in (2010, 2020):
        for sector, column in zip(BROAD_SECTORS, account_columns(year), strict=True):
            figures[sector, year] = total(data[column])
    mainland = world.national_taxes
    accounts = np.logical_and.reduce([raw[f"gdp_status_{y}"].isin(PUBLISHED) for y in (2010, 2015, 2020)])
    good = {
        "people": mainland & (total(raw["population_2015_imputed"]) == 0), "talent": mainland,
    } | dict.fromkeys(("value_added", *BROAD_SECTORS), mainland & (total(~accounts) == 0))  # fmt: skip
    return History(world, figures, good, _covariates(world, raw, total))


def _covariates(world: World, raw: pd.DataFrame, total) -> pd.DataFrame:  # type: ignore[no-untyped-def]
    people, added = world.people.sum(axis=1), world.value_added.sum(axis=1)
    registered = np.maximum(total(raw["hukou_2010"]), 1.0)
    return pd.DataFrame(
        {
            "income": np.log(added / people),
            "migrants_other": total(raw["migrants_other_province_2010"]) / people,
            "migrants_same": total(raw["migrants_same_province_2010"]) / people,
            "tertiary": world.people[:, 1] / people,
            "registered": np.log(registered / people),
            "density": np.log(people / world.area_km2),
            "size": np.log(people),
        },
        index=world.regions["id"],
    )


def provincial_accounts(figure: str) -> dict[int, pd.Series]:
    """Return a figure of the provinces, sorted by name, in the years for which it is published by province.

    Parameters
    ----------
    figure : {"people", "value_added"}
        Persons (2000, of an older vintage) or million yuan of the year (2005, 2010, 2015, 2020, revised accounts).
    """
    prefix = {"people": "population", "value_added": "gdp"}[figure]
    data = table("provinces").set_index("province").sort_index()
    columns = [name for name in data if name.startswith(f"{prefix}_")]
    return {int(name.removeprefix(f"{prefix}_")): data[name].astype(float) for name in columns}
