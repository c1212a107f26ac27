"""Base class of mechanisms: timing, targets, strength, funding."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import scipy
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

import sim.world as worlds
from sim.errors import nearest
from sim.parameters import Strict, error_at
from sim.policy.accounts import Accounts
from sim.policy.evidence import Finding, Harm, Realised, Recorded
from sim.policy.funding import Funding
from sim.policy.posts import Handle, Post
from sim.policy.targets import Region, Settings, spellings
from sim.policy.view import View
from sim.strict import Year
from sim.world.types import World

# Firms' discount rate, by which the credibility of a policy that may be reversed falls (assumption) [1/yr].
PATIENCE = 0.1
YEARS = "mechanism.years"  # code of the error that the end is not after the start


class Approval(Strict):
    """Approval of a mechanism before it begins."""

    lag: int = Field(default=0, ge=0, le=30, description="Years before it can be approved [year]")
    chance: float = Field(default=1.0, gt=0, le=1, description="Chance of being approved in a year [1/yr]")


@dataclass(kw_only=True)
class Memory:
    """Memory of a mechanism from year to year.

    Attributes
    ----------
    start : int
        Its first year; by default that of the run.
    approved, reversed : bool
        Whether it was approved, and whether it was reversed permanently.
    decided_for : int
        Last year for which these two were determined.
    posts : list of Post
        Posts of this year.
    """

    start: int
    approved: bool = False
    reversed: bool = False
    decided_for: int = -1
    posts: list[Post] = dataclasses.field(default_factory=list)

    def granted(self, prices: float) -> float:
        """Return the amount granted to this year's posts, million base-year yuan."""
        return sum(post.paid for post in self.posts) / prices

    def shortfall(self, prices: float) -> float:
        """Return the amount not granted to this year's posts, million base-year yuan."""
        return sum(post.wanted - post.paid for post in self.posts) / prices


def planned_wage(world: World, region: int) -> float:
    """Return about what talent of a region earns in the base year, million yuan: its value added per person."""
    return float(world.value_added[region].sum() / world.people[region].sum())


class Mechanism(Strict):
    """A policy instrument: a frozen specification and two hooks.

    `decide` runs in phase policy and sees last year's outcome; `settle` runs in phase `settle`, sees this
    year's and may only transfer money. Neither may keep state anywhere but in ``memory``.

    Attributes
    ----------
    reads, writes : frozenset of str
        Names of `sim.policy.view.OUTCOME`; names of `sim.policy.settlement.WEDGES` and ``ORDERS``. What funding
        needs is added to them; see `readable` and `writable`.
    per_target : tuple of str
        Fields that ``overrides`` may set by target.
    private_finance : bool
        Whether ``funding.private`` applies: to public works only.
    cost : str
        Empty, or ``none: REASON`` for a rule that costs no public money.
    priced : bool
        Whether the price of its effect is known; otherwise only a break-even cost is reported, and no ranking per yuan.
    study : str
        What the source study says of it.
    evidence : tuple of str or Finding
        Published findings, one sentence each with its source.
    hurts : tuple of Harm
        Who loses, and when. These three are read from ``KIND.evidence.yaml`` in the folder of the module; see
        `sim.policy.evidence.Record`.
    realised : tuple of Realised
        What a run realises of the plan, from reported items.
    preset_of : type, optional
        The kind of which it is a preset.
    """

    reads: ClassVar[frozenset[str]] = frozenset()
    writes: ClassVar[frozenset[str]] = frozenset()
    per_target: ClassVar[tuple[str, ...]] = ()
    private_finance: ClassVar[bool] = False
    cost: ClassVar[str] = ""
    priced: ClassVar[bool] = True
    study: ClassVar[str] = Recorded("study")  # type: ignore[assignment]
    evidence: ClassVar[tuple[str | Finding, ...]] = Recorded("evidence")  # type: ignore[assignment]
    hurts: ClassVar[tuple[Harm, ...]] = Recorded("hurts")  # type: ignore[assignment]
    realised: ClassVar[tuple[Realised, ...]] = ()
    preset_of: ClassVar[type[Mechanism] | None] = None

    kind: str
    name: str = Field("", description="Name in results; the kind by default")
    strength: float = Field(1.0, ge=0, description="Scale of the whole instrument; 0 is the baseline [1]")
    start: Year | None = Field(None, description="First calendar year; the start of the run by default [year]")
    end: Year | None = Field(None, description="First calendar year without it [year]")
    phase_in: float = Field(0.0, ge=0, description="Years until full strength [year]")
    funding: Funding = Field(default_factory=lambda: Funding(centre=1.0), description="Who pays [1]")
    delivery: float = Field(1.0, ge=0, le=1, description="Share of what is planned or due that arrives [1]")
    approval: Approval = Field(default_factory=Approval, description="When it is let begin")
    practice: float = Field(0.0, ge=0, le=0.3, description="Yearly fall of what is not delivered, by practice [1/yr]")
    reversal: float = Field(0.0, ge=0, le=0.3, description="Chance of being ended for good in a year [1/yr]")
    overrides: dict[Region, Settings] = Field(
        default_factory=dict, description="Other settings for some targets: selector to fields"
    )

    @model_validator(mode="before")
    @classmethod
    def _named(cls, given: Any) -> Any:
        if isinstance(given, dict):
            cls._once(given)
        if isinstance(given, dict) and given.get("name", "") == "":
            kind = given.get("kind", cls.model_fields["kind"].default)
            return {**given, "name": kind}
        return given

    @classmethod
    def _once(cls, given: dict[str, Any]) -> None:
        """Refuse a field that is given under two names, a former one and the present one."""
        for name, field in cls.model_fields.items():
            keys = [key for key in spellings(name, field) if key in given]
            if len(keys) > 1:
                text = f"the former name of '{keys[0]}', which is given too; expected one of them"
                raise error_at(cls.__name__, (keys[1],), text, given[keys[1]])

    @model_validator(mode="after")
    def _checked(self) -> Mechanism:
        if self.start is not None and self.end is not None and self.end <= self.start:
            text = f"{self.name}: end {self.end} is not after start {self.start}"
            raise PydanticCustomError(YEARS, text)
        for selector, fields in self.overrides.items():
            for field in fields:
                if field not in self.per_target:
                    hint = f"expected one of {list(self.per_target)}{nearest(field, self.per_target)}"
                    raise ValueError(f"{self.name}: overrides of '{selector}': cannot set '{field}'; {hint}")
            self._with(fields)
        if self.funding.private is not None and not self.private_finance:
            text = "funding.private: applies to public works only; expected no private finance, or another kind"
            raise ValueError(f"{self.name}: {text}")
        return self

    def _with(self, fields: dict[str, Any]) -> Any:
        return type(self).model_validate({**self.model_dump(), "overrides": {}, **fields}) if fields else self

    def at(self, world: World, region: int) -> Any:
        """Return this specification with its overrides for one region."""
        fields: dict[str, Any] = {}
        for selector, values in self.overrides.items():
            if worlds.select(world, [selector])[region]:
                fields.update(values)
        return self._with(fields)

    def level(self, year: int, run_start: int | None = None) -> float:
        """Return the phase-in level of the mechanism, in [0, 1].

        Parameters
        ----------
        year : int
        run_start : int, optional
            First year of the run, the default start of a mechanism.
        """
        begin = self.start if self.start is not None else run_start
        if (begin is not None and year < begin) or (self.end is not None and year >= self.end):
            return 0.0
        if begin is None or self.phase_in == 0:
            return 1.0
        return min(1.0, (year - begin + 1) / self.phase_in)

    def active_years(self, world: World, years: int) -> float:
        """Return the years at full strength in a run of some years from the world's year."""
        return sum(self.level(world.year + k, world.year) for k in range(years))

    def planned_cost(self, world: World, years: int) -> float:
        """Return the public money planned over a run of some years, million yuan."""
        raise NotImplementedError

    def sites(self, world: World) -> dict[str, int]:
        """Return the enclave sites it may open: the region of each name."""
        return {}

    def funds(self, world: World) -> list[str]:
        """Return the names of the funds it may set up."""
        return []

    @property
    def fundings(self) -> list[Funding]:
        """Its funding, and those of single targets."""
        single = [fields["funding"] for fields in self.overrides.values() if "funding" in fields]
        return [self.funding, *map(Funding.model_validate, single)]

    @property
    def readable(self) -> frozenset[str]:
        """Names of the outcome that it may read: those of its kind, and those its funding needs."""
        return self.reads.union(*(funding.reads for funding in self.fundings))

    @property
    def writable(self) -> frozenset[str]:
        """Wedges and orders that it may post: those of its kind, and those its funding needs."""
        return self.writes.union(*(funding.writes for funding in self.fundings))

    def purses(self, world: World) -> list[str]:
        """Return the names of further accounts that it uses, such as of a project company."""
        return []

    @classmethod
    def examples(cls) -> tuple[dict[str, Any], ...]:
        """Return settings that, together with the defaults, make the kind use everything it declares."""
        return ({},)

    @classmethod
    def companions(cls) -> tuple[dict[str, Any], ...]:
        """Return settings of other mechanisms that its examples need in their scenario."""
        return ()

    @property
    def credibility(self) -> float:
        """Credibility of the mechanism to forward-looking agents, in (0, 1]."""
        return PATIENCE / (PATIENCE + self.reversal)

    def begin(self, start_year: int) -> int:
        """Return the first year in a run that starts in ``start_year``."""
        return self.start if self.start is not None else start_year

    def now(self, view: View, memory: Memory, spec: Mechanism | None = None) -> float:
        """Return the size of the mechanism this year: strength, years, phase-in, approval, scale of evaluation.

        Parameters
        ----------
        view : View
        memory : Memory
        spec : Mechanism, optional
            Specification of one target; the mechanism itself by default.
        """
        spec = self if spec is None else spec
        size = spec.strength * spec.level(view.year, memory.start)
        if size > 0 and (self.reversal > 0 or self.approval != Approval()):
            self._decide_status(view, memory)
            size *= float(memory.approved and not memory.reversed)
        return size * view.scale

    def _decide_status(self, view: View, memory: Memory) -> None:
        """Determine, once a year, whether it is approved and whether it is reversed."""
        if memory.decided_for == view.year:
            return
        memory.decided_for = view.year
        if not memory.approved:
            late = view.year >= memory.start + self.approval.lag
            memory.approved = late and scipy.special.ndtr(view.draw("approval", 1)[0]) < self.approval.chance
        elif not memory.reversed:
            memory.reversed = scipy.special.ndtr(view.draw("reversal", 1)[0]) < self.reversal

    def delivered(self, view: View, memory: Memory, spec: Mechanism | None = None) -> float:
        """Return the share of what is planned that arrives this year; practice raises it with the years."""
        missing = 1.0 - (self if spec is None else spec).delivery
        return 1.0 - missing * math.exp(-self.practice * max(0, view.year - memory.start))

    def sizes(self, view: View, memory: Memory, specs: Sequence[Mechanism]) -> np.ndarray:
        """Return the size of each specification this year times what arrives of it, (k,)."""
        known: dict[int, float] = {}
        for spec in specs:
            if id(spec) not in known:
                known[id(spec)] = self.now(view, memory, spec) * self.delivered(view, memory, spec)
        return np.array([known[id(spec)] for spec in specs])

    def misfits(self, others: Sequence[Mechanism]) -> Iterator[tuple[str, str]]:
        """Yield fields, and sentences on why they do not fit the other mechanisms of a scenario."""
        return iter(())

    def scales(self, memory: Any) -> dict[str, float]:
        """Return by how much the money of other mechanisms, by name, is scaled from next year on."""
        return {}

    def load(self, memory: Any) -> tuple[str, np.ndarray] | None:
        """Return the pool whose effect it shares and its load in each region, (R,), if it has one."""
        return None

    def prepare(self, world: World, accounts: Accounts, start_year: int) -> Any:
        """Return the memory at the start of a run: a `Memory` or a subclass."""
        return Memory(start=self.begin(start_year))

    def decide(self, view: View, act: Handle, memory: Any) -> None:
        """Post on last year's outcome (phase policy)."""

    def settle(self, view: View, act: Handle, memory: Any) -> None:
        """Transfer and report on this year's outcome (phase `settle`)."""
