"""Facts of the accounts of the base year 2020: trade, investment, public revenue, emissions."""

from __future__ import annotations

from functools import partial

from sim.economy.base_year.facts import trade_facts
from sim.validation.facts.fact import Measure
from sim.validation.facts.runs import END, Runs
from sim.world import load_world


def of_trade(name: str, runs: Runs) -> float:
    """Return a fact of trade in the base year (`sim.economy.base_year.facts`)."""
    return trade_facts(load_world("china", END), runs.base)[name]


def public_revenue(runs: Runs) -> float:
    """Return own revenue of all public accounts over value added, mainland and special regions."""
    series = runs.first_year(END).series
    return float(series["own_revenue"][0] / series["value_added"][0].sum())


def centre_revenue(runs: Runs) -> float:
    """Return the revenue of the treasury of Guangzhou, billion yuan."""
    return float(runs.base.revenue.own[load_world("china", END).centre]) / 1e3


def capital_formation(runs: Runs) -> float:
    """Return private and public investment and housing over value added."""
    base, added = runs.base, load_world("china", END).value_added.sum()
    invested = base.regional.investment.sum() + base.market.investment_purchases.sum()
    return float((invested + base.regional.housing_supply.sum()) / added)


def own_investment(runs: Runs) -> float:
    """Return the share of savers' investment that stays in their prefecture."""
    flow, home = runs.first_year(END).series["capital_flow"][0], load_world("china", END).home
    return float(flow[home[:, None] == home[None, :]].sum() / flow.sum())


def emissions(runs: Runs) -> float:
    """Return emissions of the mainland in the base year 2020, Gt CO2."""
    return float(runs.first_year(END).series["emissions"][0, load_world("china", END).national_taxes].sum()) / 1e6


MODELS: dict[str, Measure] = {
    "provincial_trade": partial(of_trade, "interprovincial_trade"),
    "goods_exports": partial(of_trade, "goods_exports"),
    "local_services": partial(of_trade, "own_consumer_services"),
    "public_revenue": public_revenue,
    "centre_revenue": centre_revenue,
    "capital_formation": capital_formation,
    "own_investment": own_investment,
    "emissions": emissions,
}
