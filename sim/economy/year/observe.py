"""Phase observe: identities are checked, the year is recorded."""

from __future__ import annotations

import numpy as np

from sim.catalogue import ZONES
from sim.economy.state import State
from sim.errors import RunFailed
from sim.kernels.products import spread_one

BREAK = 1e-8
YUAN = 1e6


def observe(state: State) -> None:
    """Check the identities of the year and collect what is recorded.

    Raises
    ------
    RunFailed
        If an identity is broken or a recorded value is not a number.
    """
    now, world, r = state.now, state.world, state.n
    deflator = now["deflator"]
    breaks = _breaks(state)
    audits = {name: float(np.max(value)) for name, value in breaks.items()}
    for name, value in audits.items():
        if not value <= BREAK:
            where = _place(state, name, int(np.argmax(breaks[name])))
            raise RunFailed(f"year {state.year}: identity '{name}' is broken by {value:.2e}{where}")
    people, wage = now["people_before"], state.outcome["wage"]
    heads = people.sum(axis=1)
    hours, centre = state.hours.people, world.centre
    near = {f"accessible_{k}h": (hours <= k) @ heads for k in (1, 3, 5)}
    record = {
        "people": people, "unregistered": state.unregistered.copy(), "welfare": now["welfare"],
        "births_less_deaths": now["born"], "graduates": now["graduates"],
        "value_added": state.outcome["value_added"] / deflator, "sales": now["sales"][:r] / deflator,
        "wage": wage / deflator * YUAN, "price_index": np.exp(now["log_price"][:r]) / deflator,
        "cost_of_living": now["living"] / deflator, "rent": now["rent"] / deflator,
        "real_income": now["book"][6] / heads / now["living"] * YUAN,
        "capital": now["capital"], "return_to_capital": now["return_to_capital"], "firms": now["firms"],
        "real_firms": now["real_firms"], "firm_entry": now["entry"], "firm_exit": now["exit"],
        "firm_branches": now["branches"],
        "scrapped": now["scrapped"], "services": now["services"], "infrastructure": state.outcome["infrastructure"],
        "bid": state.bids, "infrastructure_share": state.infrastructure_share,
        "public_revenue": now["receipts"] / deflator, "public_spending": now["outlays"] / deflator,
        "treasury": np.maximum(-state.debt, 0.0), "debt": np.maximum(state.debt, 0.0),
        "knowledge": state.outcome["knowledge"], "emissions": now["emissions"], "environment": now["environment"],
        "centre_hours": hours[:, centre], **near, "hinterland": hinterland(state),
        "deflator": deflator, "foreign_balance": now["foreign_balance"] / deflator, "firm_size_tail": now["tail"],
        "public_outlay": now["public_outlay"] / deflator, "public_return": now["public_return"] / deflator,
        "spending_cut": now["spending_cut"], "market_iterations": float(now["iterations"]), **audits,
    }  # fmt: skip
    record |= _flows(state)
    for name, value in record.items():
        if not np.isfinite(value).all():
            where = np.argwhere(~np.isfinite(np.atleast_1d(value)))[0]
            place = world.regions["id"].iloc[int(where[0])] if np.ndim(value) else "the nation"
            raise RunFailed(f"year {state.year}: '{name}' is not a number in {place}")
    # Flows are made anew every year and are large: nobody writes to them, they need no copy.
    state.record = {k: v if k.endswith("_flow") else np.array(v, dtype=float) for k, v in record.items()}


def _flows(state: State) -> dict[str, np.ndarray]:
    """Return flows between zone classes and, if they are recorded, between all pairs of regions."""
    now, moves, n_sectors = state.now, state.now["moves"], len(state.world.sectors)
    zone = state.constants["zone"]
    belongs = np.eye(len(ZONES))[zone]
    people = {"talent_flow": now["flows"][1], "worker_flow": now["flows"][0], "capital_flow": now["capital_flow"]}
    out = {f"{name}_zones": belongs.T @ flow @ belongs for name, flow in people.items()}
    firms = {"firm_flow": None, "firm_capital_flow": moves.capital}
    out |= {f"{name}_zones": moves.between(n_sectors, zone, len(ZONES), value) for name, value in firms.items()}
    if state.records_flows:
        city = np.arange(state.n)
        out |= people | {name: moves.between(n_sectors, city, state.n, value) for name, value in firms.items()}
    return out


def hinterland(state: State) -> np.ndarray:
    """Return 1 where the centre's pull, value added over squared hours, exceeds every other large city's.

    Rivals are cities of at least a third of the centre's value added (Converse 1949, law of retail gravitation).
    """
    size = state.outcome["value_added"].sum(axis=1)
    rivals = np.flatnonzero(size >= size[state.world.centre] / 3.0)
    field = size[rivals] / np.maximum(state.hours.people[:, rivals], 0.5) ** 2
    return (rivals[field.argmax(axis=1)] == state.world.centre).astype(float)


def _breaks(state: State) -> dict[str, np.ndarray | float]:
    """Return the relative break of identities: of accounts (A,), regions (R,), nodes (N,), of capital the largest."""
    now, ledger = state.now, state.ledger
    balance = ledger.balances(state.year)
    volume = np.maximum(ledger.receipts(state.year), 1e-6 * now["book"][2].sum())
    moved = sum(f.sum(axis=0) - f.sum(axis=1) for f in now["flows"])
    change = state.people.sum(axis=1) - now["people_before"].sum(axis=1) - moved - now["born"].sum(axis=1)
    return {
        "audit_money": np.abs(balance / volume), "audit_people": np.abs(change / state.people.sum(axis=1)),
        "audit_capital": now["audit_capital"],
        "audit_market": np.abs(_demand(state) / now["sales"] - 1.0).max(axis=1),
    }  # fmt: skip


def _place(state: State, audit: str, which: int) -> str:
    if audit == "audit_capital":
        return ""
    if audit == "audit_money":
        return f" in account {state.accounts.labels[which]}"
    return f" in {[*state.world.regions['id'], 'the gateway'][which]}"


def _demand(state: State) -> np.ndarray:
    """Return what all nodes spend on each node's products (N, S) at the solved wages and prices."""
    m, now, r = state.market, state.now, state.n
    wage, talent = np.log(now["book"][:2] / m.people.T)
    cost = (1 - m.eta) * wage[:, None] + m.eta * talent[:, None] - np.log(m.productivity[:r])
    log_price = now["log_price"]
    cost = (1 - m.iota) * cost + m.iota * (log_price[:r] @ m.recipes.T)
    gateway = np.log(now["sales"][r].sum() / m.gateway_people)
    cost = np.vstack([cost, np.full((1, cost.shape[1]), gateway)])
    supply = m.capacity * np.exp((1 - m.sigma) * cost)
    out = np.empty_like(supply)
    # Sums by our own kernel: the same bits whatever linear algebra library is installed.
    for s, c in enumerate(m.trade_class):
        index = spread_one(m.freeness[c], supply[:, s].copy())
        out[:, s] = supply[:, s] * spread_one(m.freeness_turned[c], now["spent"][:, s] / index)
    return out
