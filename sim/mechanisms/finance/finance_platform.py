"""Finance platform: exchanges in the centre that inform savers and firms of targets, and lower the cost of capital."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np

from sim.parameters import setting
from sim.policy.partner import PartnerProgramme
from sim.policy.posts import Handle
from sim.policy.view import View


class FinancePlatform(PartnerProgramme):
    """Opens the exchanges of its partner to the savers and firms of targets.

    Savers of a target see the partner's firms better, and the partner's savers see the target's firms as far as these
    are listed. Intermediaries lend at a smaller spread to firms of the target's own savers. It hurts targets whose
    savers are served while their firms are not listed: their savings leave.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"return_to_capital", "capital"})
    writes: ClassVar[frozenset[str]] = frozenset({"purchase", "information", "capital_return"})
    per_target: ClassVar[tuple[str, ...]] = (*PartnerProgramme.per_target, "info", "listing", "spread")

    kind: Literal["finance_platform"] = "finance_platform"
    amount: float = setting(1000.0, "million yuan/yr", 100, 10_000, "assumption", "Cost in a year", ge=0)
    per_head: float = setting(
        3.0, "yuan per head and year", 1, 10, "assumption", "Steady spend that gives 63 % of the effect", gt=0
    )
    info: float = setting(
        0.2, "log", 0, 0.6, "assumption", "Fall of the hours of information between targets and partner", ge=0, le=2
    )
    listing: float = setting(
        0.5, "1", 0, 1, "assumption", "Part of that fall that opens firms of targets to savers of the partner",
        ge=0, le=1,
    )  # fmt: skip
    spread: float = setting(
        0.003, "1/yr", 0, 0.01, "assumption", "Fall of the cost of capital for savers who invest at home", ge=0
    )

    def effect(self, view: View, act: Handle, memory: Any) -> None:
        capital, centre = view.capital.sum(axis=1), memory.partner
        gross = (view.return_to_capital * view.capital).sum(axis=1) / capital + view.parameters.capital.depreciation
        info, listing, spread = (memory.each(name) for name in ("info", "listing", "spread"))
        depth = np.where(memory.targets == centre, 0.0, memory.depth[memory.targets])
        j, nearer = memory.targets, info * depth
        act.shift("information", -nearer, (j, centre))
        act.shift("information", -nearer * listing, (centre, j))
        cheaper = np.log1p(spread * depth / gross[j])
        act.shift("capital_return", view.parameters.capital.return_elasticity * cheaper, (j, j))
