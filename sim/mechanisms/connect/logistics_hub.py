"""Logistics hub: faster handling of goods in a city, cleaner terminals, and ports inland."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from sim.parameters import setting
from sim.policy.accounts import Accounts
from sim.policy.posts import Handle
from sim.policy.programme import Programme, ProgrammeMemory
from sim.policy.targets import Region, Regions, pick_one
from sim.policy.view import View
from sim.policy.works import UNPAID, Project, one_region
from sim.world.types import World

GREEN = ("energy", "manufacturing")
# Of the fall of handling, in logs: travel times are computed again whenever handling changes.
STEP = 0.01


@dataclass(kw_only=True)
class HubMemory(ProgrammeMemory):
    """Inland ports in the order of the settings; share of exports through each port at the start, (R,)."""

    ports: list[Project]
    first: np.ndarray | None = None


def throughput(view: View) -> np.ndarray:
    """Return the part of the nation's exports that passes the port of each region, (R,)."""
    exports, via = view.exports.sum(axis=1), view.gateway_via
    through = np.bincount(via[via >= 0], exports[via >= 0], len(via))
    return through / max(exports.sum(), 1e-300)


class LogisticsHub(Programme):
    """Pays for terminals and procedures in a hub, which handles goods faster; opens ports in inland cities.

    Whoever ships through the hub gains, the hub most. Ports inland are open for good once they are paid for. It hurts
    rival gateways, regions that do not ship through the hub or a new port, and services of whoever pays.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"exports", "gateway_via"})
    writes: ClassVar[frozenset[str]] = Programme.writes | {"handling", "emission_factor", "port"}
    per_target: ClassVar[tuple[str, ...]] = (*Programme.per_target, "gain", "green", "scale_economies")

    kind: Literal["logistics_hub"] = "logistics_hub"
    targets: Regions = Field(default_factory=lambda: ["centre"], description="Selectors of hubs")
    amount: float = setting(3000.0, "million yuan/yr", 500, 10_000, "assumption", "Money in a year over all hubs", ge=0)
    per_head: float = setting(
        60.0, "yuan per head and year", 20, 200, "assumption", "Steady spend that gives 63 % of the effect", gt=0
    )
    wear: float = setting(0.1, "1/yr", 0.05, 0.3, "assumption", "Part of the stock that is lost in a year", gt=0, le=1)
    gain: float = setting(
        0.05, "log", 0.01, 0.15, "assumption", "Fall of the hours of handling and of the port at full effect", ge=0
    )
    green: float = setting(
        0.1, "log", 0, 0.3, "assumption", "Fall of emissions over output of energy and manufacturing in the hub", ge=0
    )
    scale_economies: float = setting(
        0.0, "log", 0, 0.1, "assumption", "Rise of `gain` per log of the hub's share of exports over that at the start",
        ge=0, le=1,
    )  # fmt: skip
    inland_ports: dict[Region, Annotated[float, Field(gt=0)]] = Field(
        default_factory=dict, description="Cities with a port to be opened: hours of goods to the world market [h]"
    )
    port_capex: float = setting(2000.0, "million yuan", 500, 5000, "assumption", "Cost of building such a port", gt=0)

    @classmethod
    def examples(cls) -> tuple[dict[str, Any], ...]:
        return {"inland_ports": {"shaoguan": 27}, "funding": {"centre": 0.6, "nation": 0.4}}, {"scale_economies": 0.05}

    @property
    def built_ports(self) -> dict[str, float]:
        """Inland ports that are built: none if the amount is 0."""
        return self.inland_ports if self.amount > 0 else {}

    def planned_cost(self, world: World, years: int) -> float:
        paid = self.strength * self.delivery * self.active_years(world, years) * (1.0 + self.funding.attracted)
        return super().planned_cost(world, years) + len(self.built_ports) * self.port_capex * min(1.0, paid)

    def prepare(self, world: World, accounts: Accounts, start_year: int) -> HubMemory:
        key = f"{self.name}.inland_ports"
        ports = [
            Project(f"{self.name}.{city}", *one_region(pick_one(world, key, city)), self.port_capex)
            for city in self.built_ports
        ]
        return HubMemory(**vars(super().prepare(world, accounts, start_year)), ports=ports)

    def decide(self, view: View, act: Handle, memory: Any) -> None:
        super().decide(view, act, memory)
        now = self.now(view, memory) * self.delivered(view, memory)
        for port, hours in zip(memory.ports, self.built_ports.values(), strict=True):
            port.posts = []
            if port.paid >= (1.0 - UNPAID) * port.total:
                act.open_port(port.regions[0], hours)
                continue
            amount = min(now * port.total, (port.total - port.paid) / (1.0 + self.funding.attracted))
            bill = self.funding.bill(view, port.regions, amount * port.weights)
            if len(bill.amount):
                port.posts = [("capex", act.purchase(bill.payer, bill.region, bill.amount, f"port:{port.name}"))]

    def _grown(self, view: View, memory: Any) -> np.ndarray:
        """Return the share of exports through each port over that at the start, (R,), at least 1."""
        now = throughput(view)
        memory.first = now if memory.first is None else memory.first
        return np.maximum(1.0, np.divide(now, memory.first, out=np.ones(len(now)), where=memory.first > 0))

    def effect(self, view: View, act: Handle, memory: Any) -> None:
        hubs, depth = memory.targets, memory.depth[memory.targets]
        gain, green, scale = (memory.each(name) for name in ("gain", "green", "scale_economies"))
        gain = gain + scale * np.log(self._grown(view, memory)[hubs])
        act.shift("handling", -STEP * np.round(gain * depth / STEP), hubs)
        sectors = np.flatnonzero(np.isin(view.world.sectors, GREEN))
        act.shift("emission_factor", -(green * depth)[:, None], (hubs[:, None], sectors))

    def settle(self, view: View, act: Handle, memory: Any) -> None:
        super().settle(view, act, memory)
        for port in memory.ports:
            port.paid += port.spent("capex", view.prices)
        if self.strength > 0 and memory.ports:
            open_now = sum(port.paid >= (1.0 - UNPAID) * port.total for port in memory.ports)
            act.report("port works", sum(port.spent("capex", view.prices) for port in memory.ports), "million yuan/yr")
            act.report("ports paid for", float(open_now), "1")
