"""Profiles: every part is there, they add up, and a watched run does the same."""

from __future__ import annotations

import json

import numpy as np
import pytest

from sim.batch.profiling import BUILDING, INVERSION, RECORDING, WORLD, WRITING, first_run, profile
from sim.config import load
from sim.errors import UserError
from sim.model import PHASES, simulate
from tests.helpers.running import call

SMALL = ["years=2", "firms=1000"]


@pytest.fixture(scope="module")
def enclave():
    scenario = load("enclave", SMALL)
    return scenario, profile(scenario, 1000)


def test_every_part_is_there_and_mechanisms_are_named(enclave):
    scenario, found = enclave
    assert list(found.parts) == [WORLD, BUILDING, *PHASES, RECORDING, WRITING]
    names = [m.name for m in scenario.mechanisms]
    assert names
    assert set(found.within) == {(BUILDING, INVERSION)} | {(p, n) for p in ("policy", "settle") for n in names}


def test_parts_add_up(enclave):
    _, found = enclave
    assert all(cost.seconds >= 0 and cost.memory >= 0 for cost in found.parts.values())
    assert sum(cost.seconds / found.seconds for cost in found.parts.values()) == pytest.approx(1)
    for phase in ("policy", "settle"):
        inner = sum(cost.seconds for (part, _), cost in found.within.items() if part == phase)
        assert 0 < inner <= found.parts[phase].seconds
    assert found.size > 1000


def test_a_profiled_run_is_the_same_run(enclave):
    scenario, found = enclave
    plain = simulate(scenario, 1000)
    assert plain.series.keys() == found.record.series.keys()
    for name, values in plain.series.items():
        assert np.array_equal(values, found.record.series[name], equal_nan=True), name
    assert np.array_equal(plain.payments, found.record.payments)


def test_the_first_run_of_each_kind():
    main_ = first_run(load("main", []))
    assert (main_.arm, main_.replication) == ("baseline", 0)
    assert first_run(load("main", []), "fund").scenario.mechanisms
    for name in ("small", "fund_size_leverage", "sensitivity_morris", "robust_fund", "tune_fund", "calibrate_2015"):
        assert first_run(load(name, [])).scenario.years > 0
    with pytest.raises(UserError, match="did you mean 'fund'"):
        first_run(load("main", []), "fnd")
    with pytest.raises(UserError, match="estimation"):
        first_run(load("birthplace_2010", []))


def test_the_command(capsys):
    line = ["profile", "small", "--set", "firms=1000", "--years", "1"]
    code, out, err = call(capsys, *line)
    assert code == 0 and "produce" in out and "resident memory" in out and "next: hinterland run small" in err
    code, out, _ = call(capsys, *line, "--threads", "1", "--json")
    told = json.loads(out)
    assert (code, told["years"], told["threads"], told["arm"]) == (0, 1, 1, "small")
    shares = [row["share"] for row in told["parts"] if not row["within"]]
    assert sum(shares) == pytest.approx(1) and told["peak_growth_bytes"] >= 0


@pytest.mark.parametrize(
    "line, told",
    [
        (["main", "--arm", "fnd"], "did you mean 'fund'"),
        (["small", "--threads", "9999"], "expected 1 to"),
        (["smal"], "did you mean 'small'"),
        (["birthplace_2010"], "expected a config of another kind"),
        (["small", "--years", "0"], "--years"),
    ],
)
def test_errors_are_told(capsys, line, told):
    code, out, err = call(capsys, "profile", *line)
    assert code == 2 and out == "" and told in err and "Traceback" not in err
