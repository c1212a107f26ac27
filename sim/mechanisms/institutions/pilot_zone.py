"""Pilot zones: reforms are tried there, evaluated, kept or dropped, and copied elsewhere."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
import scipy
from pydantic import Field

import sim.world as worlds
from sim.mechanisms.institutions.reform import DOMAINS, ROUNDING, Domain, PilotMemory, Reform, post_by_region
from sim.parameters import setting
from sim.policy.accounts import Accounts
from sim.policy.evidence import Realised
from sim.policy.mechanism import Mechanism
from sim.policy.posts import Handle
from sim.policy.targets import Regions, pick
from sim.policy.view import View, talent_ratio
from sim.world.types import World


class PilotZone(Mechanism):
    """Each pilot tries a reform of unknown effect for some years, keeps it if it seems good, and tries another.

    In a trial officials add an ``effort`` that does not last, and the effect is seen with noise. A naive authority
    takes what it sees for the effect; another one allows for effort, noise and the mean of reforms. A reform that is
    kept is copied by ``adopters``, sooner where contacts are close and talent is plenty, at a cost; where the economy
    differs from the pilot's it works less well. It hurts where naive authorities copy noise and effort: what they
    copy may be worth less than nothing.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"people", "value_added", "information_hours", "adoption"})
    writes: ClassVar[frozenset[str]] = frozenset({"purchase"}.union(*DOMAINS.values()))
    per_target: ClassVar[tuple[str, ...]] = ("strength", "funding", "delivery", "start", "end")
    realised: ClassVar[tuple[Realised, ...]] = (
        Realised("the money planned was paid", "spent", of=("spent", "shortfall")),
    )

    kind: Literal["pilot_zone"] = "pilot_zone"
    targets: Regions = Field(default_factory=lambda: ["pilot"], description="Selectors of pilots")
    adopters: Regions = Field(default_factory=list, description="Selectors of regions that may copy; none by default")
    domain: Domain = Field("reform", description="What reforms change")
    mean: float = setting(0.0, "log", -0.02, 0.02, "assumption", "Mean effect of reforms")
    sd: float = setting(0.02, "log", 0, 0.05, "assumption", "Standard deviation of their effects", ge=0)
    trial_years: int = setting(3, "year", 2, 6, "assumption", "Years of a trial", ge=1, le=20)
    noise: float = setting(0.02, "log", 0, 0.1, "assumption", "Error in judging a trial, standard deviation", ge=0)
    effort: float = setting(0.01, "log", 0, 0.03, "assumption", "Effect of excess effort during trials", ge=0)
    naive: bool = Field(True, description="Whether what is seen is taken for the effect")
    threshold: float = setting(0.0, "log", 0, 0.02, "assumption", "Merit above which a reform is kept")
    hazard: float = setting(0.5, "1/yr", 0.1, 1, "assumption", "Rate at which good reforms are copied nearby", ge=0)
    mismatch: float = setting(0.5, "1", 0, 1, "assumption", "Loss where the economy differs altogether", ge=0, le=1)
    limit: float = setting(0.15, "log", 0.05, 0.3, "assumption", "Most that reforms can change together", ge=0)
    amount: float = setting(500.0, "million yuan/yr", 100, 5000, "assumption", "Cost of trials over all pilots", ge=0)
    adapt_cost: float = setting(500.0, "million yuan", 0, 2000, "assumption", "Cost of copying a reform, once", gt=0)

    @classmethod
    def examples(cls) -> tuple[dict[str, Any], ...]:
        sure = {"targets": ["foshan"], "mean": 0.02, "sd": 0.01, "adopters": ["supporting"], "trial_years": 2}
        return tuple({**sure, "domain": domain, "hazard": 10.0} for domain in DOMAINS)

    def planned_cost(self, world: World, years: int) -> float:
        size = self.strength * self.delivery * self.active_years(world, years) * (1.0 + self.funding.attracted)
        # half of the reforms are kept, each copied by most adopters in the end
        reforms = 0.5 * years / self.trial_years * len(pick(world, f"{self.name}.targets", self.targets))
        copies = min(size, 1.0) * reforms * int(worlds.select(world, self.adopters).sum()) * (self.amount > 0)
        return size * self.amount + copies * self.adapt_cost

    def prepare(self, world: World, accounts: Accounts, start_year: int) -> PilotMemory:
        pilots = pick(world, f"{self.name}.targets", self.targets)
        return PilotMemory(
            start=self.begin(start_year), pilots=pilots, specs=[self.at(world, int(q)) for q in pilots],
            adopters=worlds.select(world, self.adopters), reforms=[], trials=[], copies=[], running={},
        )  # fmt: skip

    def decide(self, view: View, act: Handle, memory: PilotMemory) -> None:
        memory.posts, memory.trials, memory.copies = [], [], []
        for q, spec in zip(memory.pilots, memory.specs, strict=True):
            size = self.now(view, memory, spec) * self.delivered(view, memory, spec)
            if size > 0 and self.amount > 0:
                self._try(view, act, memory, int(q), size * self.amount / len(memory.pilots), spec)
                for reform in memory.reforms:
                    if reform.pilot == q and reform.kept:
                        self._copy(view, act, memory, reform, size)
        self._effect(view, act, memory)

    def _try(self, view: View, act: Handle, memory: PilotMemory, q: int, money: float, spec: Any) -> None:
        """Judge a reform whose trial is over, draw another, and pay for the year's trial."""
        reform = memory.running.get(q)
        if reform is None or reform.tried >= self.trial_years - ROUNDING:
            number = 0 if reform is None else reform.number + 1
            if reform is not None:
                error = view.draw(f"error{q}", number, year=0)[-1]
                reform.judge(self, float(error))
            effect = self.mean + self.sd * view.draw(f"effect{q}", number + 1, year=0)[number]
            none = np.zeros(view.world.n_regions)
            memory.running[q] = Reform(q, float(effect), number, none > 0, none)
            memory.reforms.append(memory.running[q])
        payer, region, amount = spec.funding.bill(view, np.array([q]), np.array([money]))
        post = act.purchase(payer, region, amount, f"trial:{self.name}", basket="services")
        memory.posts.append(post)
        memory.trials.append((memory.running[q], money * len(memory.pilots) / self.amount, post))

    def _copy(self, view: View, act: Handle, memory: PilotMemory, reform: Reform, size: float) -> None:
        """Let regions decide to copy a reform, and pay what is missing of the cost of those that decided."""
        q, able = reform.pilot, np.minimum(2.0, talent_ratio(view))
        near = np.exp(view.adoption[q] - view.parameters.learning.link_decay * view.information_hours[q])
        hazard = self.hazard * min(1.0, reform.merit / max(self.sd, ROUNDING)) * near * able
        chosen = scipy.special.ndtr(view.draw(f"copy{q}.{reform.number}", len(able))) < -np.expm1(-hazard)
        may = memory.adopters & (np.arange(len(able)) != q)
        reform.copying |= chosen & may
        here = np.flatnonzero(reform.copying & (reform.paid < 1.0 - ROUNDING))
        part = np.minimum(size, 1.0 - reform.paid[here])
        if len(here):
            bill = self.funding.bill(view, here, part * self.adapt_cost)
            post = act.purchase(*bill, f"copy:{self.name}", basket="services")
            memory.posts.append(post)
            memory.copies.append((reform, here, part, post))

    def _effect(self, view: View, act: Handle, memory: PilotMemory) -> None:
        """Post the sum of reforms that are tried or kept, (R,), within the limit."""
        total = np.zeros(view.world.n_regions)
        share = view.value_added / view.value_added.sum(axis=1, keepdims=True)
        for reform in memory.reforms:
            q = reform.pilot
            if reform.kept:
                similar = 1.0 - self.mismatch * 0.5 * np.abs(share - share[q]).sum(axis=1)
                total += reform.effect * reform.paid * (similar if reform.effect > 0 else 1.0)
                total[q] += reform.effect
            elif memory.running[q] is reform:
                total[q] += (reform.effect + self.effort) * reform.under_way
        total = np.clip(total, -self.limit, self.limit)
        for wedge, factor in DOMAINS[self.domain].items() if total.any() else ():
            post_by_region(act, wedge, factor * total)

    def settle(self, view: View, act: Handle, memory: PilotMemory) -> None:
        for reform, share, post in memory.trials:
            reform.tried += share * post.share
            reform.under_way = min(1.0, share * post.share)
        for reform, regions, part, post in memory.copies:
            reform.paid[regions] += part * post.shares(len(reform.paid))[regions]
        if self.strength > 0:
            kept = [reform for reform in memory.reforms if reform.kept]
            act.report("spent", memory.granted(view.prices), "million yuan/yr")
            act.report("shortfall", memory.shortfall(view.prices), "million yuan/yr")
            act.report("tried", float(len(memory.reforms)), "1")
            act.report("kept", float(len(kept)), "1")
            act.report("copies", float(sum((r.paid >= 1.0 - ROUNDING).sum() for r in kept)), "1")
            if kept:
                effect = float(np.mean([r.effect for r in kept]))
                act.report("effect of kept", effect, "1")
                act.report("overestimate of kept", float(np.mean([r.merit for r in kept])) - effect, "1")
