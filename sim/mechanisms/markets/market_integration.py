"""Market integration: members take down what hinders trade between provinces."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from sim.catalogue import GOODS, SERVICES
from sim.parameters import setting
from sim.policy.posts import Handle
from sim.policy.programme import Programme, ProgrammeMemory
from sim.policy.targets import Regions, Sectors, sector_mask, trade_of
from sim.policy.view import View


class MarketIntegration(Programme):
    """Pays offices that recognise each other's permits and standards, so that provincial borders cost less.

    Between members of different provinces the share ``gain`` of the border goes at full effect; a pair is as far as
    the member that lags. With ``reciprocal: false`` members open to imports from all provinces and gain no access
    themselves. It hurts regions left outside, whose buyers turn to the members, sectors that the border protected, and
    whoever opens alone.
    """

    writes: ClassVar[frozenset[str]] = Programme.writes | {"trade"}
    priced: ClassVar[bool] = False

    kind: Literal["market_integration"] = "market_integration"
    targets: Regions = Field(default_factory=lambda: ["supporting"], description="Selectors of members")
    amount: float = setting(300.0, "million yuan/yr", 50, 3000, "assumption", "Money in a year over all members", ge=0)
    per_head: float = setting(
        1.0, "yuan per head and year", 0.2, 5, "assumption", "Steady spend that gives 63 % of the effect", gt=0
    )
    gain: float = setting(
        0.3, "1", 0, 1, "assumption: the border is what invoices show, which part of it offices can lift is unknown",
        "Share of the provincial border that goes at full effect", ge=0, le=1,
    )  # fmt: skip
    sectors: Sectors = Field(default_factory=lambda: list(GOODS), description="Sectors whose trade is eased")
    services: float = setting(
        0.0, "1", 0, 1, "assumption", "Share of the border that goes for services not named", ge=0, le=1
    )
    reciprocal: bool = Field(True, description="Whether members open to each other; otherwise to all imports")

    @classmethod
    def examples(cls) -> tuple[dict[str, Any], ...]:
        members = {"targets": ["guangdong", "guangxi", "hunan"], "funding": {"host": 1}}
        return {**members, "services": 0.1}, {**members, "reciprocal": False}

    def effect(self, view: View, act: Handle, memory: ProgrammeMemory) -> None:
        members, depth = memory.targets, memory.depth[memory.targets]
        origins, pairs = np.arange(len(memory.size)), np.broadcast_to(depth, (len(memory.size), len(depth)))
        if self.reciprocal:
            origins, pairs = members, np.minimum.outer(depth, depth)
        border = view.parameters.production.provincial_border
        opened = border * pairs * view.world.across_provinces[np.ix_(origins, members)]
        named = sector_mask(view.world, f"{self.name}.sectors", self.sectors)
        services = np.isin(view.world.sectors, SERVICES) & ~named
        for sectors, gain in ((named, self.gain), (services, self.services)):
            act.shift("trade", -gain * opened, trade_of(sectors, origins, members))
