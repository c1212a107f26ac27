"""Programmes that serve their targets from a partner's city, and the depth of pairs of cities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import Field

from sim.parameters import setting
from sim.policy.accounts import Accounts
from sim.policy.funding import Bill
from sim.policy.posts import Handle, Post
from sim.policy.programme import Programme, ProgrammeMemory
from sim.policy.targets import Region, pick_one
from sim.policy.view import View
from sim.world.types import World


@dataclass(kw_only=True)
class PartnerMemory(ProgrammeMemory):
    """Memory of a programme with a partner."""

    partner: int


class PartnerProgramme(Programme):
    """Base class of programmes for which a partner's city works: part of the money is spent there."""

    partner: Region = Field("centre", description="City that serves the targets")
    at_partner: float = setting(
        1.0, "1", 0, 1, "assumption", "Share of the purchases made in the partner's city; the rest in the targets",
        ge=0, le=1,
    )  # fmt: skip

    @property
    def pool(self) -> str:
        """Programmes of a kind share their effect if they have the same partner."""
        return f"{self.kind}:{self.partner}"

    def prepare(self, world: World, accounts: Accounts, start_year: int) -> PartnerMemory:
        """Return the memory at the start of a run."""
        memory = super().prepare(world, accounts, start_year)
        return PartnerMemory(**vars(memory), partner=pick_one(world, f"{self.name}.partner", self.partner))

    def spend(self, view: View, act: Handle, memory: Any, bill: Bill) -> list[Post]:
        """Spend the money of the year, in part in the partner's city."""
        parts = ((self.at_partner, memory.partner), (1.0 - self.at_partner, bill.region))
        return [
            act.purchase(bill.payer, region, share * bill.amount, self.purpose, adds=self.adds, basket=self.basket)
            for share, region in parts
            if share > 0
        ]


def partners(memory: PartnerMemory) -> np.ndarray:
    """Return the targets and their partner, each once, (m,) int."""
    return np.union1d(memory.targets, [memory.partner])


def pair_depth(memory: ProgrammeMemory, members: np.ndarray) -> np.ndarray:
    """Return the depth of pairs of cities, (m, m) in [0, 1]: the smaller of two depths, 0 on the diagonal.

    A member that is not a target is ready from the start: its depth is 1.

    Parameters
    ----------
    members : (m,) int
    """
    depth = np.where(np.isin(members, memory.targets), memory.depth[members], 1.0)
    pairs = np.minimum.outer(depth, depth)
    np.fill_diagonal(pairs, 0.0)
    return pairs
