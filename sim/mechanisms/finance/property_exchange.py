"""Property exchange: a common market of firms' assets, on which sellers and buyers of the members meet."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np

from sim.parameters import setting
from sim.policy.partner import pair_depth
from sim.policy.posts import Handle
from sim.policy.programme import Programme
from sim.policy.view import View

MEMBERS = ("guangdong", "guangxi", "hunan", "jiangxi")


class PropertyExchange(Programme):
    """Links the exchanges of its members: assets of closed firms are sold, and returns are disclosed.

    Less of the capital of a closing firm is scrapped, and savers of a member respond more to the returns of other
    members. It hurts members with low returns: their capital leaves.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"return_to_capital", "capital"})
    writes: ClassVar[frozenset[str]] = frozenset({"purchase", "recovery", "capital_return"})
    per_target: ClassVar[tuple[str, ...]] = (*Programme.per_target, "recovery")
    priced: ClassVar[bool] = False

    kind: Literal["property_exchange"] = "property_exchange"
    amount: float = setting(300.0, "million yuan/yr", 50, 3000, "assumption", "Cost in a year", ge=0)
    per_head: float = setting(
        1.0, "yuan per head and year", 0.3, 3, "assumption", "Steady spend that gives 63 % of the effect", gt=0
    )
    recovery: float = setting(
        0.05, "log", 0, 0.3, "assumption", "Fall of the part of capital lost when a firm closes", ge=0
    )
    discovery: float = setting(
        0.5, "1", 0, 2, "assumption", "Additional response of savers to returns of other members", ge=0
    )
    openness: float = setting(0.0, "log odds", 0, 1, "assumption", "Fall of the bias against other members", ge=0)

    def effect(self, view: View, act: Handle, memory: Any) -> None:
        j = memory.targets
        act.shift("recovery", memory.depth[j] * memory.each("recovery"), j)
        capital = view.capital[j].sum(axis=1)
        gross = (view.return_to_capital[j] * view.capital[j]).sum(axis=1) / capital
        value = np.log(gross + view.parameters.capital.depreciation)
        better = value - (capital * value).sum() / capital.sum()
        odds = self.discovery * view.parameters.capital.return_elasticity * better + self.openness
        act.shift("capital_return", pair_depth(memory, j) * odds, np.ix_(j, j))
