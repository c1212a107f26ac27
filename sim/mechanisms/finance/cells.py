"""Choice of cells of regions and sectors by public investors."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from sim.mechanisms.finance.planning import market, mixed
from sim.mechanisms.finance.returns import gross_return
from sim.parameters import setting
from sim.policy.mechanism import Mechanism
from sim.policy.targets import Region, Regions, Sectors, pick, sector_mask
from sim.policy.view import View
from sim.world.types import World


class CellChoice(Mechanism):
    """Base of instruments that spread money over cells ``(j, s)``.

    The weight of a cell is ``K^b_size exp(b_return ln(rho + delta) + b_need need_j)``, with capital K and need the gap
    of services per head to the national mean; or shares of regions are listed. The market may decide on a part of it.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"services", "return_to_capital", "capital"})
    per_target: ClassVar[tuple[str, ...]] = ("sectors",)

    targets: Regions = Field(default_factory=lambda: ["supporting"], description="Selectors of regions")
    sectors: Sectors = Field(default_factory=list, description="Sectors it may invest in; all by default")
    selection: Literal["return", "need", "mix", "list"] = Field("mix", description="How cells are chosen")
    size_weight: float = setting(
        1.0, "1", 0, 1, "a fund buys shares of existing firms: assumption",
        "Response to log capital of a cell, b_size; 0: cells of any size are equal", ge=0, le=1,
    )  # fmt: skip
    return_weight: float = setting(1.0, "1", 0, 3, "assumption", "Response to log gross return, b_return", ge=0)
    need_weight: float = setting(1.0, "1", 0, 3, "assumption", "Response to need, b_need", ge=0)
    planned_share: float = setting(
        1.0, "1", 0, 1, "all of it: assumption", "Part of the money that is planned; the market decides on the rest",
        ge=0, le=1,
    )  # fmt: skip
    targeting_error: float = setting(
        0.0, "log", 0, 2.5, "assumption", "Standard deviation of the planner's errors about regions", ge=0
    )
    shares: dict[Region, float] = Field(default_factory=dict, description="Share by region for selection list [1]")

    @model_validator(mode="after")
    def _listed(self) -> CellChoice:
        if (self.selection == "list") != bool(self.shares):
            raise ValueError(f"{self.name}: 'shares' goes with selection 'list', and only with it")
        if self.shares and (min(self.shares.values()) < 0 or sum(self.shares.values()) <= 0):
            raise ValueError(f"{self.name}: shares must be 0 or more and not all 0")
        return self

    def allowed_cells(self, world: World) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the cells that money may go to, (R, S) bool, and listed shares by region, (R,), if there are any."""
        listed = np.zeros(world.n_regions)
        for selector, share in self.shares.items():
            found = pick(world, f"{self.name}.shares", [selector])
            listed[found] += share / len(found)
        allowed = np.zeros((world.n_regions, len(world.sectors)), dtype=bool)
        for j in pick(world, f"{self.name}.targets", self.targets):
            allowed[j] = sector_mask(world, f"{self.name}.sectors", self.at(world, int(j)).sectors)
        return allowed, listed if self.selection == "list" else None

    @property
    def _weights(self) -> tuple[float, float]:
        """Weights of return and of need in the choice of cells."""
        by_return = 0.0 if self.selection in ("need", "list") else self.return_weight
        by_need = 0.0 if self.selection in ("return", "list") else self.need_weight
        return by_return, by_need

    @property
    def beyond_return(self) -> float:
        """Part of the choice of cells that other criteria than their return guide, in [0, 1]."""
        by_return, by_need = self._weights
        return self.planned_share * (1.0 - by_return / (by_return + by_need) if by_return > 0 else 1.0)

    def cells(self, view: View, allowed: np.ndarray, listed: np.ndarray | None) -> np.ndarray:
        """Return the share of each cell in an outlay, (R, S), 1 in sum or all 0."""
        by_return, by_need = self._weights
        # a cell without capital has no firms whose equity could be bought
        weight = np.exp(
            by_return * np.log(gross_return(view)) + by_need * np.maximum(0.0, 1.0 - view.services)[:, None]
        )
        weight = weight * view.capital**self.size_weight * (allowed & (view.capital > 0))
        if listed is not None:
            weight = weight / np.maximum(weight.sum(1, keepdims=True), 1e-300) * listed[:, None]
        return mixed(view, weight, market(view, allowed), self.planned_share, self.targeting_error)
