"""Zone link: common rules and services between the zones of several cities."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from sim.parameters import setting
from sim.policy.partner import pair_depth
from sim.policy.posts import Handle
from sim.policy.programme import Programme
from sim.policy.targets import Regions, Sectors, sector_mask
from sim.policy.view import View

HOSTS = ("guangzhou", "zhuhai", "shenzhen", "hong_kong", "haikou")


class ZoneLink(Programme):
    """Links the special zones of its targets: trade between them gets cheaper, and hosts learn and copy reforms sooner.

    Both ends of a trade must be inside a zone, so that trade of two cities gets cheaper by the product of the shares of
    their economies that are inside. It hurts where zones are small: the cost remains, and the effect vanishes. It also
    hurts neighbours of the hosts, from whom people leave.
    """

    writes: ClassVar[frozenset[str]] = frozenset({"purchase", "trade", "knowledge_link", "adoption"})
    per_target: ClassVar[tuple[str, ...]] = (*Programme.per_target, "zone_share")
    priced: ClassVar[bool] = False

    kind: Literal["zone_link"] = "zone_link"
    targets: Regions = Field(default_factory=lambda: ["centre", "leading"], description="Selectors of hosts of zones")
    sectors: Sectors = Field(
        default_factory=lambda: ["high_tech", "producer_services"], description="Sectors that learn"
    )
    amount: float = setting(200.0, "million yuan/yr", 20, 2000, "assumption", "Cost in a year", ge=0)
    per_head: float = setting(
        3.0, "yuan per head and year", 1, 10, "assumption", "Steady spend that gives 63 % of the effect", gt=0
    )
    zone_share: float = setting(
        0.2, "1", 0.05, 0.5, "assumption", "Share of the host's economy that is inside its zone", ge=0, le=1
    )
    gain: float = setting(0.3, "log", 0, 0.5, "assumption", "Fall of the cost of trade between two zones", ge=0, le=2)
    link: float = setting(
        0.3, "1", 0, 0.5, "assumption",
        "Weight of the link of two zones, where all ordinary contacts together weigh 1", ge=0, le=3,
    )  # fmt: skip

    adoption: float = setting(
        0.3, "log", 0, 1, "assumption", "Rise of the rate at which hosts copy the reforms of one another", ge=0, le=3
    )

    def effect(self, view: View, act: Handle, memory: Any) -> None:
        j, depth = memory.targets, pair_depth(memory, memory.targets)
        both = np.outer(memory.each("zone_share"), memory.each("zone_share"))
        taught = np.flatnonzero(sector_mask(view.world, f"{self.name}.sectors", self.sectors))
        act.shift("trade", -self.gain * both * depth, np.ix_(np.arange(len(view.world.sectors)), j, j))
        act.shift("knowledge_link", self.link * np.sqrt(both) * depth, np.ix_(taught, j, j))
        act.shift("adoption", self.adoption * depth, np.ix_(j, j))
