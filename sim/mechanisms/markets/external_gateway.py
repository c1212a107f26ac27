"""External gateway: a city trades with the world at less cost and draws foreign capital, for others too or not."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from sim.catalogue import GOODS
from sim.parameters import setting
from sim.policy.posts import Handle
from sim.policy.programme import Programme, ProgrammeMemory
from sim.policy.targets import Regions, pick, trade_of
from sim.policy.view import View


class ExternalGateway(Programme):
    """Pays for rules, customs and services of a gateway: its foreign trade costs less, and it draws foreign capital.

    The hinterland has the part ``pass_on`` of that pull, less the farther it is from the gateway. Dividends on foreign
    capital leave the country later. It hurts a hinterland to which nothing is passed on, since part of what the gateway
    draws would have gone there, and, where imports become cheaper, those who sell the same products to the gateway.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"people_hours"})
    writes: ClassVar[frozenset[str]] = Programme.writes | {"trade", "foreign_capital"}
    per_target: ClassVar[tuple[str, ...]] = (*Programme.per_target, "gain")
    priced: ClassVar[bool] = False

    kind: Literal["external_gateway"] = "external_gateway"
    targets: Regions = Field(default_factory=lambda: ["centre"], description="Selectors of gateways")
    amount: float = setting(
        2000.0, "million yuan/yr", 200, 8000, "assumption", "Money in a year over all gateways", ge=0
    )
    per_head: float = setting(
        80.0, "yuan per head and year", 20, 300, "assumption", "Steady spend that gives 63 % of the effect", gt=0
    )
    gain: float = setting(
        0.02, "log", 0.005, 0.1, "assumption: a fifth to a tenth of what all facilitation saves (OECD)",
        "Fall of the cost of foreign trade in goods at full effect", ge=0,
    )  # fmt: skip
    direction: Literal["both", "exports", "imports"] = Field("both", description="Which trade becomes cheaper")
    foreign: float = setting(
        0.2, "log", 0, 0.7, "assumption", "Rise of the gateway's pull on foreign capital at full effect", ge=0
    )
    pass_on: float = setting(
        0.2, "1", 0, 1, "assumption", "Part of that pull that the hinterland has, next to the gateway", ge=0, le=1
    )
    hinterland: Regions = Field(default_factory=lambda: ["supporting"], description="Regions to which it is passed on")
    reach: float = setting(
        8.0, "h", 2, 20, "assumption", "Travel time of people over which what is passed on falls by 63 %", gt=0
    )

    def effect(self, view: View, act: Handle, memory: ProgrammeMemory) -> None:
        gateways, depth = memory.targets, memory.depth[memory.targets]
        goods, abroad = np.isin(view.world.sectors, GOODS), len(memory.size)
        cheaper = memory.each("gain") * depth
        if self.direction != "imports":
            act.shift("trade", -cheaper[:, None], trade_of(goods, gateways, abroad))
        if self.direction != "exports":
            act.shift("trade", -cheaper, trade_of(goods, abroad, gateways))
        act.shift("foreign_capital", self.foreign * depth, gateways)
        others = np.setdiff1d(pick(view.world, f"{self.name}.hinterland", self.hinterland), gateways)
        near = np.exp(-view.people_hours[np.ix_(others, gateways)] / self.reach)
        act.shift("foreign_capital", self.pass_on * self.foreign * near @ depth, others)
