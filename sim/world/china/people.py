"""Population by skill, residence rights and rates of change."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.world.china.tables import table

SAR_TALENT = {2010: {"hong_kong": 0.24, "macao": 0.17}, 2020: {"hong_kong": 0.32, "macao": 0.25}}
INTERCITY_SHARE = 0.6  # share of people registered elsewhere in their province who come from another city
UNREGISTERED_CAP = 0.85
NATIONAL_NATURAL = {2010: 0.0048, 2020: 0.0015}  # China Statistical Yearbook
# Deviations from the national rate; assumed from the age structure of the areas.
NATURAL_GRADIENT = {"east": 0.0, "central": 0.0, "west": 0.002, "northeast": -0.005, "sar": 0.0}
NATURAL_EXTRA = {"guangdong": 0.004, "hainan": 0.003, "guangxi": 0.002, "tibet": 0.006}
SAR_GRADUATION = 0.006
GRADUATES_2010 = 7.73e6  # regular and adult higher education, China Statistical Yearbook 2011
STOCK_YEARS = 15.0  # period in which the migrants of 2010 arrived, most of them since the mid-1990s
MIGRATION_BOUNDS = np.array([[-0.010, 0.030], [-0.020, 0.035]])  # net, per head and year: workers, talent


def people_by_skill(data: pd.DataFrame, year: int) -> np.ndarray:
    """Return workers and talent of each unit in a census year, (units, 2) persons."""
    population = data[f"population_{year}"].to_numpy(float)
    assumed = data["province"].map(SAR_TALENT[year]).to_numpy(float) * population
    educated = data[f"tertiary_{year}"].astype(float).to_numpy()
    talent = np.where(np.isnan(educated), assumed, educated)
    return np.column_stack([population - talent, talent])


def unregistered(data: pd.DataFrame, people: np.ndarray) -> np.ndarray:
    """Return people without local residence rights by skill, (units, 2) persons; zero in Hong Kong and Macao."""
    other = data["migrants_other_province"].fillna(0).to_numpy(float)
    same = data["migrants_same_province"].fillna(0).to_numpy(float)
    share = np.minimum((other + INTERCITY_SHARE * same) / people.sum(axis=1), UNREGISTERED_CAP)
    return people * share[:, None]


def residence_cost(data: pd.DataFrame) -> np.ndarray:
    """Return the cost of lacking residence rights in each unit, (units,) share of consumption; 0 if unknown."""
    cost = table("residence").set_index("adcode")["cost"]
    return data["adcode"].map(cost).fillna(0.0).to_numpy(float)


def natural_rate(data: pd.DataFrame, year: int, level: float | None = None) -> np.ndarray:
    """Return births less deaths per capita, (units,) 1/yr, with the national mean of the year or `level`."""
    rate = data["area"].map(NATURAL_GRADIENT).to_numpy(float)
    rate = rate + data["province"].map(NATURAL_EXTRA).fillna(0).to_numpy(float)
    weight = data[f"population_{year}"].to_numpy(float)
    return rate - np.average(rate, weights=weight) + (NATIONAL_NATURAL[year] if level is None else level)


def graduation_rate(data: pd.DataFrame, year: int) -> np.ndarray:
    """Return the rate at which workers become talent, (units,) 1/yr: provincial figures shrunk halfway to the nation.

    2020: growth of the tertiary educated since 2010. 2010: graduates of that year, allocated by the tertiary educated
    of 2010, so that a run from 2010 uses no later information.
    """
    if year == 2010:
        return _graduates_of_2010(data)
    before, after = people_by_skill(data, 2010), people_by_skill(data, 2020)
    mainland = (data["area"] != "sar").to_numpy()
    gain = pd.Series((after[:, 1] - before[:, 1]) / 10)
    base = pd.Series((before[:, 0] + after[:, 0]) / 2)
    province = data["province"].reset_index(drop=True)
    local = (gain.groupby(province).transform("sum") / base.groupby(province).transform("sum")).to_numpy()
    nation = gain[mainland].sum() / base[mainland].sum()
    return np.where(mainland, 0.5 * (local + nation), SAR_GRADUATION)


def _graduates_of_2010(data: pd.DataFrame) -> np.ndarray:
    people = people_by_skill(data, 2010)
    mainland = (data["area"] != "sar").to_numpy()
    nation = GRADUATES_2010 / people[mainland, 0].sum()
    sums = pd.DataFrame(people).groupby(data["province"].to_numpy()).transform("sum").to_numpy()
    relative = sums[:, 1] / sums[:, 0] / (people[mainland, 1].sum() / people[mainland, 0].sum())
    return np.where(mainland, nation * (0.5 + 0.5 * relative), SAR_GRADUATION)


def migration(data: pd.DataFrame, people: np.ndarray, year: int) -> np.ndarray:
    """Return annual net migration by skill in a base year, bounded per capita, with zero sum.

    2020: one tenth of the change 2010-2020 net of natural change and graduation. 2010: residents less registered
    people, who arrived over `STOCK_YEARS` years; no information later than 2010 is used.

    Parameters
    ----------
    data : DataFrame
        Regions or units with population of both censuses, ``area`` and ``province``.
    people : (n, 2) float, persons
        Population of the start year.
    year : {2010, 2020}

    Returns
    -------
    (n, 2) float, persons/yr
    """
    mainland = (data["area"] != "sar").to_numpy()
    move = _moves_of_stock(data, people) if year == 2010 else _moves_between_censuses(data)
    move[~mainland] = 0.0
    weight = np.where(mainland[:, None], people, 0.0)
    low, high = (MIGRATION_BOUNDS[:, k] * weight for k in (0, 1))
    for _ in range(200):
        move = np.clip(move - weight * move.sum(axis=0) / weight.sum(axis=0), low, high)
    return move - weight * move.sum(axis=0) / weight.sum(axis=0)


def _moves_of_stock(data: pd.DataFrame, people: np.ndarray) -> np.ndarray:
    """Return residents less registered people over the years of arrival, with the skill composition of residents."""
    heads = people.sum(axis=1)
    came = heads - data["hukou_2010"].astype(float).fillna(pd.Series(heads, index=data.index)).to_numpy()
    return people * (came / heads / STOCK_YEARS)[:, None]


def _moves_between_censuses(data: pd.DataFrame) -> np.ndarray:
    before, after = people_by_skill(data, 2010), people_by_skill(data, 2020)
    mean = (before + after) / 2
    mainland = (data["area"] != "sar").to_numpy()
    growth = after.sum(axis=1) - before.sum(axis=1)
    decade = growth[mainland].sum() / 10 / mean[mainland].sum()
    natural = natural_rate(data, 2020, decade)
    degrees = graduation_rate(data, 2020) * mean[:, 0]
    return (after - before) / 10 - natural[:, None] * mean + np.column_stack([degrees, -degrees])
