"""What a kind of mechanism states about itself: published findings, and what a run realises of its plan."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sim import documents
from sim.errors import UserError

# A: the published size and the interval overlap, of a causal estimate for China of the outcome, in the unit and at the
# horizon that are measured; a default that was fitted to it counts, and is named. B: any other published effect.
GRADES = {
    "A": "a causal Chinese estimate lies within the interval of the model",
    "B": "estimates from elsewhere, descriptive ones, or causal ones whose size the model does not reproduce",
    "C": "assumption: no published effect",
}


# What effects are measured on: sums over regions, unless a mean is noted.
Measured = Literal[
    "value_added", "value_added_per_head", "real_income", "people", "talent", "capital", "firms", "employment",
    "exports", "emissions", "environment", "services", "rent", "price", "wage", "knowledge", "public_revenue",
    "capital_flow", "talent_flow",
]  # fmt: skip


class Measure(BaseModel):
    """What an effect is measured on, in the bundled comparison of a kind (``experiments/instruments``).

    The effect is the paired difference from no policy of the mean of the last three years, in % (of knowledge, in log
    points times 100).

    Attributes
    ----------
    text : str
        The outcome and the group in words, such as "value added of the host cities".
    outcome : str
        Means per person: real_income, value_added_per_head, services; means over people: environment, rent, price,
        knowledge; mean over workers: wage; all others are sums.
    group : tuple of str
        Selectors of regions; all regions if empty.
    to : tuple of str
        Of flows: selectors of destinations; both directions are added.
    sectors : tuple of str
        Sectors; all if empty.
    sign : {-1, 1}
        Expected direction.
    horizon : int
        Years from the start of the instrument to the last of those three [year].
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: Annotated[str, Field(min_length=1)]
    outcome: Measured
    group: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    sign: Literal[-1, 1] = 1
    horizon: Annotated[int, Field(ge=3, le=40)] = 10


class Harm(BaseModel):
    """Who loses by an instrument, and when: a group whose outcome falls in an arm of the bundled comparison.

    Attributes
    ----------
    text : str
        The condition in words, such as "an enclave whose sponsor has no lead".
    measure : Measure
        With the sign -1.
    arm : str
        Arm of the comparison: the instrument at its defaults, or ``hurts``, under the condition.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: Annotated[str, Field(min_length=1)]
    measure: Measure
    arm: Literal["instrument", "hurts"] = "hurts"


class Finding(BaseModel):
    """A published finding.

    Its size is compared with that of the model where outcome, unit and horizon agree and the instrument is the one that
    was studied, and of the size that was studied; where one of these differs, or where no size was read, ``differs``
    says which and only the direction is compared. Where the model is off by more than a factor of three a default moves
    within its range, if it can, and ``fitted`` says so; if it cannot, the contradiction stands.

    Attributes
    ----------
    text : str
        One sentence with its source.
    about : {"setting", "effect"}
        Whether it bears on a setting, or on the effect of the instrument.
    place : {"China", "elsewhere"}
    causal : bool
        Whether the effect is identified, not only described.
    row : str
        Row of ``hinterland validate evidence`` that measures the same effect; empty without.
    low, high : float
        Published size, in the unit of that row or of the measure; missing if only its direction is compared.
    differs : str
        Why no size is compared: ``outcome``, ``unit``, ``horizon`` or ``instrument`` and what it is in the publication,
        or ``size`` if none was read; empty if a size is compared.
    memory : bool
        Whether the finding is from memory, not read.
    measure : Measure, optional
        What the effect is measured on in the bundled comparison of the kind.
    arm : {"instrument", "studied"}
        Arm of that comparison: the instrument at its defaults, or of the size that was studied.
    fitted : str
        Where a default was moved within its range to the published size: the setting, and what it was.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: Annotated[str, Field(min_length=1)]
    about: Literal["setting", "effect"] = "setting"
    place: Literal["China", "elsewhere"] = "China"
    causal: bool = False
    row: str = ""
    low: float = math.nan
    high: float = math.nan
    differs: Annotated[str, Field(pattern=r"^$|^(outcome|unit|horizon|instrument|size): \S")] = ""
    memory: bool = False
    measure: Measure | None = None
    arm: Literal["instrument", "studied"] = "instrument"
    fitted: str = ""

    @model_validator(mode="after")
    def _one_of_two(self) -> Finding:
        if self.sized and self.differs:
            raise ValueError("a size is compared, and 'differs' says why not")
        if self.sized and not self.key:
            raise ValueError("a size without a row or a measure to compare it with")
        if math.isnan(self.low) != math.isnan(self.high) or self.low > self.high:
            raise ValueError("expected low and high, and low not above high")
        return self

    @property
    def sized(self) -> bool:
        """Whether its size is compared."""
        return not math.isnan(self.low)

    @property
    def key(self) -> str:
        """Name under which the effect is measured: of a row, or of the measure; empty without either."""
        return self.row or (self.measure.text if self.measure is not None else "")

    def __str__(self) -> str:
        return self.text + (" (from memory)" if self.memory else "")

    def within(self, mean: float, half_width: float) -> bool:
        """Return whether the published size overlaps an interval."""
        return self.low <= mean + half_width and self.high >= mean - half_width


class Record(BaseModel):
    """What is known of a kind: the content of the file ``KIND.evidence.yaml`` in the folder of its module.

    Attributes
    ----------
    study : str
        What the source study says of the instrument, with the rows of its table of concepts.
    evidence : tuple of str or Finding
        Published findings, one sentence each with its source.
    hurts : tuple of Harm
        Who loses, and when.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    study: str = ""
    evidence: tuple[str | Finding, ...] = ()
    hurts: tuple[Harm, ...] = ()


class Recorded:
    """A class attribute that is read from the record of a kind, or of the kind from which it is derived."""

    def __init__(self, name: str):
        self.name = name

    def __get__(self, instance: Any, owner: type[Any]) -> Any:
        found: Any = _record_of
        return getattr(found(owner), self.name)


@lru_cache(maxsize=512)
def _record_of(owner: Any) -> Record:
    for cls in owner.__mro__:
        field = getattr(cls, "model_fields", {}).get("kind")
        module = getattr(sys.modules.get(cls.__module__), "__file__", None)
        if field is None or module is None or not isinstance(field.default, str):
            continue
        file = Path(module).with_name(f"{field.default}.evidence.yaml")
        if file.is_file():
            return _read(file)
    return Record()


def _read(file: Path) -> Record:
    document = documents.parse(file.read_text(encoding="utf-8"), str(file), ", ".join(Record.model_fields))
    document.raise_problems()
    try:
        return Record.model_validate(document.data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise UserError(f"{file}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error


class Realised(NamedTuple):
    """What a run realises of the plan of a mechanism.

    Attributes
    ----------
    title : str
        Within a sentence.
    item : str
        Reported by the mechanism.
    of : tuple of str
        Reported items of whose sum it is a share; empty if ``item`` is a ratio already. Of annual items the sums over
        all years are compared.
    planned : str
        The field with the plan; empty if all of it is planned.
    """

    title: str
    item: str
    of: tuple[str, ...] = ()
    planned: str = ""


def finding(given: str | Finding) -> Finding:
    """Return a finding; a text alone bears on settings."""
    return given if isinstance(given, Finding) else Finding(text=given)


def grade(findings: Iterable[str | Finding], measured: Mapping[str, tuple[float, float]]) -> str:
    """Return the grade of the evidence on the effect of an instrument, a key of `GRADES`.

    Parameters
    ----------
    findings : iterable of str or Finding
    measured : mapping of str to (mean, half-width)
        By `Finding.key`; see `sim.analysis.measured.measured_of`.
    """
    effects = [one for one in map(finding, findings) if one.about == "effect"]
    causal = (one for one in effects if one.causal and one.place == "China" and one.key in measured)
    if any(one.within(*measured[one.key]) for one in causal):
        return "A"
    return "B" if effects else "C"
