"""Figures of instruments around Guangzhou: ``python -m pytest -s -m long tests/theory/kinds/test_figures.py``.

Each prints its table with mean and half-width of the 95 % interval over seeds.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from sim.analysis.statistics import half_width
from sim.batch.tasks import replication_seed
from sim.config import load
from sim.mechanisms import MECHANISMS
from sim.model import simulate
from sim.world import select

pytestmark = pytest.mark.long
FIRMS, LAST = 6000, 3
NAMES = ("value_added", "emissions", "public_outlay")


@lru_cache(maxsize=1)
def scenario() -> Any:
    return load("baseline", [f"firms={FIRMS}"])


@lru_cache(maxsize=4096)
def levels(mechanism: str, years: int, k: int) -> dict[str, np.ndarray]:
    """Return means of variables over the last years by region, of a run with one mechanism (JSON) or none."""
    given = json.loads(mechanism or "{}")
    chosen = (MECHANISMS[given["kind"]].model_validate(given),) if given else ()
    run = simulate(scenario().model_copy(update={"years": years, "mechanisms": chosen}), replication_seed(1, k))
    return {name: run.series[name][-LAST:].mean(axis=0) for name in NAMES[:2]} | {
        "public_outlay": run.series["public_outlay"].sum(axis=0)
    }


def make(kind: str, **fields: Any) -> str:
    return json.dumps({"kind": kind, "start": 2021, **fields})


def summed(run: dict[str, np.ndarray], name: str, rows: np.ndarray) -> float:
    return float(run[name][rows].sum())


def text(values: list[float]) -> str:
    found = np.array(values)
    return f"{found.mean():+.3g} ± {half_width(found):.2g}"


def test_leakage_of_carbon_markets():
    """A market of one province leaks, the less the more allowances are free; one of the nation does not."""
    world, years, seeds = scenario().opened(), 12, 4
    inside = select(world, ["guangdong"])
    print("\nemissions inside %, value added inside %, leakage; Guangdong, 96 yuan/t, n = 4 seeds, 12 years")
    leakage = {}
    for free in (0.0, 0.5, 0.9):
        for scope in (["guangdong"], ["centre", "pilot", "leading", "supporting"]):
            rows, found = select(world, scope), []
            for k in range(seeds):
                one = levels(make("carbon_market", targets=scope, free=free), years, k)
                two = levels("", years, k)
                less = {
                    name: summed(one, name, rows) - summed(two, name, rows) for name in ("emissions", "value_added")
                }
                nation = summed(one, "emissions", rows | True) - summed(two, "emissions", rows | True)
                found.append((
                    100 * less["emissions"] / summed(two, "emissions", rows),
                    100 * less["value_added"] / summed(two, "value_added", rows), 1 - nation / less["emissions"],
                ))  # fmt: skip
            columns = [list(column) for column in zip(*found, strict=True)]
            where = "Guangdong" if len(scope) == 1 else "nation"
            print(f"free {free:.1f}, {where:9}: " + ", ".join(map(text, columns)))
            leakage[where, free] = np.mean(columns[2])
    regional = [leakage["Guangdong", free] for free in (0.0, 0.5, 0.9)]
    assert regional[0] > regional[1] > regional[2] > 0
    assert all(abs(leakage["nation", free]) < 0.02 for free in (0.0, 0.5, 0.9)) and inside.any()


def test_naive_and_bayesian_authorities():
    """Where reforms do harm on average and estimates are noisy, authorities who correct for it copy less."""
    world, years, seeds = scenario().opened(), 14, 20
    rows = select(world, ["supporting"])
    print("\nsupporting value added, % of no policy; public outlay, billion yuan; n = 20 seeds, 14 years")
    bad, found = {"mean": -0.01, "noise": 0.06, "effort": 0.02}, {}
    for name, fields in (("defaults", {}), ("harmful on average, noisy", bad)):
        for naive in (True, False):
            mechanism = make("policy_replication", naive=naive, **fields)
            effects, paid = [], []
            for k in range(seeds):
                one, two = levels(mechanism, years, k), levels("", years, k)
                effects.append(100 * (summed(one, "value_added", rows) / summed(two, "value_added", rows) - 1))
                paid.append(float(one["public_outlay"]) * 1e-3)
            found[name, naive] = np.array(effects), np.mean(paid)
            who = "naive" if naive else "Bayes"
            print(
                f"{name}, {who}: {text(effects)}, negative in {np.mean(np.array(effects) < 0):.0%}, {np.mean(paid):.0f}"
            )
    for name in ("defaults", "harmful on average, noisy"):
        assert found[name, False][1] < found[name, True][1]  # who corrects for noise copies less
    assert found["harmful on average, noisy", False][0].std() < found["harmful on average, noisy", True][0].std()


def test_tailoring_by_fit_and_noise():
    """Tailored shares gain over equal ones while needs are known, and lose where they are not."""
    world, years, seeds = scenario().opened(), 12, 20
    rows = select(world, ["supporting"])
    print("\ngain over equal shares in supporting value added, 1e-5; 400 billion yuan a year, n = 20 seeds, 12 years")

    def output(k: int, **fields: float) -> float:
        mechanism = make("policy_fit", targets=["supporting"], amount=400_000, funding={"nation": 1.0}, **fields)
        return summed(levels(mechanism, years, k), "value_added", rows)

    gain = {}
    for fit in (1.0, 2.0, 4.0, 8.0):
        cells = []
        for noise in (0.0, 0.3, 1.0):
            values = [1e5 * (output(k, fit=fit, noise=noise) / output(k, fit=0.0) - 1) for k in range(seeds)]
            gain[fit, noise] = float(np.mean(values))
            cells.append(text(values))
        grid, row = np.array([0.0, 0.3, 1.0]), np.array([gain[fit, n] for n in (0.0, 0.3, 1.0)])
        even = float(np.interp(0.0, -row, grid)) if row[0] > 0 > row[-1] else np.nan
        print(f"fit {fit:.0f}, noise 0, .3, 1: {', '.join(cells)}; breaks even at noise {even:.2f}")
    assert all(gain[fit, 0.0] > 0 > gain[fit, 1.0] for fit in (1.0, 2.0, 4.0, 8.0))
