"""Programmes of research: facilities whose work several cities use, and links between those who know."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import Field

from sim.parameters import setting
from sim.policy.partner import PartnerProgramme
from sim.policy.posts import Handle
from sim.policy.targets import Sectors, sector_mask
from sim.policy.view import View


class ResearchProgramme(PartnerProgramme):
    """Base class of programmes of research and of links of knowledge in some sectors.

    The yearly work of a facility is what is written off of its stock: the same as what is spent, in the long run.
    """

    sectors: Sectors = Field(default_factory=lambda: ["high_tech"], description="Sectors that it serves")
    gain: float = setting(
        0.05, "1", 0, 0.5, "assumption", "Weight of a link, where all ordinary contacts together weigh 1", ge=0, le=3
    )

    @property
    def pool(self) -> str:
        """Programmes of a kind share their effect if they have the same partner and sectors."""
        return f"{super().pool}:{','.join(sorted(self.sectors))}"

    def served(self, view: View) -> np.ndarray:
        """Return the indices of the sectors that it serves."""
        return np.flatnonzero(sector_mask(view.world, f"{self.name}.sectors", self.sectors))

    def add_research(self, view: View, act: Handle, memory: Any, regions: np.ndarray, share: float) -> None:
        """Add a share of the yearly work of the facility to the public research of each of some regions."""
        work = share * self.wear * memory.stock.sum() * view.deflator
        more = np.log1p(work / view.research[regions])
        act.shift("research", more[:, None], np.ix_(regions, self.served(view)))
