"""Trade platform: a city's fairs and trade services open the world market to regions."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import Field

from sim.catalogue import GOODS
from sim.mechanisms.markets.sales import Sales
from sim.parameters import setting
from sim.policy.partner import PartnerMemory
from sim.policy.posts import Handle
from sim.policy.targets import Markets, trade_of
from sim.policy.view import View


class TradePlatform(Sales):
    """Pays for fairs and cross-border platforms in a partner city, which sell goods of the targets abroad.

    Targets also buy the partner's trade services at less cost, and the partner may buy imports at less cost. It hurts
    the partner's exporters, who compete for the same markets, and producer services of the targets.
    """

    kind: Literal["trade_platform"] = "trade_platform"
    to: Markets = Field(default_factory=lambda: ["world"], description="Selectors of buyers; world: the world market")
    amount: float = setting(
        1000.0, "million yuan/yr", 100, 5000, "assumption", "Money in a year over all targets", ge=0
    )
    gain: float = setting(
        0.003, "log", 0.001, 0.02, "27 yuan of exports a yuan in the model; 15-40 published (ITC 2016)",
        "Fall of the cost of exports at full effect", ge=0,
    )  # fmt: skip
    services: float = setting(
        0.003, "log", 0, 0.02, "assumption", "Fall of the cost of the partner's producer services in the targets", ge=0
    )
    import_gain: float = setting(0.0, "log", 0, 0.02, "assumption", "Fall of the cost of imports in the partner", ge=0)

    @classmethod
    def examples(cls) -> tuple[dict[str, Any], ...]:
        return ({"import_gain": 0.005, "reach": 10.0},)

    def effect(self, view: View, act: Handle, memory: PartnerMemory) -> None:  # type: ignore[override]
        super().effect(view, act, memory)
        targets, depth = memory.targets, memory.depth[memory.targets]
        abroad, goods = len(memory.size), np.isin(view.world.sectors, GOODS)
        producer = np.isin(view.world.sectors, "producer_services")
        served = self.services * depth * (targets != memory.partner)
        act.shift("trade", -served, trade_of(producer, memory.partner, targets))
        act.shift("trade", -self.import_gain * depth.mean(), trade_of(goods, abroad, memory.partner))
