"""Digital network: information and services travel more easily between the regions that it covers."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np

from sim.catalogue import SERVICES
from sim.parameters import setting
from sim.policy.posts import Handle
from sim.policy.programme import Programme, ProgrammeMemory
from sim.policy.targets import trade_of
from sim.policy.view import View, talent_ratio


class DigitalNetwork(Programme):
    """Pays for broadband and data networks in the targets, which shorten the distance of information between them.

    Between two covered regions savers and firms know more of each other and services cost less to deliver, as far as
    the less covered of the two; firms become more productive, less so where people lack the education to use it. People
    and goods travel as before. It hurts regions that are not covered, which savers turn from, and poor
    covered regions, whose savings find their way to richer ones.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"people"})
    writes: ClassVar[frozenset[str]] = Programme.writes | {"information", "trade", "productivity"}

    kind: Literal["digital_network"] = "digital_network"
    amount: float = setting(
        15_000.0, "million yuan/yr", 1000, 60_000, "assumption", "Money in a year over all targets", ge=0
    )
    per_head: float = setting(
        15.0, "yuan per head and year", 5, 150, "assumption; all investment in 5G was about 130 in 2021 (from memory)",
        "Steady spend that gives 63 % of the effect", gt=0,
    )  # fmt: skip
    wear: float = setting(0.1, "1/yr", 0.05, 0.3, "assumption", "Part of the stock that is lost in a year", gt=0, le=1)
    gain: float = setting(
        0.15, "log", 0.05, 0.4, "assumption", "Fall of the hours of information between covered regions", ge=0
    )
    services: float = setting(
        0.01, "log", 0, 0.03, "assumption", "Fall of the cost of services between covered regions", ge=0
    )
    productivity: float = setting(
        0.01, "log", 0, 0.03, "assumption", "Rise of productivity where people are as educated as in the nation", ge=0
    )

    @classmethod
    def examples(cls) -> tuple[dict[str, Any], ...]:
        return ({"funding": {"nation": 0.5, "host": 0.5}},)

    def effect(self, view: View, act: Handle, memory: ProgrammeMemory) -> None:
        here, depth = memory.targets, memory.depth[memory.targets]
        pairs = np.minimum.outer(depth, depth)
        np.fill_diagonal(pairs, 0.0)
        act.shift("information", -self.gain * pairs, np.ix_(here, here))
        act.shift("trade", -self.services * pairs, trade_of(np.isin(view.world.sectors, SERVICES), here, here))
        educated = np.minimum(1.0, talent_ratio(view)[here])
        act.shift("productivity", (self.productivity * depth * educated)[:, None], here)
