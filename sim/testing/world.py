"""A small world in which contracts run, and an artificial outcome to which every mechanism responds."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from sim.policy.accounts import Accounts
from sim.policy.outcome import OUTCOME, Outcome
from sim.world import InlineWorld, World, load_world

# id, province, zone, latitude, longitude, million workers, million talent, value added per head (million yuan/yr)
CITIES = (
    ("guangzhou", "guangdong", "centre", 23.13, 113.26, 12.0, 4.6, 0.134),
    ("shenzhen", "guangdong", "leading", 22.54, 114.06, 11.5, 4.4, 0.158),
    ("foshan", "guangdong", "leading", 23.02, 113.12, 7.9, 1.5, 0.114),
    ("qingyuan", "guangdong", "supporting", 23.68, 113.06, 3.6, 0.4, 0.045),
    ("shaoguan", "guangdong", "supporting", 24.81, 113.60, 2.5, 0.35, 0.047),
    ("nanning", "guangxi", "supporting", 22.82, 108.37, 7.0, 1.7, 0.054),
    ("qinzhou", "guangxi", "supporting", 21.98, 108.65, 3.0, 0.3, 0.042),
    ("hengyang", "hunan", "supporting", 26.89, 112.57, 6.0, 0.65, 0.053),
)
# Shares of the six sectors in value added by zone.
SHARES = {
    "centre": (0.01, 0.02, 0.20, 0.10, 0.35, 0.32),
    "leading": (0.01, 0.02, 0.25, 0.22, 0.26, 0.24),
    "supporting": (0.15, 0.06, 0.26, 0.05, 0.20, 0.28),
}
PORTS = {"shenzhen": 24.0, "qinzhou": 36.0}
SMALL_WORLD = "eight_cities"


@lru_cache(maxsize=1)
def small_world() -> InlineWorld:
    """Return a world of eight cities around Guangzhou with rounded figures, as a config writes it."""
    from sim.catalogue import SECTORS

    rows = []
    for name, province, zone, lat, lon, workers, talent, income in CITIES:
        total = (workers + talent) * 1e6 * income
        rows.append({
            "id": name, "province": province, "zone": zone, "lat": lat, "lon": lon, "workers": workers * 1e6,
            "talent": talent * 1e6, "port_hours": PORTS.get(name),
            "value_added": {s: total * share for s, share in zip(SECTORS, SHARES[zone], strict=True)},
        })  # fmt: skip
    return InlineWorld.model_validate({"kind": "inline", "name": SMALL_WORLD, "year": 2020, "regions": rows})


def loaded(world: Any) -> World:
    """Return a world as specified in a config: a name, a folder, or an inline world."""
    given = InlineWorld.model_validate(world) if isinstance(world, dict) else world
    return load_world(given, getattr(given, "year", 2020))


def made_up_outcome(world: World, accounts: Accounts, mechanisms: int = 1) -> Outcome:
    """Return a plausible outcome of a year, from the world and its accounts only.

    Supporting regions need services and lag in knowledge, sites and funds have capital, cash and receipts.

    Parameters
    ----------
    world : World
    accounts : Accounts
    mechanisms : int
        Their number.
    """
    size = {"R": world.n_regions, "S": len(world.sectors), "A": len(accounts), "M": mechanisms, "2": 2}
    size |= {"n_sites": len(accounts.site), "n_funds": len(accounts.fund)}
    known = _regional(world, accounts) | _of_vehicles(accounts)
    values: dict[str, Any] = {}
    for name, quantity in OUTCOME.items():
        dims = [d.strip() for d in quantity.shape.strip("()").split(",") if d.strip()]
        values[name] = np.array(np.broadcast_to(known.get(name, 1.0), [size[d] for d in dims]))
        if not dims:
            values[name] = float(values[name])
    return Outcome(**values)


def _regional(world: World, accounts: Accounts) -> dict[str, Any]:
    r, s = world.n_regions, len(world.sectors)
    ahead = world.regions["zone"].map({"centre": 1.0, "leading": 0.5}).fillna(0.0).to_numpy(dtype=float)
    rank = np.linspace(0.0, 1.0, r)
    people = getattr(world, "people", np.ones((r, 2)) * 1e6)
    value_added = getattr(world, "value_added", np.full((r, s), 5e4))
    wage = 0.05 + 0.05 * ahead
    hours = 0.5 + world.distances / 150.0
    near = np.exp(-hours / 4.0)
    return {
        "people": people, "value_added": value_added, "sales": 2.0 * value_added, "wage": np.stack([wage, 2 * wage], 1),
        "employment": people.sum(axis=1, keepdims=True) / (2 * s), "capital": 5e4, "unit_profit": 0.1,
        "return_to_capital": 0.05 + 0.03 * rank[:, None], "services": 0.7 + 0.7 * ahead - 0.1 * rank,
        "infrastructure": 0.8 + 0.5 * ahead, "knowledge": (0.6 * ahead - 0.2 - 0.1 * rank)[:, None],
        "local_tax": 900.0, "revenue": 2e4, "public_revenue": 2e4 * r, "savings": 5e4 * r,
        "real_value_added": value_added.sum(axis=1), "growth": 0.03, "people_hours": hours,
        "information_hours": 0.5 * hours, "bids": 0.1, "infrastructure_share": 0.25, "invested": 1e5,
        "investment_shares": near / near.sum(axis=1, keepdims=True), "public_capital": value_added.sum(axis=1),
        "mechanism_outlay": 100.0, "price": 1.0 + 0.1 * rank[:, None], "exports": 0.3 * value_added,
        "gateway_via": np.zeros(r, dtype=int), "goods_hours": 2.0 * hours, "gateway_hours": 24.0 + 2.0 * hours[:, 0],
        "foreign_inflow": 500.0, "research": 1e3, "services_unit": 0.05, "unemployment": 0.05,
        "unregistered": 0.2 * people, "debt": 1e4, "pollution": 1.0 + 0.1 * rank, "treasury_owned": 5e4 * np.eye(r),
        "rent": 1.0 + 0.3 * ahead, "real_income": 0.03 + 0.03 * ahead, "graduates": 0.01 * people[:, 0],
        "emissions": 0.1 * value_added.sum(axis=1), "emissions_by_sector": 0.1 * value_added,
        "charges": 0.01 * value_added, "adoption": 0.1 * near,
    }  # fmt: skip


def _of_vehicles(accounts: Accounts) -> dict[str, Any]:
    cash = np.zeros(len(accounts))
    cash[accounts.fund], cash[accounts.site] = 40.0, 25.0
    return {
        "site_capital": 1000.0, "site_value_added": 50.0, "site_local_tax": 30.0, "fund_capital": 60.0,
        "fund_dividends": 10.0, "cash": cash,
    }  # fmt: skip
