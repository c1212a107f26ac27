"""What every mechanism has in common: when, where, how strongly, at whose cost."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from pydantic import Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

import sim.world as worlds
from sim.errors import nearest
from sim.parameters import Strict
from sim.policy.accounts import Accounts
from sim.policy.settlement import Handle
from sim.policy.targets import Region, Settings, spellings
from sim.policy.view import View
from sim.world.types import World

Memory = dict[str, Any]
YEARS = "mechanism.years"  # code of the fault that the end is not after the start


class Funding(Strict):
    """Who pays: shares by level of government, 1 in sum.

    Attributes
    ----------
    nation, province, centre, host : float
        ``province`` and ``host`` are those of the targets.
    """

    nation: float = Field(default=0.0, ge=0, le=1, description="Share of the nation [1]")
    province: float = Field(default=0.0, ge=0, le=1, description="Share of the targets' provinces [1]")
    centre: float = Field(default=0.0, ge=0, le=1, description="Share of the central city [1]")
    host: float = Field(default=0.0, ge=0, le=1, description="Share of the targets themselves [1]")

    @model_validator(mode="before")
    @classmethod
    def _centre_by_default(cls, given: Any) -> Any:
        return {"centre": 1.0} if given == {} else given

    @model_validator(mode="after")
    def _whole(self) -> Funding:
        total = self.nation + self.province + self.centre + self.host
        if abs(total - 1) > 1e-9:
            raise ValueError(f"funding shares sum to {total:g}; expected 1 over nation, province, centre, host")
        return self

    def payers(self, accounts: Accounts, centre: int, weights: np.ndarray) -> list[tuple[int, float]]:
        """Return ``(account, share)`` of a cost spread over regions.

        Parameters
        ----------
        accounts : Accounts
        centre : int
            Index of the central city.
        weights : (R,) float
            Share of the cost that each region causes, 1 in sum.
        """
        shares = np.zeros(len(accounts))
        shares[accounts.nation] = self.nation
        shares[accounts.treasury[centre]] = self.centre
        np.add.at(shares, accounts.province, self.province * weights)
        np.add.at(shares, accounts.treasury, self.host * weights)
        return [(int(a), float(shares[a])) for a in np.flatnonzero(shares)]


class Mechanism(Strict):
    """A policy instrument: a frozen specification and two hooks.

    `decide` runs in phase 1 and sees last year's outcome; `settle` runs in phase 5, sees this
    year's and may only transfer money. Neither may keep state elsewhere than in ``memory``.

    Attributes
    ----------
    reads, writes : frozenset of str
        Names of `sim.policy.view.OUTCOME`; names of `sim.policy.settlement.WEDGES` and ``ORDERS``.
    per_target : tuple of str
        Fields that ``overrides`` may set by target.
    """

    reads: ClassVar[frozenset[str]] = frozenset()
    writes: ClassVar[frozenset[str]] = frozenset()
    per_target: ClassVar[tuple[str, ...]] = ()

    kind: str
    name: str = Field("", description="Name in results; the kind by default")
    strength: float = Field(1.0, ge=0, description="Scale of the whole instrument; 0 is the baseline [1]")
    start: int | None = Field(None, description="First calendar year; the start of the run by default [year]")
    end: int | None = Field(None, description="First calendar year without it [year]")
    phase_in: float = Field(0.0, ge=0, description="Years until full strength [year]")
    funding: Funding = Field(default_factory=lambda: Funding(centre=1.0), description="Who pays [1]")
    delivery: float = Field(1.0, ge=0, le=1, description="Share of what is planned or due that arrives [1]")
    overrides: dict[Region, Settings] = Field(
        default_factory=dict, description="Other settings for some targets: selector to fields"
    )

    @model_validator(mode="before")
    @classmethod
    def _named(cls, given: Any) -> Any:
        if isinstance(given, dict):
            cls._once(given)
        if isinstance(given, dict) and not given.get("name"):
            kind = given.get("kind", cls.model_fields["kind"].default)
            return {**given, "name": kind}
        return given

    @classmethod
    def _once(cls, given: dict[str, Any]) -> None:
        """Refuse a field that is given by two of its names, a former one and the present one."""
        for name, field in cls.model_fields.items():
            keys = [key for key in spellings(name, field) if key in given]
            if len(keys) > 1:
                text = f"the former name of '{keys[0]}', which is given too; expected one of them"
                fault = InitErrorDetails(
                    type=PydanticCustomError("value_error", text), loc=(keys[1],), input=given[keys[1]]
                )
                raise ValidationError.from_exception_data(cls.__name__, [fault])

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
        return self

    def _with(self, fields: dict[str, Any]) -> Any:
        return type(self).model_validate({**self.model_dump(), "overrides": {}, **fields}) if fields else self

    def at(self, world: World, region: int) -> Any:
        """Return this specification as it holds in one region, with its overrides."""
        fields: dict[str, Any] = {}
        for selector, values in self.overrides.items():
            if worlds.select(world, [selector])[region]:
                fields.update(values)
        return self._with(fields)

    def level(self, year: int, run_start: int | None = None) -> float:
        """Return how far the mechanism is phased in, in [0, 1].

        Parameters
        ----------
        year : int
        run_start : int, optional
            First year of the run, the start of a mechanism that names none.
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
        """Return the names of the funds it may found."""
        return []

    def prepare(self, world: World, accounts: Accounts, start_year: int) -> Memory:
        """Return the memory at the start of a run."""
        return {"start": self.start if self.start is not None else start_year}

    def decide(self, view: View, act: Handle, memory: Memory) -> None:
        """Post on last year's outcome (phase 1)."""

    def settle(self, view: View, act: Handle, memory: Memory) -> None:
        """Transfer and report on this year's outcome (phase 5)."""
