"""Local services, borders and the facts of trade that size them (docs/model.md 9.20); ``-s`` prints figures."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import ClassVar, Literal

import numpy as np
import pytest

from sim.batch import run_calibration
from sim.config import Scenario, load
from sim.economy.base import Base
from sim.economy.base_year.facts import trade_facts
from sim.economy.base_year.inversion import solve_base
from sim.economy.frictions import REFERENCE_HOURS, freeness
from sim.kernels.products import spread_one
from sim.model import RegionalEconomy, simulate
from sim.parameters import Households, Parameters, Production
from sim.policy.mechanism import Mechanism
from sim.validation.evidence import multiplier
from sim.world import World, first_hours, load_world
from sim.world.types import TRADE

FORMER = Production(local_preference=0, provincial_border=0.12, foreign_border=0.5)
PREFERENCES = (0.0, 0.83, 0.95)
FITTED = ("local_preference", "provincial_border", "foreign_border")
MANUFACTURING, CONSUMER = 2, 5
CITIES = ("qingyuan", "foshan", "dongguan")
DECADE = 11  # years of a run


@pytest.fixture(scope="module")
def china() -> World:
    return load_world("china", 2020)


def base_of(world: World, n: float) -> Base:
    return solve_base(world, first_hours(world)[1], Parameters(production=Production(local_preference=n)))


@pytest.fixture(scope="module")
def bases(china) -> dict[float, Base]:
    """The base year of the nation, by preference for local services; borders as they are."""
    return {n: base_of(china, n) for n in PREFERENCES}


def own_share(world: World, base: Base) -> np.ndarray:
    """Return the share of consumer services that regions buy in their own home, (R,)."""
    supply, phi = base.market.capacity[:, CONSUMER], base.market.freeness[TRADE.index("local_services")]
    flow = supply[:, None] * phi.T * (base.spent[:, CONSUMER] / spread_one(phi, supply.copy()))[None, :]
    same = world.home[:, None] == world.home[None, :]
    return (flow[:-1, :-1] * same).sum(axis=0) / base.spent[:-1, CONSUMER]


@pytest.mark.parametrize("name", ["china", "guangzhou"])
def test_without_preference_and_with_former_borders_freeness_is_the_former_bit_for_bit(name):
    world = load_world(name, 2020)
    hours = first_hours(world)[1]
    former = _former_freeness(world, hours.goods, hours.gateway, FORMER)
    found = freeness(world, hours, Parameters(production=FORMER))
    assert found.tobytes() == former[[0, 1, 1]].tobytes()


def _former_freeness(world: World, goods: np.ndarray, gateway: np.ndarray, p: Production) -> np.ndarray:
    """Return the former freeness of trade, (2, N, N): goods, services; hours inside the gateway as they are now."""
    n = world.n_regions + 1
    time = np.full((n, n), REFERENCE_HOURS)
    time[:-1, :-1] = goods
    time[:-1, -1] = time[-1, :-1] = gateway
    order = np.argsort(gateway)
    below = np.cumsum(world.people.sum(axis=1)[order])
    time[-1, -1] = gateway[order][np.searchsorted(below, 0.5 * below[-1])]
    province = world.regions["province"].to_numpy()
    border = np.zeros((n, n))
    border[:-1, :-1] = p.provincial_border * (province[:, None] != province[None, :])
    border[:-1, -1] = border[-1, :-1] = p.foreign_border
    zeta = np.array([p.distance_elasticity, p.services_distance_elasticity])[:, None, None]
    return np.ascontiguousarray((time / REFERENCE_HOURS) ** -zeta * np.exp(-(p.sigma - 1.0) * border))


def test_without_preference_and_taste_the_base_year_is_that_of_two_classes_of_trade(china):
    """That of commit 520f6aa: one basket for the nation, consumer services traded as other services, bit for bit."""
    hours = first_hours(china)[1]
    parameters = Parameters(production=FORMER, households=Households(local_taste=0))
    services = TRADE.index("services")
    former = replace(china, trade_class=np.minimum(china.trade_class, services))
    one, other = (solve_base(world, hours, parameters) for world in (china, former))
    assert (one.market.consumption == one.market.consumption[0]).all()
    for name in ("capacity", "consumption", "household_owners", "savers_shares"):
        assert getattr(one.market, name).tobytes() == getattr(other.market, name).tobytes(), name
    for name in ("prices", "sales", "spent", "capital", "investment_residual"):
        assert getattr(one, name).tobytes() == getattr(other, name).tobytes(), name


def test_a_higher_preference_raises_what_is_bought_at_home(china, bases):
    people = china.people.sum(axis=1)
    classes = np.digitize(people, [1e6, 3e6, 1e7])
    facts = {n: trade_facts(china, base) for n, base in bases.items()}
    for n, base in bases.items():
        own = own_share(china, base)
        sizes = [np.average(own[classes == k], weights=base.spent[:-1, CONSUMER][classes == k]) for k in range(4)]
        spread = np.log(base.prices[:-1, CONSUMER]).std()
        sys.stdout.write(
            f"n {n:g}: {', '.join(f'{name} {value:.3f}' for name, value in facts[n].items())}; "
            f"own share below 1, 3, 10 million people and above {np.round(sizes, 3)}, median {np.median(own):.3f}; "
            f"sd of ln P of consumer services {spread:.3f}\n"
        )
        assert sizes[3] > sizes[2] > max(sizes[:2]), "large cities buy more at home"
    own = [facts[n]["own_consumer_services"] for n in PREFERENCES]
    assert own[0] < own[1] < own[2]
    assert (own_share(china, bases[0.95]) > own_share(china, bases[0.0])).all()
    spreads = [np.log(bases[n].prices[:-1, CONSUMER]).std() for n in PREFERENCES]
    assert spreads[0] < spreads[1] < spreads[2]


@pytest.mark.parametrize("border", ["provincial_border", "foreign_border"])
def test_a_higher_border_lowers_the_trade_that_crosses_it(china, border):
    fact = {"provincial_border": "interprovincial_trade", "foreign_border": "goods_exports"}[border]
    hours = first_hours(china)[1]
    found = [
        trade_facts(china, solve_base(china, hours, Parameters(production=Production(**{border: value}))))[fact]
        for value in (0.2, 0.4, 0.8)
    ]
    sys.stdout.write(f"{fact} at {border} .2, .4, .8: {np.round(found, 3)}\n")
    assert found[0] > found[1] > found[2]


def test_the_defaults_are_the_fit_to_the_facts(tmp_path):
    config = load("calibrate_trade", ["profile=0"])
    outcome = run_calibration(config, tmp_path / "out", workers=0)
    fitted = outcome.headline["parameters"]
    sys.stdout.write(f"{fitted} after {outcome.finished} trials\n")
    for name in FITTED:
        default = Production.model_fields[name].default
        assert round(fitted[f"production.{name}"], 3) == pytest.approx(default, abs=1e-12), name
    for row in outcome.headline["targets"]:
        assert row["obtained"] == pytest.approx(row["wanted"], abs=1e-4)
    path = tmp_path / "taken.yaml"
    path.write_text("kind: scenario\nname: taken\nworld: china\ninclude: [out/fragment.yaml]\n", encoding="utf-8")
    taken = load(path)
    world = load_world(taken.world, taken.start)
    facts = trade_facts(world, solve_base(world, first_hours(world)[1], taken.parameters))
    for row in outcome.headline["targets"]:
        assert facts[row["target"]] == pytest.approx(row["wanted"], abs=1e-4)


def with_preference(scenario: Scenario, n: float, mechanisms: tuple[Mechanism, ...]) -> Scenario:
    production = scenario.parameters.production.model_copy(update={"local_preference": n})
    parameters = scenario.parameters.model_copy(update={"production": production})
    return scenario.model_copy(update={"parameters": parameters, "mechanisms": mechanisms})


@pytest.mark.slow
def test_a_higher_preference_raises_the_multiplier_from_spending():
    """The experiment of evidence row D13."""
    comparison = load("evidence_spending")
    world = load_world(comparison.scenario.world, comparison.scenario.start)
    measure, seeds = multiplier("qingyuan"), range(1, 4)
    found = []
    for n in PREFERENCES:
        none, grant = (
            with_preference(comparison.scenario, n, comparison.arms[a].mechanisms) for a in ("baseline", "grant")
        )
        found.append(np.mean([measure(simulate(grant, k), simulate(none, k), world) for k in seeds]))
    sys.stdout.write(f"value added per yuan of a grant for services at n {PREFERENCES}: {np.round(found, 3)}\n")
    assert 0 < found[0] < found[1] < found[2]


class Upgrade(Mechanism):
    """Raises the productivity of manufacturing in one city for good; it hurts its competitors."""

    writes: ClassVar[frozenset[str]] = frozenset({"productivity"})
    kind: Literal["upgrade"] = "upgrade"
    cost: ClassVar[str] = "none: a test"
    city: int
    gain: float = 0.1

    def planned_cost(self, world, years):
        return 0.0

    def decide(self, view, act, memory):
        act.shift("productivity", self.gain, (self.city, MANUFACTURING))


def after_a_decade(n: float, *mechanisms: Mechanism) -> tuple[np.ndarray, np.ndarray]:
    """Return employment, persons, and value added, million base-year yuan, of the last year, (R, S) each."""
    scenario = Scenario(name="decade", world="guangzhou", years=DECADE, firms=4000)
    model = RegionalEconomy(with_preference(scenario, n, mechanisms), 1)
    for _ in range(DECADE):
        model.step()
    produced = model.latest.produce
    return produced.employment.copy(), model.state.outcome.value_added / produced.deflator


@pytest.mark.slow
def test_a_higher_preference_raises_the_multiplier_from_manufacturing_on_local_services():
    """Wang & Chanda (2018): .34 jobs in local services per job in manufacturing over ten years.

    The sign is not theirs: people are fully employed and few move within a decade, so that manufacturing draws workers
    from services; it draws fewer where services have to be made at home.
    """
    world = load_world("guangzhou", 2020)
    jobs, money = [], []
    for n in PREFERENCES:
        before = after_a_decade(n)
        ratios = []
        for city in map(world.index, CITIES):
            gains = [a - b for a, b in zip(after_a_decade(n, Upgrade(city=city)), before, strict=True)]
            ratios.append([gain[city, CONSUMER] / gain[city, MANUFACTURING] for gain in gains])
        jobs.append([ratio[0] for ratio in ratios])
        money.append([ratio[1] for ratio in ratios])
    for what, found in (("jobs", jobs), ("value added", money)):
        for n, row in zip(PREFERENCES, found, strict=True):
            sys.stdout.write(f"{what} in consumer services per manufacturing, n {n:g}, {CITIES}: {np.round(row, 3)}\n")
        assert (np.diff(found, axis=0) > 0).all(), what
