"""What the engine promises of any run: switched-off policy, order, threads and repetition change nothing."""

from __future__ import annotations

from itertools import permutations

import numba
import numpy as np
import pytest

from sim.config import load
from sim.model import simulate

CONFIGS = ("enclave", "investment_fund", "fiscal_transfer")
SIZE = {"firms": 4000, "years": 3}


def _scenario(name, **changes):
    return load(name).model_copy(update={**SIZE, **changes})


def _mechanisms():
    return {name: load(name).mechanisms[0] for name in CONFIGS}


def _same_bits(one, other):
    assert one.keys() == other.keys()
    for name in one:
        a, b = np.asarray(one[name]), np.asarray(other[name])
        assert a.dtype == b.dtype, name
        assert a.shape == b.shape, name
        assert a.tobytes() == b.tobytes(), name


@pytest.fixture(scope="module")
def baseline():
    return simulate(_scenario("baseline"))


@pytest.fixture(scope="module")
def together():
    return simulate(_scenario("baseline", mechanisms=tuple(_mechanisms().values())))


@pytest.mark.parametrize("name", CONFIGS)
def test_strength_zero_is_the_baseline(baseline, name):
    off = tuple(m.model_copy(update={"strength": 0.0}) for m in load(name).mechanisms)
    assert off
    scenario = _scenario(name, mechanisms=off)
    assert scenario.seed == load("baseline").seed
    run = simulate(scenario)
    assert {"audit_money", "audit_people", "audit_capital", "audit_market"} <= run.series.keys()
    _same_bits(run.series, baseline.series)


def test_mechanisms_do_act(baseline, together):
    assert together.series["public_outlay"].sum() > baseline.series["public_outlay"].sum()
    assert (together.series["value_added"] != baseline.series["value_added"]).any()
    assert {mechanism for mechanism, _ in together.reports} == {m.name for m in _mechanisms().values()}


def _agree(one, other):
    assert one.keys() == other.keys()
    for name in one:
        # Audits are rounding errors themselves: relative to 1, the scale of what they compare.
        scale = 1.0 if name.startswith("audit_") else np.maximum(np.abs(other[name]), 1e-300)
        assert (np.abs(one[name] - other[name]) / scale).max() <= 1e-12, name


@pytest.mark.parametrize("order", list(permutations(CONFIGS))[1:], ids="-".join)
def test_order_in_the_config_does_not_matter(together, order):
    found = _mechanisms()
    run = simulate(_scenario("baseline", mechanisms=tuple(found[n] for n in order)))
    _same_bits(run.series, together.series)


def test_order_of_names_does_not_matter(together):
    # The engine goes by name, so other names are another order of work.
    # The park keeps its name: the identities of its sites are drawn from it.
    found = _mechanisms()
    renamed = (
        found["fiscal_transfer"].model_copy(update={"name": "a_transfer"}),
        found["investment_fund"].model_copy(update={"name": "z_fund"}),
        found["enclave"],
    )
    _agree(simulate(_scenario("baseline", mechanisms=renamed)).series, together.series)


def test_second_call_is_identical(together):
    again = simulate(_scenario("baseline", mechanisms=tuple(_mechanisms().values())))
    _same_bits(again.series, together.series)
    assert again.payments.tobytes() == together.payments.tobytes()


def test_threads_do_not_matter(baseline):
    before = numba.get_num_threads()
    if numba.config.NUMBA_NUM_THREADS < 2:
        pytest.skip("one thread only on this machine")
    try:
        for threads in (1, 2):
            numba.set_num_threads(threads)
            _same_bits(simulate(_scenario("baseline")).series, baseline.series)
    finally:
        numba.set_num_threads(before)
