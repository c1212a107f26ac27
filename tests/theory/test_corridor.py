"""A high-speed line: its stops gain, a city that it passes loses against a stop; ``-s`` prints the figures.

Published: by-passed counties lost 3-5 % of output per head against stops (Qin 2017); on newly linked pairs bilateral
investment rose by about 45 % (Lin et al. 2023). Both are tests here, no parameters.
"""

from __future__ import annotations

import sys

import numpy as np
import pytest

from sim.batch.tasks import replication_seed
from sim.config import arm_scenarios, load
from sim.mechanisms import TransportCorridor
from sim.model import RegionalEconomy, simulate
from sim.world import load_world
from tests.helpers.seeds import half_width, measured_by_arm

# A single large firm that moves in one arm only is worth several per cent of a city: ten seeds may have one.
SEEDS, PUBLISHED = 24, 0.45
ARMS = ("baseline", "stopping", "express")
PAIR = ("guangzhou", "longyan")


def measure(arm: str, seed: int) -> dict[str, float]:
    """Value added of the last year by city, and investment between the newly linked pair over the open years."""
    config = load("corridor")
    record = simulate(arm_scenarios(config)[arm], replication_seed(config.seed, seed))
    ids = load_world("guangzhou", 2020).regions["id"].tolist()
    added = record.series["value_added"].sum(axis=2)
    out = {city: added[-1, ids.index(city)] for city in ("guangzhou", "heyuan", "meizhou", "longyan")}
    a, b = (ids.index(city) for city in PAIR)
    out["pair"] = record.series["capital_flow"][-10:, a, b].sum() + record.series["capital_flow"][-10:, b, a].sum()
    return {name: float(value) for name, value in out.items()}


@pytest.fixture(scope="module")
def runs() -> dict[str, dict[str, np.ndarray]]:
    """Every arm with every seed, by figure."""
    found = measured_by_arm(measure, ARMS, SEEDS)
    return {arm: {k: np.array([d[k] for d in rows]) for k in rows[0]} for arm, rows in found.items()}


def interval(values: np.ndarray, label: str) -> tuple[float, float]:
    """Print the mean with its 95 % t interval, in per cent, and return the interval."""
    mean, half = values.mean(), half_width(values)
    sys.stdout.write(f"{label}: {100 * mean:.3f} % [{100 * (mean - half):.3f}, {100 * (mean + half):.3f}]\n")
    return float(mean - half), float(mean + half)


@pytest.mark.long
@pytest.mark.parametrize("city", ["heyuan", "meizhou", "longyan"])
def test_stops_gain(runs, city):
    assert interval(runs["stopping"][city] / runs["baseline"][city] - 1, f"{city}, a stop")[0] > 0


@pytest.mark.long
def test_a_passed_city_loses_against_stops_and_against_a_stop_of_its_own(runs):
    base, express, stopping = (runs[arm] for arm in ("baseline", "express", "stopping"))
    passed = express["heyuan"] / base["heyuan"] - 1
    interval(passed, "heyuan, passed, against no line")
    assert interval(passed - (express["longyan"] / base["longyan"] - 1), "heyuan passed less longyan served")[1] < 0
    assert interval(passed - (stopping["heyuan"] / base["heyuan"] - 1), "heyuan passed less heyuan served")[1] < 0


@pytest.mark.long
def test_investment_between_the_linked_cities_rises(runs):
    rise = runs["stopping"]["pair"] / runs["baseline"]["pair"] - 1
    sys.stdout.write(f"published: {100 * PUBLISHED:.0f} %\n")
    assert interval(rise, f"investment between {' and '.join(PAIR)}")[0] > 0


def _small(**fields):
    line = TransportCorridor(**{"cities": ["guangzhou", "heyuan", "meizhou"], "build_years": 2, **fields})
    scenario = load("baseline").model_copy(update={"firms": 4000, "years": 4, "mechanisms": (line,)})
    model = RegionalEconomy(scenario)
    a, b = (model.world.index(c) for c in ("guangzhou", "meizhou"))
    hours = []
    for _ in range(4):
        model.step()
        hours.append(model.state.links.hours.people[a, b])
    return model, hours


def test_it_opens_when_it_is_built_and_paid():
    plain, hours = _small(strength=0.0)
    model, with_line = _small()
    assert with_line[:2] == hours[:2]
    assert with_line[2] < hours[2] - 0.3
    ledger = model.state.ledger.columns()
    paid = ledger["amount"][ledger["purpose"] == model.state.ledger.purposes.index("capex:transport_corridor")]
    assert paid.sum() > 0 and plain.state.ledger.purposes.count("capex:transport_corridor") == 0


def test_without_money_it_never_opens():
    _, poor = _small(funding={"host": 1.0}, capex_per_km=5000.0)
    _, hours = _small(strength=0.0)
    assert poor == hours


def test_a_named_line_can_come_earlier():
    early = TransportCorridor(line="Guangzhou–Zhanjiang", build_years=2)
    scenario = load("baseline").model_copy(update={"firms": 4000, "years": 4})
    hours = []
    for mechanisms in ((), (early,)):
        model = RegionalEconomy(scenario.model_copy(update={"mechanisms": mechanisms}))
        for _ in range(4):
            model.step()
        pair = (model.world.index("guangzhou"), model.world.index("zhanjiang"))
        hours.append(model.state.links.hours.people[pair])
    assert hours[1] < hours[0] - 0.3
