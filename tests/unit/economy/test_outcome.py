"""What mechanisms observe of a year: before the first year, while payments are settled, and at its end."""

from __future__ import annotations

import numpy as np
import pytest

from sim.economy.outcome import LATE
from sim.economy.year.settle import settle
from sim.mechanisms import MECHANISMS
from sim.model import RegionalEconomy, simulate
from sim.parameters import Parameters
from sim.policy.outcome import OUTCOME
from sim.testing import scenario_with, small_world

YUAN = 1e6


@pytest.fixture(scope="module")
def run():
    """The model after two years; the outcomes before each, when the second was settled, and at its end."""
    seen = []

    def call(phase, *given):
        result = phase(*given)
        if phase is settle:
            seen.append(given[0].outcome)
        return result

    world = small_world()
    schooled = tuple(region.model_copy(update={"graduation_rate": 0.006}) for region in world.regions)
    world = world.model_copy(update={"regions": schooled})
    slack = {"parameters": Parameters.model_validate({"labour": {"slack": 0.5}})}
    model = RegionalEconomy(scenario_with([], world).model_copy(update=slack), call=call)
    first = model.state.outcome
    model.step()
    second = model.state.outcome
    model.step()
    return model, first, second, seen[1], model.state.outcome


def test_shapes_are_as_stated(run):
    model, *outcomes = run
    size = {"R": model.state.n, "S": 6, "2": 2, "A": len(model.state.accounts), "M": 0, "n_sites": 0, "n_funds": 0}
    for outcome in outcomes:
        for name, quantity in OUTCOME.items():
            dims = [d.strip() for d in quantity.shape.strip("()").split(",") if d.strip()]
            assert np.shape(getattr(outcome, name)) == tuple(size[d] for d in dims), name


def test_before_the_first_year_it_is_that_of_the_base_year(run):
    model, first, *_ = run
    world, base = model.world, model.state.base
    assert (first.rent == 1).all() and first.pollution == pytest.approx(1)
    assert first.emissions == pytest.approx((world.emission_intensity * base.sales[:-1]).sum(axis=1))
    assert first.unregistered.tolist() == world.unregistered.tolist()
    assert first.unemployment == pytest.approx(model.state.parameters.labour.unemployment)
    # The years that follow are close to it.
    for name, unit in (("real_income", YUAN), ("graduates", 1.0), ("emissions", 1.0)):
        assert getattr(first, name) * unit == pytest.approx(model.record[name], rel=0.2), name


def test_late_values_are_those_of_the_year_before_until_the_year_ends(run):
    _, _, before, settled, last = run
    for name in LATE:
        assert np.array_equal(getattr(settled, name), getattr(before, name)), name
        assert not np.array_equal(getattr(last, name), getattr(before, name)), name
    assert not np.array_equal(settled.debt, last.debt)
    assert np.ptp(settled.unemployment) > 1e-4


def test_at_the_end_it_is_what_is_recorded(run):
    model, *_, last = run
    record = model.record
    same = {
        "exports": last.exports / last.deflator, "price_index": last.price / last.deflator,
        "rent": last.rent / last.deflator, "real_income": last.real_income * YUAN, "graduates": last.graduates,
        "emissions": last.emissions, "unregistered": last.unregistered, "debt": np.maximum(last.debt, 0.0),
        "treasury": np.maximum(-last.debt, 0.0),
    }  # fmt: skip
    for name, value in same.items():
        assert value == pytest.approx(record[name], rel=1e-12), name
    assert np.array_equal(last.treasury_owned, model.state.owners.treasuries)


def test_exports_are_what_the_gateway_buys(run):
    model, *_, last = run
    produced, closed = model.latest.produce, model.latest.settle
    assert (last.exports > 0).all() and (last.exports < produced.sales[:-1]).all()
    imported = last.exports.sum() - closed.foreign_balance
    # What the world market sells within the country and at home.
    assert 0 < imported < produced.sales[-1].sum()
    # By hand: the part of the gateway in demand for the products of a cell.
    market, s, i = produced.market, 2, 3
    phi = market.freeness[market.trade_class[s]][i]
    demand = phi * produced.spent[:, s] * np.exp((market.sigma - 1) * produced.log_price[:, s])
    assert last.exports[i, s] == pytest.approx(produced.sales[i, s] * demand[-1] / demand.sum())


def test_goods_leave_by_the_nearest_port(run):
    model, *_, last = run
    port = model.world.network.port_hours
    assert set(last.gateway_via) <= set(np.flatnonzero(np.isfinite(port)))
    via = last.gateway_via
    there = np.where(via == np.arange(len(via)), 0.5 * np.diag(last.goods_hours), 0.0)
    there += np.where(via == np.arange(len(via)), 0.0, last.goods_hours[np.arange(len(via)), via])
    assert there + port[via] == pytest.approx(last.gateway_hours)


def test_recorded_relations_by_hand(run):
    model, _, _, _, last = run
    record, world = model.record, model.world
    made = record["value_added"].sum(axis=1) / world.area_km2
    hours = model.state.links.hours.people
    for i in range(model.state.n):
        assert record["pole"][i] == (made[i] >= made[hours[i] <= 3.0].max())
    assert 0 < record["pole"].sum() < model.state.n
    rho, capital = record["return_to_capital"], record["capital"]
    gross = (capital * rho).sum(axis=1) / capital.sum(axis=1) + model.state.parameters.capital.depreciation
    assert record["gross_return"] == pytest.approx(gross)
    # The first four sectors make goods; the weights are what the nation buys of them.
    base = model.state.base
    bought = (base.market.consumption * base.regional.consumption[:, None]).sum(axis=0)[:4]
    logs = np.log(record["price_index"][:, :4]) @ bought / bought.sum()
    assert record["goods_price"] == pytest.approx(np.exp(logs))
    supporting = (world.regions["zone"] == "supporting").to_numpy()
    density = world.people[supporting].sum() / world.land[supporting].sum()
    crowded = record["people"][supporting].sum(axis=1) / world.land[supporting] / density
    assert record["carrying_ratio"][supporting] == pytest.approx(crowded)


def test_what_cities_pay_of_the_outlay_is_recorded():
    parts = {"centre": 0.25, "nation": 0.75}
    transfer = MECHANISMS["fiscal_transfer"](amount=1000.0, start=2021, funding=parts)
    scenario = scenario_with([transfer], small_world()).model_copy(update={"start": 2020, "years": 3})
    series = simulate(scenario).series
    assert series["public_outlay"][-1] > 0
    assert series["treasury_outlay"] == pytest.approx(0.25 * series["public_outlay"])
