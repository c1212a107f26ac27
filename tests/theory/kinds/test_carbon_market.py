"""What a carbon market does, by hand and in an economy of eight cities; ``-s`` prints the figures."""

from __future__ import annotations

import sys
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pytest

from sim.catalogue import SECTORS
from sim.mechanisms import MECHANISMS
from sim.model import simulate
from sim.record import RunRecord
from sim.testing import play, small_world
from sim.testing.playing import differing, scenario_with
from sim.testing.world import loaded, made_up_outcome
from tests.helpers.posting import Posting

ENERGY = SECTORS.index("energy")
YEARS, REGION, NATION = 6, ("guangdong",), ("all",)
INSIDE = np.array([region.province == "guangdong" for region in small_world().regions])


def market(**settings: Any):
    return MECHANISMS["carbon_market"](**{"targets": list(REGION), "start": 2021, "free": 0.0} | settings)


def run(*mechanisms: Any, years: int = YEARS) -> RunRecord:
    scenario = scenario_with(mechanisms, small_world(), years, 2000)
    return simulate(scenario.model_copy(update={"draws": "expected"}), 1)


@cache
def baseline() -> RunRecord:
    return run()


class Effect(NamedTuple):
    """Changes of the last year relative to the baseline."""

    inside: float  # emissions of the region
    leakage: float
    value_added: float  # of the nation


@cache
def effect(targets: tuple[str, ...] = REGION, free: float = 0.0, **settings: Any) -> Effect:
    found, before = run(market(targets=list(targets), free=free, **settings)).series, baseline().series
    assert max(found[name].max() for name in found if name.startswith("audit_")) <= 1e-9
    change = found["emissions"][-1] - before["emissions"][-1]
    inside = change[INSIDE].sum()
    made = found["value_added"][-1].sum() / before["value_added"][-1].sum() - 1
    result = Effect(inside / before["emissions"][-1][INSIDE].sum(), 1 - change.sum() / inside, made)
    sys.stdout.write(f"{targets} free {free:g} {settings}: {[round(float(x), 5) for x in result]}\n")
    return result


def test_posts_by_hand():
    """A tenth of a kt per million yuan of value added, sales of twice value added, theta .8, iota of the world."""
    world = loaded(small_world())
    price, free, slope = 100.0, 0.25, 400.0
    played = play(world, [market(price=price, free=free, slope=slope)], 1)
    wedges, j = played.phases[0].wedges, np.flatnonzero(INSIDE)
    outcome = made_up_outcome(world, played.accounts)
    x, dirt = 0.25, 1e-3 * 0.05 * np.exp(-0.025) / 0.8
    cost = 1 + 0.5 * x * price * dirt  # half of the marginal cost of the last tonne, on what is abated
    charge = price * (1 - x) * (1 - free) * dirt
    assert wedges["emission_factor"][j, ENERGY] == pytest.approx(np.log(0.75))
    share = 1 - world.intermediate_share[ENERGY]
    assert wedges["productivity"][j, ENERGY] == pytest.approx(-np.log(cost) / share)
    # Unit cost with both is that without, the cost of abatement and the charge.
    assert wedges["unit_charge"][j, ENERGY] == pytest.approx(np.log((cost + charge) / cost))
    for name in ("emission_factor", "productivity", "unit_charge"):
        assert not wedges[name][~INSIDE].any() and not np.delete(wedges[name], ENERGY, axis=1).any()
    value = 0.002 * 1e-3 * price * outcome.emissions_by_sector[j, ENERGY].sum()
    assert played.phases[0].purchases_services[world.centre] == pytest.approx(value)


def test_limit_of_abatement_costs_its_marginal_tonnes_only():
    played = play(loaded(small_world()), [market(price=400.0, slope=400.0, limit=0.5, free=1.0)], 1)
    wedges, dirt = played.phases[0].wedges, 1e-3 * 0.05 * np.exp(-0.025) / 0.8
    share = 1 - loaded(small_world()).intermediate_share[ENERGY]
    assert wedges["productivity"][0, ENERGY] == pytest.approx(-np.log(1 + 0.5 * 400.0 * 0.25 * dirt) / share)
    assert not wedges["unit_charge"].any()


def test_emissions_fall_and_the_charge_is_the_price_of_what_is_not_free():
    for free in (0.0, 0.5, 0.9):
        assert effect(REGION, free).inside < -0.02
        reports = run(market(free=free)).reports
        paid = 1e3 * reports["carbon_market", "receipts"][1:] / reports["carbon_market", "emissions covered"][1:]
        assert paid == pytest.approx((1 - free) * 96.0, rel=0.05)


def test_a_regional_market_leaks_and_less_with_free_allowances():
    leakage = [effect(REGION, free).leakage for free in (0.0, 0.5, 0.9)]
    assert leakage[0] > leakage[1] > leakage[2] > 0
    # What cannot be abated moves all the more.
    assert effect(REGION, 0.0, limit=0.0).leakage > 2 * leakage[0]


def test_a_national_market_has_no_region_to_leak_to():
    found, before = run(market(targets=list(NATION))).series, baseline().series
    assert (found["emissions"][-1] < before["emissions"][-1]).all()


@pytest.mark.parametrize("targets", [REGION, NATION])
def test_free_allowances_lower_the_loss_of_value_added(targets):
    lost = [-effect(targets, free).value_added for free in (0.0, 0.5, 0.9)]
    assert lost[0] > lost[1] > lost[2] > 0


def test_what_others_abate_is_not_charged():
    """A fifth less of emissions by another policy: a fifth less to pay, but for the output that this keeps."""
    green = Posting(do=lambda act, view: act.shift("emission_factor", np.log(0.8), (0, ENERGY)))
    both, alone = run(market(), green), run(market())
    share = [record.reports["carbon_market", "abated share"] for record in (both, alone)]
    assert share[0] == pytest.approx(share[1])
    received = [treasury_receipts(record, small_world().regions[0].id)[2] for record in (both, alone)]
    assert 0.8 < received[0] / received[1] < 0.84


def treasury_receipts(record: RunRecord, region: str) -> np.ndarray:
    """Unit charges paid to a treasury by year, million base-year yuan."""
    rows = record.payments[record.payments["purpose"] == record.purposes.index("unit charges")]
    rows = rows[rows["payee"] == record.accounts.index(f"treasury:{region}")]
    return np.array([rows["amount"][rows["year"] == year].sum() for year in record.years])


def test_grandfathered_receipts_are_shared_by_first_emissions():
    record = run(market(grandfather=True))
    receipts, flow = (record.reports["carbon_market", name] for name in ("receipts", "permit flow"))
    assert (flow[1:] > 0).all() and (flow < receipts + 1e-9).all()
    rows = record.payments[record.payments["purpose"] == record.purposes.index("permits:carbon_market")]
    purse = record.accounts.index("purse:carbon_market")
    paid, got = (rows["amount"][rows[side] == purse].sum() for side in ("payee", "payer"))
    assert paid == pytest.approx(got) == pytest.approx(receipts.sum(), rel=1e-3)
    last = rows[(rows["year"] == 2023) & (rows["payer"] == purse)]
    first = baseline().series["sales"][0, INSIDE, ENERGY]  # emissions of the base year are in proportion
    order = [record.accounts.index(f"treasury:{r.id}") for r in small_world().regions if r.province == "guangdong"]
    shares = np.array([last["amount"][last["payee"] == account].sum() for account in order])
    assert shares / shares.sum() == pytest.approx(first / first.sum(), rel=1e-6)


def test_a_cap_moves_the_price_until_emissions_keep_it():
    record = run(market(targets=list(NATION), cap=0.9, cap_decline=0.02), years=12)
    price, covered = (record.reports["carbon_market", name] for name in ("price", "emissions covered"))
    cap = 0.9 * covered[0] * 0.98 ** np.arange(-1, 11)
    assert np.abs(covered[6:] / cap[6:] - 1).max() < 0.05
    assert price[-1] > 60 and np.abs(np.diff(np.log(price[4:]))).max() < 0.3
    loose = run(market(targets=list(NATION), cap=1.5), years=5).reports["carbon_market", "price"]
    assert loose[-1] == 0


@pytest.mark.parametrize("change", [{"price": 0.0}, {"delivery": 0.0}])
def test_no_price_is_no_market(change):
    assert not differing(run(market(**change)).series, baseline().series)
