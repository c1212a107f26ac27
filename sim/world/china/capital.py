"""Capital by the perpetual inventory method by province, allocated to units by capital-weighted value added."""

from __future__ import annotations

import numpy as np
import pandas as pd

DEPRECIATION = 0.06
NATIONAL_RATIO = 3.0  # capital over value added, both years
RATIO_RANGE = (2.0, 4.2)
START_RATIO = 2.2  # capital over GDP in 2005
INVESTMENT_RATE = 0.43  # gross capital formation over GDP, 2010-2020
FORMATION_SHARE = 0.85  # of fixed-asset investment that is capital formation
SAR_RATIO = 3.0
# Relative capital intensity by sector (agriculture, energy, manufacturing, high tech, producer, consumer).
INTENSITY = np.array([0.6, 1.4, 0.9, 1.0, 1.1, 1.0])


def _gdp_path(row: pd.Series) -> np.ndarray:
    """Return GDP of 2010-2020 by interpolation in logs, (11,) million yuan."""
    known = np.log([row["gdp_2010"], row["gdp_2015"], row["gdp_2020"]])
    return np.exp(np.interp(np.arange(2010, 2021), [2010, 2015, 2020], known))


def province_capital(provinces: pd.DataFrame, year: int) -> pd.Series:
    """Return the capital of each mainland province, scaled to the national ratio.

    Parameters
    ----------
    provinces : DataFrame
        ``province, gdp_2005, gdp_2010, gdp_2015, gdp_2020, investment_2005_2010`` (million yuan, current).
    year : {2010, 2020}

    Returns
    -------
    Series
        Million yuan, by province slug.
    """
    found = {}
    spending = provinces["investment_2005_2010"] / (provinces["gdp_2005"] + provinces["gdp_2010"])
    relative = spending / spending.mean()
    for (_, row), rate in zip(provinces.iterrows(), relative, strict=True):
        stock = START_RATIO * row["gdp_2005"] * (1 - DEPRECIATION) ** 5
        stock += FORMATION_SHARE * row["investment_2005_2010"] * (1 - DEPRECIATION) ** 2.5
        if year == 2020:
            path = _gdp_path(row)
            # Only half of the past deviation of provincial investment rates is assumed to persist.
            for gdp in path[:-1]:
                stock = (1 - DEPRECIATION) * stock + INVESTMENT_RATE * (0.5 + 0.5 * rate) * gdp
        found[row["province"]] = stock
    gdp = provinces.set_index("province")[f"gdp_{year}"]
    ratio = pd.Series(found) / gdp
    ratio = (ratio * NATIONAL_RATIO / np.average(ratio, weights=gdp)).clip(*RATIO_RANGE)
    return ratio * NATIONAL_RATIO / np.average(ratio, weights=gdp) * gdp


def growth_trend(data: pd.DataFrame, provinces: pd.DataFrame, year: int) -> np.ndarray:
    """Return the growth of each unit's province relative to the nation before the base year, (units,) 1/yr.

    Parameters
    ----------
    data : DataFrame
        Units with ``province``.
    provinces : DataFrame
        ``province, gdp_2005, gdp_2010, gdp_2015, gdp_2020``, million yuan of one data vintage.
    year : {2010, 2020}
    """
    table = provinces.set_index("province")
    before, now = table[f"gdp_{year - 5}"], table[f"gdp_{year}"]
    excess = np.log(now / now.sum()) - np.log(before / before.sum())
    return data["province"].map(excess / 5).fillna(0.0).to_numpy()


def unit_capital(data: pd.DataFrame, value_added: np.ndarray, provinces: pd.DataFrame, year: int) -> np.ndarray:
    """Return the capital of each unit.

    Parameters
    ----------
    data : DataFrame
        Units with ``province``.
    value_added : (units, S) float, million yuan/yr
    provinces : DataFrame
        See `province_capital`.
    year : {2010, 2020}

    Returns
    -------
    (units,) float, million yuan
    """
    weight = pd.Series(value_added @ INTENSITY, index=data.index)
    total = weight.groupby(data["province"]).transform("sum")
    stock = data["province"].map(province_capital(provinces, year))
    result = stock * weight / total
    return result.fillna(pd.Series(SAR_RATIO * value_added.sum(axis=1), index=data.index)).to_numpy()
