"""What a yuan of an investment fund does, in an economy of eight cities; ``-s`` prints the figures."""

from __future__ import annotations

import sys
from functools import cache
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

from sim.economy.directed import REFERENCE, created_capital
from sim.mechanisms import MECHANISMS
from sim.model import RegionalEconomy, simulate
from sim.parameters import Parameters
from sim.policy.accounts import Accounts
from sim.policy.settlement import ORDERS, Actions
from sim.record import RunRecord
from sim.testing import play, small_world
from sim.testing.playing import scenario_with
from sim.testing.world import loaded
from tests.helpers import former

SIZES, YEARS, SEED = (1, 4, 16), 10, 10_000.0
VARIANTS: dict[str, dict[str, Any]] = {
    "defaults": {},
    "only diminishing returns": {"talent_exponent": 0, "adverse_selection": 0, "fee": 0},
    "no diminishing returns": {"saturation": None},
    "former": former.FUND,
}


class Gain(NamedTuple):
    """Gain per yuan of public outlay, on the same seed without the fund."""

    capital: float  # of the targets, last year
    nation: float  # capital of the nation, last year
    value_added: float  # of the targets, mean of a year


def fund(**settings: Any):
    given = {"name": "fund", "start": 2020, "invest_years": 3, "funding": {"nation": 1.0}, "amount": SEED}
    return MECHANISMS["investment_fund"](**given | settings)


@cache
def targets() -> np.ndarray:
    return (loaded(small_world()).regions["zone"] == "supporting").to_numpy()


def run(*mechanisms) -> RunRecord:
    return simulate(scenario_with(mechanisms, small_world(), YEARS, 2000))


@cache
def baseline() -> RunRecord:
    return run()


def gain(**settings: Any) -> Gain:
    found, before = run(fund(**settings)).series, baseline().series
    assert found["audit_capital"].max() <= 1e-9
    more = {name: found[name] - before[name] for name in ("capital", "value_added")}
    outlay, there = found["public_outlay"].sum(), targets()
    local = more["value_added"][:, there].sum() / (YEARS - 1)
    return Gain(more["capital"][-1, there].sum() / outlay, more["capital"][-1].sum() / outlay, local / outlay)


@pytest.fixture(scope="module")
def gains() -> dict[str, list[Gain]]:
    """Gains by variant and size."""
    found = {name: [gain(amount=size * SEED, **s) for size in SIZES] for name, s in VARIANTS.items()}
    for name, by_size in found.items():
        for size, g in zip(SIZES, by_size, strict=True):
            sys.stdout.write(f"{name}, x {size}: capital of targets {g.capital:.3f}, of the nation {g.nation:.3f}, "
                             f"value added of targets {g.value_added:.3f} per yuan\n")  # fmt: skip
    return found


@pytest.mark.parametrize("variant", ["defaults", "only diminishing returns"])
@pytest.mark.parametrize("figure", ["capital", "value_added"])
def test_the_gain_per_yuan_falls_with_size(gains, variant, figure):
    small, medium, large = (getattr(g, figure) for g in gains[variant])
    assert small > medium > large > 0


def test_without_diminishing_returns_size_hardly_matters(gains):
    for variant in ("no diminishing returns", "former"):
        one, *_, sixteen = gains[variant]
        assert sixteen.capital == pytest.approx(one.capital, rel=0.05)


def test_a_fund_is_no_free_lunch(gains):
    """Capital of the nation rises by less than the seed, and by less than that of the targets."""
    for g in gains["defaults"]:
        assert g.nation < g.capital < 1


def test_lack_of_talent_lowers_the_gain():
    blind, able = gain(talent_exponent=0), gain(talent_exponent=1)
    sys.stdout.write(f"theta 0, 1: capital of targets {blind.capital:.3f}, {able.capital:.3f} per yuan\n")
    assert able.capital < blind.capital


def test_adverse_selection_lowers_the_gain_by_need_and_not_by_return():
    need, free = (gain(selection="need", adverse_selection=q).capital for q in (0.05, 0.0))
    sys.stdout.write(f"by need, with and without adverse selection: {need:.3f}, {free:.3f} per yuan\n")
    assert need < free
    assert gain(selection="return") == gain(selection="return", adverse_selection=0.0)


def test_partners_bring_less_of_the_plan():
    planned, raised = gain(raised=1.0), gain()
    sys.stdout.write(f"raised 1, .29: capital of targets {planned.capital:.3f}, {raised.capital:.3f} per yuan\n")
    assert raised.capital < planned.capital


def test_two_halves_of_a_fund_do_what_one_does():
    one = run(fund(amount=16 * SEED)).series
    halves = [fund(name=name, amount=8 * SEED) for name in ("a", "b")]
    two = run(*halves).series
    for name in ("capital", "value_added", "scrapped", "public_outlay"):
        assert two[name] == pytest.approx(one[name], rel=1e-9)


@pytest.fixture(scope="module")
def large() -> RegionalEconomy:
    """An economy after a year with a large fund."""
    model = RegionalEconomy(scenario_with([fund(amount=64 * SEED)], small_world(), 2, 2000))
    model.step()
    return model


def test_the_fund_bears_what_its_money_did_not_create(large):
    """It owns what its money created, less than it paid for; what is missing is recorded as scrapped."""
    done, made = large.latest.policy.actions, large.latest.produce
    price = made.capital_price
    created = created_capital(done, made.returns.capital * price[:, None])
    paid = (done.directed_public + done.directed_private).sum(axis=(0, 2)) / price
    kept = (created.public + created.private).sum(axis=(0, 2)) / price
    stake = large.state.owners.funds[0]
    assert stake == pytest.approx(created.public[0].sum(axis=1) / price, rel=1e-12)
    assert 0 < stake.sum() < done.directed_public.sum() / price.min()
    sys.stdout.write(f"share of a large fund's money that becomes capital: {kept.sum() / paid.sum():.3f}\n")
    scrapped, before = large.record["scrapped"], baseline().series["scrapped"][0]
    assert scrapped - before == pytest.approx(paid - kept, rel=1e-6, abs=1e-3)
    assert large.record["audit_capital"] <= 1e-12


def test_no_cell_takes_more_than_its_limit(large):
    done, made = large.latest.policy.actions, large.latest.produce
    worth = made.returns.capital * made.capital_price[:, None]
    created = created_capital(done, worth)
    used = (created.public + created.private).sum(axis=0) / (0.5 * REFERENCE * worth)
    sys.stdout.write(f"a large fund, capital created over the limit of a cell: at most {used.max():.3f}\n")
    assert 0.2 < used.max() < 1


def test_the_fee_is_spent_in_the_centre_and_accounts_balance():
    model = RegionalEconomy(scenario_with([fund()], small_world(), YEARS, 2000))
    model.step()
    model.step()
    state, done = model.state, model.latest.policy.actions
    ledger = state.ledger.columns(state.year - 1)
    fees = ledger[ledger["purpose"] == state.ledger.purposes.index("fee:fund")]
    assert fees["amount"].sum() == pytest.approx(done.purchases_services[model.world.centre]) and len(fees) == 1
    assert done.purchases_services.sum() == done.purchases_services[model.world.centre]
    assert model.record["audit_money"] <= 1e-9


@pytest.fixture
def money() -> Actions:
    """Two funds that direct money to two cells; the second has no limit of what a cell takes."""
    cities = pd.DataFrame({"id": ["a", "b"], "province": ["p", "p"]})
    accounts = Accounts(SimpleNamespace(regions=cities, sectors=("s",)), funds=["one", "two"])
    actions = Actions(accounts)
    act = actions.for_mechanism(SimpleNamespace(name="m", writable=frozenset(ORDERS)))
    act.invest("one", np.array([[6.0], [0.0]]), np.array([[4.0], [0.0]]), created=0.8, saturation=0.5)
    act.invest("two", np.array([[10.0], [5.0]]), np.zeros((2, 1)))
    actions.grant({})
    return actions


def test_all_funds_together_lower_what_a_yuan_creates(money):
    created = created_capital(money, np.array([[200.0], [200.0]]))
    # 20 of money on a tenth of 200 of capital: X is 1, the share 1 / (1 + 1 / .5)
    assert created.public[0] == pytest.approx(np.array([[0.8 * 6 / 3], [0.0]]))
    assert created.private[0] == pytest.approx(np.array([[0.8 * 4 / 3], [0.0]]))
    assert created.public[1].tolist() == [[10.0], [5.0]]


def test_a_cell_without_capital_creates_nothing_unless_there_is_no_limit(money):
    created = created_capital(money, np.zeros((2, 1)))
    assert not created.public[0].any() and not created.private.any()
    assert created.public[1].tolist() == [[10.0], [5.0]]


def test_former_settings_create_a_yuan_of_capital_per_yuan_bit_for_bit():
    model = RegionalEconomy(scenario_with([fund(**former.FUND)], small_world(), 2, 1000))
    model.step()
    done, made = model.latest.policy.actions, model.latest.produce
    created = created_capital(done, made.returns.capital * made.capital_price[:, None])
    assert created.public.tobytes() == done.directed_public.tobytes()
    assert created.private.tobytes() == done.directed_private.tobytes()
    stake = done.directed_public.sum(axis=2) / made.capital_price
    assert stake.any() and model.state.owners.funds.tobytes() == stake.tobytes()


def cells(view_change: dict[str, Any] | None = None, **settings: Any) -> np.ndarray:
    """Return the share of each cell in the money of the first year, (R, S)."""
    world = loaded(small_world())
    played = play(world, [fund(**settings)], 1, change=view_change)
    post = next(post for post in played.phases[0].posts if post.kind == "invest")
    return post.public / post.public.sum()


def test_the_market_decides_on_what_is_not_planned():
    world, p = loaded(small_world()), Parameters().capital
    rng = np.random.default_rng(2)
    shape = (world.n_regions, len(world.sectors))
    seen = {"capital": rng.uniform(1e3, 1e5, shape), "return_to_capital": rng.uniform(0.02, 0.2, shape)}
    market = seen["capital"] * (seen["return_to_capital"] + p.depreciation) ** p.return_elasticity * targets()[:, None]
    planned, chosen = cells(seen), cells(seen, planned_share=0)
    assert chosen == pytest.approx(market / market.sum())
    assert cells(seen, planned_share=0.3) == pytest.approx(0.3 * planned + 0.7 * chosen)
    assert (cells(seen, planned_share=1, targeting_error=0) == planned).all()
    # Errors are about regions, and the same in all years and for all sectors.
    wrong = cells(seen, targeting_error=1)[targets()] / planned[targets()]
    assert wrong.std(axis=0).min() > 0.1 and wrong == pytest.approx(np.broadcast_to(wrong[:, :1], wrong.shape))
    assert (cells(seen, planned_share=0, targeting_error=1) == chosen).all()


def test_a_plan_that_errs_adds_less_than_the_market():
    """Money that follows returns adds more value than money that errs; the market is not misled."""
    plan = {"selection": "return", "return_weight": 3.0, "sectors": [], "amount": 16 * SEED}

    def nation(**settings: Any) -> float:
        runs = (run(fund(**plan, **settings)).series, baseline().series)
        made, before = ((s["value_added"].sum(axis=(1, 2)) / s["deflator"])[-3:].sum() for s in runs)
        return 1e4 * (made / before - 1.0)

    planned, market, wrong = nation(), nation(planned_share=0.0), nation(targeting_error=2.5)
    sys.stdout.write(f"nation, 1e-4: planned {planned:.2f}, market {market:.2f}, plan that errs {wrong:.2f}\n")
    assert planned > wrong and market > wrong
