"""How public investors choose cells of regions and sectors, and how far private partners follow them."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from sim.parameters import setting
from sim.policy.mechanism import Mechanism
from sim.policy.targets import Region, Regions, Sectors, pick, sector_mask
from sim.policy.view import View
from sim.world.types import World


def gross_return(view: View) -> np.ndarray:
    """Return last year's return before depreciation, (R, S) 1/yr, never below a trace."""
    return np.maximum(view.return_to_capital + view.parameters.capital.depreciation, 1e-4)


def partners(view: View) -> np.ndarray:
    """Return the share of a planned match that private money takes up, (R, S), at most 1.

    Partners respond to a return below the nation's as all savers do.
    """
    gross = gross_return(view)
    mean = (gross * view.capital).sum() / view.capital.sum()
    return np.minimum(1.0, (gross / mean) ** view.parameters.capital.return_elasticity)


class CellChoice(Mechanism):
    """Base of instruments that spread money over cells ``(j, s)``.

    The weight of a cell is ``exp(b_return ln(rho + delta) + b_need need_j)``, with need the gap of services per head to
    the national mean, or a list of shares by region.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"services", "return_to_capital", "capital"})
    per_target: ClassVar[tuple[str, ...]] = ("sectors",)

    targets: Regions = Field(default_factory=lambda: ["supporting"], description="Selectors of regions")
    sectors: Sectors = Field(default_factory=list, description="Sectors it may invest in; all by default")
    selection: Literal["return", "need", "mix", "list"] = Field("mix", description="How cells are chosen")
    return_weight: float = setting(1.0, "1", 0, 3, "assumption", "Response to log gross return, b_return", ge=0)
    need_weight: float = setting(1.0, "1", 0, 3, "assumption", "Response to need, b_need", ge=0)
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

    def cells(self, view: View, allowed: np.ndarray, listed: np.ndarray | None) -> np.ndarray:
        """Return the share of each cell in an outlay, (R, S), 1 in sum or all 0."""
        by_return = 0.0 if self.selection in ("need", "list") else self.return_weight
        by_need = 0.0 if self.selection in ("return", "list") else self.need_weight
        need = np.maximum(0.0, 1.0 - view.services)
        # a cell without capital has no firms whose equity could be bought
        weight = np.exp(by_return * np.log(gross_return(view)) + by_need * need[:, None])
        weight = weight * (allowed & (view.capital > 0))
        if listed is not None:
            weight = weight / np.maximum(weight.sum(1, keepdims=True), 1e-300) * listed[:, None]
        total = weight.sum()
        return weight / total if total > 0 else weight
