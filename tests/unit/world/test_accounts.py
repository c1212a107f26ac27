"""Three-sector accounts on one vintage: margins, published figures, and what the units keep."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sim.errors import RunFailed
from sim.world import load_world
from sim.world.china.accounts import (
    BROAD_SECTORS,
    NATION,
    account_columns,
    group_sums,
    imputed_first,
    on_one_vintage,
    rake,
    with_published,
)
from sim.world.china.tables import table, units

# National accounts after the Fourth Economic Census, million yuan: published totals.
GDP = {2010: 41_211_930, 2020: 101_598_620}
# Share of the secondary sector of the mainland, published and as in the units before raking.
SECONDARY = {2010: (0.465, 0.497), 2020: (0.378, 0.380)}
YEARS = pytest.mark.parametrize("year", [2010, 2020])


def _mainland(year: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Raw and raked sectors (N, 3), GDP (N,), provinces' names and the province of each unit."""
    raw = table("prefectures")
    rows = (raw["area"] != "sar").to_numpy()
    names, group = np.unique(raw.loc[rows, "province"].to_numpy(str), return_inverse=True)
    raked = on_one_vintage(raw, table("sector_totals"), year)[rows]
    columns = account_columns(year)
    return raw.loc[rows, columns].to_numpy(float), raked, raw.loc[rows, f"gdp_{year}"].to_numpy(float), names, group


def _published(year: int) -> pd.DataFrame:
    totals = table("sector_totals")
    return totals[totals["year"] == year].set_index("area")


@YEARS
def test_totals_of_units_are_unchanged_and_no_cell_is_negative(year: int) -> None:
    raw, raked, gdp, *_ = _mainland(year)
    error = np.abs(raked.sum(axis=1) / gdp - 1.0).max()
    change = np.abs((raked / raked.sum(axis=1)[:, None] - raw / raw.sum(axis=1)[:, None]))[:, 1]
    print(f"{year}: totals of units {error:.0e}; secondary share of a unit changes by {change.mean():.3f}, at most")
    print(f"  {change.max():.3f}; smallest cell {raked.min():.1f} million yuan")
    assert error <= 1e-9 and (raked >= 0).all()


@YEARS
def test_the_nation_has_its_published_composition(year: int) -> None:
    raw, raked, *_ = _mainland(year)
    published = _published(year).loc[NATION, list(BROAD_SECTORS)].to_numpy(float)
    found, before = raked.sum(axis=0) / raked.sum(), raw.sum(axis=0) / raw.sum()
    print(f"{year}: {found.round(4)}, before {before.round(4)}")
    assert np.abs(found - published / published.sum()).max() <= 1e-9
    assert (found[1], before[1]) == pytest.approx(SECONDARY[year], abs=5e-4)


@YEARS
def test_provinces_keep_the_odds_ratios_of_published_accounts(year: int) -> None:
    _, raked, _, names, group = _mainland(year)
    known = _published(year).drop(index=NATION).dropna(subset=list(BROAD_SECTORS))
    found = group_sums(raked, group, len(names))[np.searchsorted(names, known.index)]
    factor = np.log(found / known[list(BROAD_SECTORS)].to_numpy(float))
    factor -= factor[:, [2]]  # of a sector against the tertiary one: the same for all provinces
    print(f"{year}: {len(known)} provinces, odds against the tertiary sector times {np.exp(factor[0, :2]).round(3)}")
    assert np.abs(factor - factor[0]).max() <= 1e-9


@YEARS
def test_units_keep_their_odds_ratios_within_a_province(year: int) -> None:
    raw, raked, _, names, group = _mainland(year)
    for province in ("guangdong", "inner_mongolia"):
        rows = group == np.searchsorted(names, province)
        factor = np.log(raked[rows] / raw[rows])
        factor -= factor[:, [2]]
        assert np.abs(factor - factor[0]).max() <= 1e-9, province


@YEARS
def test_published_figures_sum_to_their_totals(year: int) -> None:
    known = _published(year)
    figures = known[list(BROAD_SECTORS)]
    complete = figures.notna().all(axis=1)
    assert (figures[complete].sum(axis=1) - known.loc[complete, "gdp"]).abs().max() <= 10  # a rounding unit
    assert (figures.sum(axis=1) <= known["gdp"]).all() and (figures.fillna(1) > 0).all().all()
    assert known.loc[NATION, "gdp"] == GDP[year]
    provinces = table("provinces").set_index("province")[f"gdp_{year}"]
    assert (known["gdp"].drop(NATION) == provinces.reindex(known.index.drop(NATION))).all()


def test_municipalities_with_revised_accounts_confirm_the_published_figures() -> None:
    raw, _, _, names, group = _mainland(2010)
    known = _published(2010)[list(BROAD_SECTORS)].astype(float)
    for city in ("shanghai", "chongqing"):
        own = raw[group == np.searchsorted(names, city)][0]
        assert known.loc[city].to_numpy() == pytest.approx(own, abs=10), city


def test_published_units_of_hainan_change_only_with_the_nation() -> None:
    raw, raked, _, names, group = _mainland(2020)
    rows = np.flatnonzero(group == np.searchsorted(names, "hainan"))[:2]  # Haikou, Sanya; half of the rest is imputed
    share, before = (cells[rows, 1] / cells[rows].sum(axis=1) for cells in (raked, raw))
    print(f"secondary share of Haikou and Sanya {share.round(3)}, published {before.round(3)}")
    assert np.abs(share - before).max() < 0.01


@YEARS
def test_a_larger_national_sector_raises_it_in_every_unit(year: int) -> None:
    raw, totals = table("prefectures"), table("sector_totals").astype({"secondary": float})
    shares = {}
    for name, factor in (("as is", 1.0), ("larger", 1.05)):
        totals.loc[(totals["area"] == NATION) & (totals["year"] == year), "secondary"] *= factor
        cells = on_one_vintage(raw, totals, year)
        shares[name] = (cells / cells.sum(axis=1, keepdims=True))[(raw["area"] != "sar").to_numpy(), 1]
    change = shares["larger"] - shares["as is"]
    print(f"{year}: secondary sector of the nation + 5 %: share of units +{change.min():.4f} to +{change.max():.4f}")
    assert (change > 0).all()


def test_cells_with_the_margins_of_the_accounts_are_unchanged() -> None:
    cells = np.random.default_rng(1).uniform(1, 100, (7, 3))
    group = np.array([0, 0, 1, 1, 1, 2, 2])
    found = rake(cells, cells.sum(axis=1), group_sums(cells, group, 3), group)
    assert found == pytest.approx(cells, rel=1e-12)


def test_rake_by_hand() -> None:
    # Odds ratio 4 with margins of 1/2: p²/(1/2 - p)² = 4, p = 1/3.
    cells = np.array([[2.0, 1.0], [1.0, 2.0]])
    half = np.array([0.5, 0.5])
    found = rake(cells, half, half[None, :], np.zeros(2, dtype=int))
    assert found == pytest.approx(np.array([[1 / 3, 1 / 6], [1 / 6, 1 / 3]]), abs=1e-12)


def test_zero_stays_zero_and_margins_that_cannot_be_met_are_reported() -> None:
    cells, one = np.array([[0.0, 1.0], [1.0, 1.0]]), np.zeros(2, dtype=int)
    assert rake(cells, np.array([1.0, 2.0]), np.array([[1.0, 2.0]]), one)[0, 0] == 0
    with pytest.raises(RunFailed, match="margins are not met"):
        rake(np.array([[0.0, 1.0], [0.0, 1.0]]), np.array([1.0, 2.0]), np.array([[1.0, 2.0]]), one)


def test_what_is_not_published_divides_the_rest_like_the_units() -> None:
    sums, gdp = np.array([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0], [1.0, 2.0, 3.0]]), np.array([10.0, 10.0, 12.0])
    published = np.array([[1.0, 4.0, 5.0], [np.nan, 4.0, np.nan], [np.nan, np.nan, np.nan]])
    assert with_published(sums, gdp, published) == pytest.approx(np.array([[1, 4, 5], [1.5, 4, 4.5], [2, 4, 6]]))


def test_imputed_units_make_up_for_the_rest_of_their_province() -> None:
    cells = np.array([[1.0, 4.0, 5.0], [3.0, 3.0, 4.0], [2.0, 4.0, 4.0]])
    provinces = np.array([[3.0, 9.0, 8.0], [2.0, 4.0, 4.0]])
    found = imputed_first(cells, np.full(3, 10.0), provinces, np.array([0, 0, 1]), np.array([False, True, False]))
    assert found == pytest.approx(np.array([[1, 4, 5], [2, 5, 3], [2, 4, 4]]))


@YEARS
def test_worlds_have_the_national_composition(year: int) -> None:
    found = units(year)
    assert found.loc[found["area"] == "sar", "va_secondary"].isna().all()
    for name in ("guangzhou", "china"):
        world = load_world(name, year)
        added = world.value_added[world.national_taxes].sum(axis=0)
        print(f"{name} {year}: secondary {added[1:4].sum() / added.sum():.4f} of the mainland")
        assert added[1:4].sum() / added.sum() == pytest.approx(SECONDARY[year][0], abs=2e-3)
