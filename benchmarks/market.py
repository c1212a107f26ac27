"""Speed of what is not firms: the market, mechanisms switched on, panels recorded."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness import interleaved
from benchmarks.memory import triad
from sim.config import Scenario, arm_scenarios, bundled, load
from sim.economy.base_year.inversion import first_solution, solve_base
from sim.economy.year.produce import ITERATIONS, MEMORY, TOLERANCE
from sim.kernels.market import solve_fixed_point
from sim.kernels.products import spread, spread_one
from sim.model import RegionalEconomy, coordinates, simulate
from sim.parameters import Parameters
from sim.policy.mechanism import Mechanism
from sim.policy.registry import kind_of
from sim.results.files import write_run
from sim.world import SyntheticWorld, first_hours, load_world

ROUNDS = 5
STREAM = 25_000_000  # numbers an array, six times a large last-level cache


def market_solve(regions: int = 2800) -> dict[str, float]:
    """Solve the market of a generated country; compare its matrix products with the total time and with STREAM.

    Returns
    -------
    dict
        ``share_in_products`` of a solve's time; ``product_over_stream``, bytes of matrices a second over those of the
        triad; ``seconds`` of a solve; ``iterations``.
    """
    world = load_world(SyntheticWorld(regions=regions, seed=7), 2020)
    base = solve_base(world, first_hours(world)[1], Parameters())
    r, (n, s) = regions, base.sales.shape
    market = base.market._replace(capacity=base.market.capacity * np.random.default_rng(1).lognormal(0.0, 0.1, (n, s)))
    start = first_solution(base, world)
    supply, out = np.ascontiguousarray(base.market.capacity.T), np.empty((s, n))
    a, b, c = (np.ones(STREAM) for _ in range(3))
    used: list[int] = []

    def solve() -> None:
        used.append(solve_fixed_point(market, start.copy(), TOLERANCE, ITERATIONS, MEMORY, 1.0)[0])

    def products() -> None:
        for c in range(len(market.freeness)):
            chosen = np.flatnonzero(market.trade_class == c)
            spread(market.freeness[c], supply, chosen, out)
            spread(market.freeness_transposed[c], supply, chosen, out)
        spread_one(market.household_owners, base.regional.net_profit)
        spread_one(market.savers_shares, base.regional.saving)

    took = interleaved({"solve": solve, "products": products, "stream": lambda: triad(a, b, c)}, ROUNDS)
    whole, one, stream = (took[name] for name in ("solve", "products", "stream"))
    read = 2 * market.freeness.nbytes + 2 * r * r * 8
    return {
        "share_in_products": used[-1] * one / whole, "product_over_stream": read / one / (3 * a.nbytes / stream),
        "seconds": whole, "iterations": float(used[-1]),
    }  # fmt: skip


def all_mechanisms() -> tuple[Mechanism, ...]:
    """Return a mechanism of every kind, as the bundled comparison of each has it."""
    found: dict[str, Mechanism] = {}
    for kind in sorted(bundled("instruments")):
        arm = arm_scenarios(load(f"instruments/{kind}"))["instrument"]
        for mechanism in arm.mechanisms:
            name = kind if kind_of(type(mechanism)) == kind else mechanism.name
            found.setdefault(name, mechanism.model_copy(update={"name": name}))
    return tuple(found.values())


class Timed:
    """A mechanism that adds up the time its two hooks take."""

    def __init__(self, mechanism: Mechanism):
        self.mechanism, self.seconds = mechanism, 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.mechanism, name)

    def decide(self, *given: Any) -> None:
        """Decide as the mechanism does."""
        self._timed(self.mechanism.decide, given)

    def settle(self, *given: Any) -> None:
        """Settle as the mechanism does."""
        self._timed(self.mechanism.settle, given)

    def _timed(self, hook: Callable[..., None], given: tuple[Any, ...]) -> None:
        begin = time.perf_counter()
        hook(*given)
        self.seconds += time.perf_counter() - begin


def by_mechanism(firms: int = 10_000, years: int = 20) -> dict[str, float]:
    """Return the milliseconds a year of the hooks of every mechanism, all of them at once in `china`."""
    scenario = load("china").model_copy(update={"firms": firms, "years": years, "mechanisms": all_mechanisms()})
    model = RegionalEconomy(scenario)
    timed = tuple(map(Timed, model.mechanisms))
    model.mechanisms = timed  # type: ignore[assignment]
    for _ in range(years):
        model.step()
    return {one.name: 1e3 * one.seconds / years for one in timed}


def mechanisms_over_baseline(firms: int = 10_000, years: int = 10) -> dict[str, float]:
    """Run `china` with one mechanism of every kind, and without any.

    Returns
    -------
    dict
        ``ratio`` of seconds, ``seconds`` of the run with mechanisms, ``slowest``: ms a year of the hooks of one kind.
    """
    plain = load("china").model_copy(update={"firms": firms, "years": years})
    busy = plain.model_copy(update={"mechanisms": all_mechanisms()})
    took = interleaved({"busy": lambda: simulate(busy), "plain": lambda: simulate(plain)}, ROUNDS)
    return {
        "ratio": took["busy"] / took["plain"], "seconds": took["busy"],
        "slowest": max(by_mechanism(firms, years).values()),
    }  # fmt: skip


def recording_over_not(firms: int = 100_000, years: int = 20) -> dict[str, float]:
    """Run and write `china` with everything recorded, with the core, and with nothing recorded and written.

    Returns
    -------
    dict
        ``full_over_core``, ``full_over_none`` and ``panels_over_none`` (all series, without bilateral flows and
        payments), ratios of seconds; ``seconds`` of the full one.
    """
    plain = load("china").model_copy(update={"firms": firms, "years": years})
    records: dict[str, Any] = {"full": "all", "panels": {"variables": "all"}, "core": "core"}
    full, panels, core = (
        Scenario.model_validate(plain.model_dump(exclude={"mechanisms"}) | {"record": record})
        for record in records.values()
    )
    labels = coordinates(plain)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.h5"

        def stored(scenario: Scenario) -> None:
            write_run(path, simulate(scenario), labels, {"arm": "plain", "replication": 0})

        works: dict[str, Any] = {
            name: lambda s=s: stored(s) for name, s in (("full", full), ("panels", panels), ("core", core))
        }
        took = interleaved(works | {"none": lambda: simulate(core)}, ROUNDS)
    everything, series, least, none = (took[name] for name in ("full", "panels", "core", "none"))
    return {
        "full_over_core": everything / least, "full_over_none": everything / none,
        "panels_over_none": series / none, "seconds": everything,
    }  # fmt: skip
