"""Bands of shares of some results: in closed form, and where none is known."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from sim.analysis.bands import bands_of, error_law, nation, reference_arm, share_of_nation
from sim.analysis.forecast_errors import ErrorLaw
from sim.world import fitted_parameters

LAW = ErrorLaw(province=0.05, city=0.1, slope=-0.2, kappa=0.8, kappa_low=0.6, kappa_high=0.9)
Z = stats.norm.ppf(0.95)


@pytest.fixture(autouse=True)
def law(monkeypatch):
    monkeypatch.setattr("sim.analysis.bands.law_of", lambda figure: LAW)


def results(world: object = "guangzhou", changed: tuple[str, str] = ("", ""), years: int = 13) -> xr.Dataset:
    """Two regions of two provinces, with .2 and .8 of the mainland, and Hong Kong; one of two runs is missing."""
    fitted = {part: {**values, changed[1]: 0.5} if part == changed[0] else dict(values)
              for part, values in fitted_parameters("guangzhou", 2020).items()}  # fmt: skip
    levels = np.tile([2.0, 8.0, 5.0], (1, 2, years, 1))[..., None] * [0.25, 0.75]
    levels[:, 1] = np.nan
    dims = ("arm", "replication", "year", "region")
    return xr.Dataset(
        {"people": ((*dims, "group"), levels), "value_added": ((*dims, "sector"), levels)},
        {"arm": ["baseline"], "year": 2020 + np.arange(years), "region": ["a", "b", "hong_kong"],
         "province": ("region", ["x", "y", "z"]), "area": ("region", ["east", "west", "sar"])},
        {"config": json.dumps({"scenario": {"world": world, "parameters": fitted}})},
    )  # fmt: skip


def test_band_of_two_regions_in_closed_form():
    found = bands_of(results(), "people", np.array([True, False, True]), "baseline")
    assert found is not None
    np.testing.assert_allclose(found.share, 0.2)
    # ln s = e - (s e + (1 - s) e'), so that its variance is (1 - s)^2 (var e + var e')
    own = (LAW.city * (np.array([0.2, 0.8]) / 1e-3) ** LAW.slope) ** 2
    error = 0.8 * np.sqrt(2 * LAW.province**2 + own.sum())
    for year, kappas in ((0, (1, 1)), (5, (LAW.kappa,) * 2), (10, (LAW.kappa,) * 2), (12, LAW[4:6])):
        reach = np.exp(Z * error * (year / 5) ** np.array(kappas))
        np.testing.assert_allclose(found.low[:, year], 0.2 / reach)
        np.testing.assert_allclose(found.high[:, year], 0.2 * reach)
    assert found.extrapolated.tolist() == [False] * 11 + [True] * 2
    assert (found.high[1, 11:] > found.high[0, 11:]).all()


def test_regions_of_one_province_share_its_error():
    ds = results()
    together = ds.assign_coords(province=("region", ["x", "x", "z"]))
    widths = [
        np.ptp(bands_of(one, "people", np.array([True, False, False]), "baseline").high) for one in (ds, together)
    ]
    assert widths[1] < widths[0]


@pytest.mark.parametrize("mask", [[True, True, True], [True, True, False], [False, False, True]])
def test_the_nation_and_regions_outside_it_have_no_band(mask):
    assert bands_of(results(), "people", np.array(mask), "baseline") is None


def test_law_is_that_of_fitted_parameters():
    assert error_law(results("china"), "value_added") is LAW and error_law(results(), "people") is LAW
    assert error_law(results(), "capital") is None
    assert error_law(results(changed=("learning", "momentum")), "people") is None
    assert error_law(results({"kind": "synthetic", "name": "twelve"}), "people") is None
    assert error_law(results().assign_attrs(config="{}"), "people") is None


def test_shares_are_those_of_the_mainland():
    ds = results(years=2)
    np.testing.assert_array_equal(nation(ds), [True, True, False])
    for mask, share in (([True, False, True], 0.2), ([False, True, False], 0.8), ([False, False, True], 0.0)):
        found = share_of_nation(ds, "value_added", np.array(mask))
        np.testing.assert_allclose(found.isel(replication=0), share)
        assert found.isel(replication=1).isnull().all()
    elsewhere = ds.drop_vars("area")
    np.testing.assert_allclose(share_of_nation(elsewhere, "people", np.array([True, False, False]))[0, 0], 2 / 15)


def test_bands_are_drawn_around_the_baseline():
    ds = results()
    assert reference_arm(ds) == "baseline" and reference_arm(ds.assign_coords(arm=["alone"])) == "alone"
