"""Sums of firms by class of age, size and ownership, against numpy."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from sim.catalogue import AGE_BOUNDS, SIZE_BOUNDS
from sim.economy.firms.steps import Firms
from sim.parameters import Industry
from tests.helpers.firms import process

SIGMA, S = 5.0, 3


def made(n: int, seed: int = 0) -> Firms:
    """Return firms of all ages, sizes and owners in five cities and two sites; some rows belong to closed ones."""
    rng = np.random.default_rng(seed)
    capital = rng.lognormal(6, 1, (5, S))
    firms = Firms.create(
        capital, n, 3 * capital, process(Industry()), Industry(), seed, base_year=2020, host=np.array([1, 4])
    )
    firms.put("site", rng.random(len(firms)) < 0.1, 0)
    firms.put("site", rng.random(len(firms)) < 0.1, 1)
    firms.put("age", slice(None), rng.integers(0, 15, len(firms)))
    firms.put("log_z", slice(None), rng.normal(0, 0.2, len(firms)))
    firms.exit(np.full((5, S), 0.2), 1, 2020, Industry(exit_rate=0.15), 0.06)
    return firms


def expected(firms: Firms, group: np.ndarray, value: np.ndarray) -> np.ndarray:
    """The same sums, as docs/model.md 9.21 says them."""
    capital, weight, sector = firms.capital, firms.weight, firms.sector
    mean = np.bincount(sector, capital) / np.bincount(sector, weight)
    size = np.digitize(capital / weight / mean[sector], SIZE_BOUNDS)
    location = np.where(firms.site >= 0, 5 + firms.site, firms.city)
    quality = capital * np.exp((SIGMA - 1) * firms.log_z.astype(float))
    out = np.zeros((group.max() + 1, 3, 3, 3, 3))
    at = (group[firms.city], np.digitize(firms.age, AGE_BOUNDS), size, firms.ownership)
    for column, amount in enumerate((capital, weight, value[location, sector] * quality)):
        np.add.at(out[..., column], at, amount)
    return out


@pytest.mark.parametrize("n", [60, 1000, 30_000])
def test_sums_by_class_are_those_of_numpy(n: int) -> None:
    firms, group = made(n), np.array([0, 2, 1, 2, 0])
    value = np.random.default_rng(1).uniform(0.5, 2, (7, S))
    found = firms.by_class(group, value)
    assert found.shape == (3, 3, 3, 3, 3) and (found > 0).mean() > 0.2
    # productivity is in single precision, as its exponential in all sums of firms
    np.testing.assert_allclose(found, expected(firms, group, value), rtol=2e-6)
    np.testing.assert_allclose(found[..., :2], expected(firms, group, value)[..., :2], rtol=1e-12)


def test_classes_add_up_to_cells() -> None:
    firms = made(20_000)
    found = firms.by_class(np.zeros(5, int), np.ones((7, S))).sum(axis=(0, 1, 2, 3))
    _, capital, weight = firms.totals()
    cells, _ = firms.productive_capital(np.zeros((2, S)))
    assert found == pytest.approx([capital.sum(), weight.sum(), cells.sum()], rel=1e-12)


def test_bounds_belong_to_the_higher_class() -> None:
    firms = made(1000)
    firms.put("age", slice(None), AGE_BOUNDS[0])
    assert not firms.by_class(np.zeros(5, int), np.ones((7, S)))[0, [0, 2]].any()
    firms.put("age", slice(None), AGE_BOUNDS[1] - 1)
    assert not firms.by_class(np.zeros(5, int), np.ones((7, S)))[0, [0, 2]].any()
    firms.put("age", slice(None), AGE_BOUNDS[1])
    assert not firms.by_class(np.zeros(5, int), np.ones((7, S)))[0, :2].any()
    firms.put("weight", slice(None), 1.0)
    firms.put("capital", slice(None), 1.0)
    assert not firms.by_class(np.zeros(5, int), np.ones((7, S)))[0, :, [0, 2]].any()


def test_any_number_of_threads_gives_the_same_sums() -> None:
    firms, value = made(150_000), np.random.default_rng(2).uniform(0.5, 2, (7, S))
    before, found = numba.get_num_threads(), []
    try:
        for threads in (1, 2):
            numba.set_num_threads(threads)
            found.append(firms.by_class(np.arange(5), value))
    finally:
        numba.set_num_threads(before)
    assert found[0].tobytes() == found[1].tobytes()
