"""Single pieces of a year under pytest-benchmark: ``pytest benchmarks``; the table is ``python -m benchmarks``."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import harness, naive, ours
from benchmarks.expert_numpy import NumpyFirms
from benchmarks.memory import ReadPass
from benchmarks.mesa_objects import ObjectFirms
from benchmarks.stand_in import put_in

PLAN = harness.full()


@pytest.fixture(autouse=True)
def one_thread():
    with harness.threads(1):
        yield


@pytest.mark.parametrize("cities", [30, 340])
@pytest.mark.parametrize("firms", [1e4, 1e5, 1e6])
def test_firm_phases(benchmark, cities, firms):
    # Not as many as the clock allows: firms live on at the prices of one year, which centuries would not bear.
    benchmark.pedantic(ours.firm_phases, (ours.kept(PLAN, cities, firms),), rounds=20, warmup_rounds=1)


def test_firm_phases_on_two_threads(benchmark):
    model = ours.kept(PLAN, 340, 1e6)
    with harness.threads(2):
        benchmark.pedantic(ours.firm_phases, (model,), rounds=20, warmup_rounds=1)


@pytest.mark.parametrize("kind, firms", [(ObjectFirms, 1e4), (NumpyFirms, 1e6)])
def test_firm_phases_of_others(benchmark, kind, firms):
    model = put_in(ours.model(PLAN, 30, firms), kind)
    benchmark.pedantic(ours.firm_phases, (model,), rounds=3, warmup_rounds=1)


@pytest.mark.parametrize("cities", [30, 340, 2800])
def test_relocation(benchmark, cities):
    benchmark(ours.relocation(ours.kept(PLAN, cities, 1e6)))


@pytest.mark.parametrize("cities", [30, 340])
def test_naive_relocation_of_ten_thousand(benchmark, cities):
    model = ours.kept(PLAN, cities, 1e6)
    terms = ours.offered(model)
    some = naive.choosers(ours.columns(model.state.firms), terms, np.arange(10_000))
    benchmark.pedantic(naive.choose, (some, terms, 1), rounds=3, warmup_rounds=1)


def test_read_pass(benchmark):
    reading = ReadPass(1_000_000)
    benchmark(reading.cached)


def test_year(benchmark):
    # A separate model: the others have run for centuries at the prices of one year.
    benchmark.pedantic(ours.model(PLAN, 30, 1e4).step, rounds=50)
