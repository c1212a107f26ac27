"""Invariance of complete runs on small worlds: units of money, order of regions, conservation."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from sim.catalogue import VARIABLES
from sim.config import Scenario
from sim.model import simulate
from sim.parameters import Parameters
from sim.record import RunRecord
from sim.world import InlineWorld

SECTORS = ("farming", "industry", "services")
REGIONS = 5
YEARS = 3
MONEY = ("million yuan", "million yuan/yr", "yuan/person/yr")
# No randomness of individual firms, so that results do not depend on the regions by which draws are keyed.
QUIET: dict[str, dict[str, float]] = {
    "industry": {
        "relocation_rate": 0.0, "entry_rate": 0.0, "exit_rate": 0.0, "insolvency_exit": 0.0, "productivity_sd": 0.0,
    },
    "capital": {"founding_share": 0.0},
}  # fmt: skip
# Sizes of individual firms remain random; their sums by cell do not.
DRAWN = ("firm_size_tail", "market_iterations", *(n for n, v in VARIABLES.items() if v.detail == "classes"))


def small_world(seed: int = 1, money: float = 1.0, order: np.ndarray | None = None) -> InlineWorld:
    """Return a small open world with random figures.

    Parameters
    ----------
    seed : int
    money : float
        Factor on all money; figures per unit of money are divided by it.
    order : (R,) int, optional
        Order of the regions in the specification.
    """
    draw = np.random.default_rng(seed)
    heads = np.exp(draw.normal(14.5, 0.6, REGIONS))
    heads[0] = 2 * heads.max()
    shares = draw.uniform(0.1, 0.4, REGIONS)
    income = heads * 0.08 * np.exp(draw.normal(0, 0.2, REGIONS))
    mix = draw.dirichlet([30.0, 34.0, 40.0], REGIONS)
    place = draw.uniform(-3, 3, (REGIONS, 2))
    apart = np.hypot(*(place[:, None] - place[None]).T)
    hours = 0.5 + 1.5 * apart
    order = np.arange(REGIONS) if order is None else np.asarray(order)
    regions = [
        {"id": f"r{i}", "zone": "centre" if i == 0 else "supporting", "province": f"p{i % 2}",
         "lat": 30 + float(place[i, 1]), "lon": 110 + float(place[i, 0]),
         "workers": float(heads[i] * (1 - shares[i])), "talent": float(heads[i] * shares[i]),
         "value_added": {s: float(money * income[i] * m) for s, m in zip(SECTORS, mix[i], strict=True)},
         "capital": float(money * 3 * income[i]), "port_hours": 24.0 if i < 2 else None}
        for i in order
    ]  # fmt: skip
    sectors = {
        name: {"trade": "services" if name == "services" else "goods", "emissions": (1 + k) / money,
               "firms_per_value": 0.25 / money, "investment": 1 + k, "government": 1 + k}
        for k, name in enumerate(SECTORS)
    }  # fmt: skip
    people = tuple(map(tuple, hours[np.ix_(order, order)].tolist()))
    return InlineWorld.model_validate(
        {"name": "small", "sectors": sectors, "regions": regions, "hours": {"people": people}}
    )


def _run(scenario: dict[str, Any]) -> RunRecord:
    """Run on one thread, as more do not pay on such small worlds."""
    threads = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        return simulate(Scenario.model_validate({"record": "all", **scenario}))
    finally:
        numba.set_num_threads(threads)


def run_small(world: InlineWorld, parameters: dict[str, Any] | None = None, transfer: float = 0.0) -> RunRecord:
    """Return the record of a run of a small world; `transfer` is an annual grant to r1 from the centre."""
    mechanisms = [{"kind": "fiscal_transfer", "name": "grant", "targets": ["r1"], "amount": transfer, "payer": "r0"}]
    return _run(
        {"name": "small", "world": world.model_dump(mode="json"), "years": YEARS, "firms": 1000, "draws": "expected",
         "parameters": parameters or {}, "mechanisms": mechanisms if transfer else []}
    )  # fmt: skip


def _difference(found: np.ndarray, expected: np.ndarray) -> float:
    """Return the largest difference relative to the largest value of the variable."""
    size = float(np.abs(expected).max())
    return float(np.abs(found - expected).max() / size) if size > 0 else float(np.abs(found).max())


def money_break(factor: float, seed: int = 1) -> float:
    """Return the largest relative difference after scaling all money: world, grants, coefficients."""
    before = run_small(small_world(seed), transfer=500.0)
    after = run_small(small_world(seed, money=factor), transfer=500.0 * factor)
    worst = 0.0
    for name, values in before.series.items():
        if name.startswith("audit") or name == "market_iterations":
            continue
        scale = factor if VARIABLES[name].unit in MONEY else 1.0
        # Welfare is log consumption.
        shift = np.log(factor) if name == "welfare" else 0.0
        worst = max(worst, _difference(after.series[name], scale * values + shift))
    return worst


def order_break(seed: int) -> float:
    """Return the largest relative difference after reordering the regions."""
    order = np.random.default_rng(seed).permutation(REGIONS)
    before = run_small(small_world(), QUIET)
    after = run_small(small_world(order=order), QUIET)
    worst = 0.0
    for name, values in before.series.items():
        if name.startswith("audit") or name in DRAWN:
            continue
        for axis, dim in enumerate(VARIABLES[name].dims, start=1):
            if dim in ("region", "origin", "destination"):
                values = np.take(values, order, axis=axis)
        worst = max(worst, _difference(after.series[name], values))
    return worst


def random_parameters(rng: np.random.Generator) -> dict[str, dict[str, float]]:
    """Return parameters of migration, capital, firms and public finance drawn from their plausible ranges."""
    drawn: dict[str, dict[str, float]] = {}
    for part in ("migration", "capital", "industry", "government", "households"):
        fields = type(getattr(Parameters(), part)).model_fields
        for name, info in fields.items():
            extra = info.json_schema_extra
            if isinstance(extra, dict) and isinstance(info.default, float) and "range" in extra:
                low, high = extra["range"]
                drawn.setdefault(part, {})[name] = float(rng.uniform(low, high))
    return drawn


def conservation_breaks(seed: int) -> tuple[float, float]:
    """Return the relative violations of conservation of people and capital in a generated world with random parameters.

    People are recomputed from the record; capital is the audit of the model over owners, firms and ledger.
    """
    rng = np.random.default_rng(seed)
    world = {"kind": "synthetic", "regions": int(rng.integers(3, 9)), "seed": int(rng.integers(1, 10**6)), "ports": 1,
             "provinces": int(rng.integers(1, 4)), "specialisation": float(rng.uniform(0, 0.6))}  # fmt: skip
    record = _run(
        {"name": "random", "world": world, "years": YEARS, "firms": 1000, "seed": int(rng.integers(1, 10**6)),
         "draws": str(rng.choice(["systematic", "expected"])), "parameters": random_parameters(rng)}
    )  # fmt: skip
    s = record.series
    people = s["people"]
    gained = s["births_less_deaths"].copy()
    gained[:, :, 0] -= s["graduates"]
    gained[:, :, 1] += s["graduates"]
    for group, flow in enumerate(("worker_flow", "talent_flow")):
        gained[:, :, group] += s[flow].sum(axis=1) - s[flow].sum(axis=2)
    local = np.abs(people[1:] - people[:-1] - gained[:-1]).max() / people.max()
    total = people.sum(axis=(1, 2))
    national = np.abs(np.diff(total) - s["births_less_deaths"].sum(axis=(1, 2))[:-1]).max() / total[0]
    return float(max(local, national)), float(np.abs(s["audit_capital"]).max())
