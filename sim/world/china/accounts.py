"""Three-sector accounts of the units on one vintage, raked to revised provincial and national totals.

Value added of the units is scaled to revised provincial accounts, its sectors are those first published. Provinces are
reconciled with the nation first, the units of each province with the province second.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.errors import RunFailed

BROAD_SECTORS = ("primary", "secondary", "tertiary")
NATION = "nation"
TOLERANCE = 1e-12
ROUNDS = 2000


def account_columns(year: int) -> list[str]:
    """Return the columns of the three sectors in a table of units."""
    return [f"va_{sector}_{year}" for sector in BROAD_SECTORS]


def rake(cells: np.ndarray, rows: np.ndarray, columns: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Return cells scaled by rows, and by columns within groups of rows, such that they sum to given margins.

    Parameters
    ----------
    cells : (N, S) float
        Not negative; what is zero stays so.
    rows : (N,) float
        Sum of each row.
    columns : (G, S) float
        Sum of each column by group; a group's columns sum to its rows.
    group : (N,) int
        Group of each row.

    Raises
    ------
    RunFailed
        If the margins cannot be met.
    """
    scale = np.maximum(columns.sum(axis=1, keepdims=True), np.finfo(float).tiny)
    result = cells
    for _ in range(ROUNDS):
        result = result * (rows / result.sum(axis=1))[:, None]
        sums = group_sums(result, group, len(columns))
        if np.abs((sums - columns) / scale).max() < TOLERANCE:
            return result
        result = result * np.divide(columns, sums, out=np.zeros_like(columns), where=sums > 0)[group]
    raise RunFailed(f"three-sector accounts: the margins are not met after {ROUNDS:,} rounds of raking")


def group_sums(cells: np.ndarray, group: np.ndarray, n_groups: int) -> np.ndarray:
    """Return sums of rows by group, (G, S)."""
    sums = np.zeros((n_groups, cells.shape[1]))
    np.add.at(sums, group, cells)
    return sums


def with_published(sums: np.ndarray, gdp: np.ndarray, published: np.ndarray) -> np.ndarray:
    """Return sectors of provinces as published; what is not published divides the rest like the sums of the units.

    Parameters
    ----------
    sums, published : (P, 3) float, million yuan/yr
        Sums of the units, and published figures, NaN where there are none.
    gdp : (P,) float, million yuan/yr
    """
    missing = np.isnan(published)
    units = np.where(missing, sums, 0.0)
    rest = gdp - np.nansum(published, axis=1)
    share = units / np.maximum(units.sum(axis=1, keepdims=True), np.finfo(float).tiny)
    return np.where(missing, share * rest[:, None], published)


def imputed_first(
    cells: np.ndarray, gdp: np.ndarray, provinces: np.ndarray, group: np.ndarray, imputed: np.ndarray
) -> np.ndarray:
    """Return sectors of the units in which imputed units make up for the rest of their province.

    Parameters
    ----------
    cells : (N, 3) float, million yuan/yr
    gdp : (N,) float, million yuan/yr
    provinces : (P, 3) float, million yuan/yr
        Published sectors of the provinces.
    group : (N,) int
        Province of each unit.
    imputed : (N,) bool
        Units whose sectors are adjusted.
    """
    chosen, code = np.unique(group[imputed], return_inverse=True)
    published = group_sums(np.where(imputed[:, None], 0.0, cells), group, len(provinces))
    rest = (provinces - published)[chosen]
    total = group_sums(gdp[imputed, None], code, len(chosen))
    result = cells.copy()
    result[imputed] = rake(cells[imputed], gdp[imputed], rest / rest.sum(axis=1, keepdims=True) * total, code)
    return result


def on_one_vintage(data: pd.DataFrame, totals: pd.DataFrame, year: int) -> np.ndarray:
    """Return value added of the three sectors of each unit, raked to revised accounts.

    Parameters
    ----------
    data : DataFrame
        Units with ``province, area`` and, of the year, ``va_primary, va_secondary, va_tertiary, gdp, gdp_status``;
        million yuan.
    totals : DataFrame
        ``year, area, primary, secondary, tertiary``: published accounts of the nation and of provinces, million yuan;
        ``adjusts``: the units that account for the difference, all of the province or the imputed ones.
    year : {2010, 2020}

    Returns
    -------
    (units, 3) float, million yuan/yr
        Rows sum to ``gdp``; NaN in Hong Kong and Macao, whose sectors are not published.
    """
    mainland = (data["area"] != "sar").to_numpy()
    units = data[mainland]
    cells, gdp = units[account_columns(year)].to_numpy(float), units[f"gdp_{year}"].to_numpy(float)
    names, group = np.unique(units["province"].to_numpy(str), return_inverse=True)
    known = totals[totals["year"] == year].set_index("area")
    figures = known[list(BROAD_SECTORS)].astype(float)
    total = group_sums(gdp[:, None], group, len(names))[:, 0]
    provinces = with_published(group_sums(cells, group, len(names)), total, figures.reindex(names).to_numpy())
    imputed = units[f"gdp_status_{year}"].str.startswith("imputed")
    imputed &= units["province"].map(known["adjusts"]) == "imputed"
    cells = imputed_first(cells, gdp, provinces, group, imputed.to_numpy())
    nation = figures.loc[[NATION]].to_numpy()
    provinces = rake(provinces, total, nation / nation.sum() * gdp.sum(), np.zeros(len(names), dtype=int))
    result = np.full((len(data), len(BROAD_SECTORS)), np.nan)
    result[mainland] = rake(cells, gdp, provinces, group)
    return result
