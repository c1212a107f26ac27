"""Service sharing: staff of the centre's schools or hospitals serve people of targets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from sim.parameters import setting
from sim.policy.accounts import Accounts
from sim.policy.posts import Handle
from sim.policy.programme import Programme, ProgrammeMemory
from sim.policy.targets import Region, pick_one
from sim.policy.view import View
from sim.world.types import World


@dataclass(kw_only=True)
class SharingMemory(ProgrammeMemory):
    """The region that lends its staff, and the depth of each year so far."""

    sponsor: int
    depths: list[np.ndarray] = field(default_factory=list)


class ServiceSharing(Programme):
    """Schools of the sponsor lend teachers to targets, open branches there and teach at a distance.

    A spend of ``per_head`` serves a person; the staff lent, at most the share ``lent``, limits how many are served.
    Services of targets seem better by ``quality`` where all are served, and ``lag`` years later more workers graduate.
    What the money buys is staff, and adds to no stock: the wedges are the services. It hurts those whom the lent staff
    served at home, and a target whose graduates leave for richer cities.
    """

    writes: ClassVar[frozenset[str]] = frozenset({"purchase", "services", "graduation"})
    per_target: ClassVar[tuple[str, ...]] = (*Programme.per_target, "quality", "boost")

    kind: Literal["education_sharing"] = "education_sharing"
    sponsor: Region = Field("centre", description="The region whose staff is lent")
    amount: float = setting(1000.0, "million yuan/yr", 100, 5000, "assumption", "Money in a year over targets", ge=0)
    per: Literal["people"] = Field("people", description="By what money is shared and depth measured")
    per_head: float = setting(
        500.0, "yuan per person served and year", 200, 3000,
        "assumption; public spending on education is about 3,000 yuan a head and year", "Cost of serving a person",
        gt=0,
    )  # fmt: skip
    lent: float = setting(0.02, "1", 0, 0.1, "assumption", "Most that is lent of the sponsor's staff", ge=0, le=1)
    spread: float = setting(5.0, "1", 1, 20, "assumption", "People served there per person not served at home", ge=1)
    staff: float = setting(0.6, "1", 0.4, 0.8, "assumption", "Share of staff in the production of services", ge=0, le=1)
    quality: float = setting(0.3, "log", 0, 0.6, "assumption", "Gain in services where all are served", ge=0, le=1)
    boost: float = setting(0.3, "log", 0, 1, "assumption", "Gain in graduations where all are served", ge=0, le=1)
    lag: int = setting(4, "year", 2, 12, "assumption", "Years from service to graduation", ge=0, le=20)

    @classmethod
    def examples(cls) -> tuple[dict[str, Any], ...]:
        return ({"targets": ["qingyuan", "shaoguan"], "boost": 0.3, "funding": {"centre": 0.7, "host": 0.3}},)

    def prepare(self, world: World, accounts: Accounts, start_year: int) -> SharingMemory:
        sponsor = pick_one(world, f"{self.name}.sponsor", self.sponsor)
        return SharingMemory(**vars(super().prepare(world, accounts, start_year)), sponsor=sponsor)

    def _served(self, memory: Any) -> float:
        """Return the people whom the money alone would serve over those whom the staff can serve."""
        served = (super().load(memory)[1] * memory.size).sum()
        return float(served / max(self.lent * self.spread * memory.size[memory.sponsor], 1e-300))

    def load(self, memory: Any) -> tuple[str, np.ndarray]:
        pool, load = super().load(memory)
        return pool, load / max(1.0, self._served(memory))

    def effect(self, view: View, act: Handle, memory: Any) -> None:
        memory.depths.append(memory.depth)
        targets = memory.targets
        quality, boost = memory.each("quality"), memory.each("boost")
        act.shift("services", quality * memory.depth[targets], (targets,))
        act.shift("services", -self.staff * self.lent * min(1.0, self._served(memory)), (memory.sponsor,))
        if len(memory.depths) > self.lag:
            act.shift("graduation", boost * memory.depths[-1 - self.lag][targets], (targets,))
