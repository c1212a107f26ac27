"""Sales links: regions sell some of their products to chosen buyers at less cost."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from sim.mechanisms.markets.sales import Sales
from sim.parameters import setting
from sim.policy.posts import Handle
from sim.policy.programme import ProgrammeMemory
from sim.policy.targets import sector_mask, trade_of
from sim.policy.view import View


class SalesLink(Sales):
    """Pays for what brings products of the targets to chosen buyers: cold chains, brands, routes, contracts.

    Buyers pay less for them, or like them more, which is the same. With ``link`` buyers also learn from the sellers.
    It hurts other sellers of these products, and the targets' other sectors, from which it draws labour.
    """

    writes: ClassVar[frozenset[str]] = Sales.writes | {"knowledge_link"}

    kind: Literal["sales_link"] = "sales_link"
    amount: float = setting(500.0, "million yuan/yr", 50, 5000, "assumption", "Money in a year over all sellers", ge=0)
    at_partner: float = setting(
        0.0, "1", 0, 1, "assumption", "Share of the purchases made in the partner's city; the rest in the targets",
        ge=0, le=1,
    )  # fmt: skip
    mutual: bool = Field(False, description="Whether the same products of the buyers reach the sellers as well")
    link: float = setting(
        0.0, "1", 0, 0.3, "assumption", "Weight of the sellers among the contacts of the buyers at full effect", ge=0
    )

    @classmethod
    def examples(cls) -> tuple[dict[str, Any], ...]:
        other = {"to": ["leading", "world"], "mutual": True, "link": 0.1, "at_partner": 0.5}
        return {"sectors": ["agriculture"], "reach": 6.0, "funding": {"centre": 0.5, "host": 0.5}}, other

    def effect(self, view: View, act: Handle, memory: ProgrammeMemory) -> None:
        super().effect(view, act, memory)
        sellers, buyers, reached = memory.targets, self.buyers(view), self.reached(view, memory)
        sectors = sector_mask(view.world, f"{self.name}.sectors", self.sectors)
        if self.mutual:
            act.shift("trade", -(memory.each("gain")[:, None] * reached).T, trade_of(sectors, buyers, sellers))
        inside = buyers < len(memory.size)
        act.shift("knowledge_link", self.link * reached[:, inside].T, trade_of(sectors, buyers[inside], sellers))
