"""Effects of instruments at their defaults: the table that ``hinterland effects --store`` writes and pages cite."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from sim.analysis.stored import Stored, read_stored, write_stored
from sim.analysis.validated import effects_measured
from sim.policy.evidence import Finding, finding, grade

TABLE = Path(__file__).with_name("measured.csv")
FACTOR = 3.0  # sizes within this factor of a published one count as the same order


class Effect(NamedTuple):
    """An effect of an instrument in its bundled comparison, a paired difference from no policy.

    Attributes
    ----------
    kind, arm : str
        Arm ``instrument``, at the defaults; ``studied``, of the size that was studied; or ``hurts`` for a harm under
        another condition.
    role : {"effect", "harm"}
    text : str
        The outcome and the group; of a harm the condition as well.
    outcome, group, to, sectors : str
        What is measured, with selectors and sectors separated by spaces.
    unit : str
    horizon : int
        Years from the start of the instrument to the last of the three that are averaged.
    sign : int
        Expected direction.
    mean, half_width : float
        Of the 95 % interval, in the unit.
    n : int
        Seeds.
    verdict : str
        ``as expected``, ``opposite``, or ``not distinguishable from 0``.
    published_low, published_high : float
        Missing where no size is comparable.
    size : str
        ``inside`` the interval, ``same order`` (within `FACTOR`), ``other order``, or ``sign only``.
    differs : str
        Of ``sign only``: whether outcome, unit, horizon or instrument differ, or no size was read.
    source : str
        The sentence with its source; empty without a publication.
    place : str
    causal : bool
    memory : bool
        Whether the publication is from memory, not read.
    fitted : str
        Which default was moved to the published size, and what it was.
    config : str
        Digest of the comparison, its first seed included.
    version : str
        First digits of the version of the model that measured it.
    """

    kind: str
    arm: str
    role: str
    text: str
    outcome: str
    group: str
    to: str
    sectors: str
    unit: str
    horizon: int
    sign: int
    mean: float
    half_width: float
    n: int
    verdict: str
    published_low: float
    published_high: float
    size: str
    differs: str
    source: str
    place: str
    causal: bool
    memory: bool
    fitted: str
    config: str
    version: str

    def __str__(self) -> str:
        if self.verdict.startswith("not"):
            most = max(abs(self.mean - self.half_width), abs(self.mean + self.half_width))
            return f"{self.text}: {self.verdict}, below {most:.2g} {self.unit} in size (n = {self.n})"
        low, high = self.mean - self.half_width, self.mean + self.half_width
        return f"{self.text}: {self.mean:+.2g} {self.unit} [{low:+.2g}, {high:+.2g}] (n = {self.n})"

    @property
    def compared(self) -> str:
        """The published size, or why none is compared; empty without a publication."""
        return _compared(self.published_low, self.published_high, self.differs, self.fitted)


class Sign(NamedTuple):
    """A published effect that a row of ``hinterland validate evidence`` measures with this kind of mechanism.

    Attributes
    ----------
    kind : str
    row : str
    mean, half_width : float
        Of the 95 % interval, in the unit of the row.
    published_low, published_high : float
    size, differs, source, place : str
    causal, memory : bool
    fitted : str
        As of `Effect`.
    """

    kind: str
    row: str
    mean: float
    half_width: float
    published_low: float
    published_high: float
    size: str
    differs: str
    source: str
    place: str
    causal: bool
    memory: bool
    fitted: str

    def __str__(self) -> str:
        low, high = self.mean - self.half_width, self.mean + self.half_width
        return f"{self.row}: {self.mean:+.2g} [{low:+.2g}, {high:+.2g}]"

    @property
    def compared(self) -> str:
        """The published size, or why none is compared."""
        return _compared(self.published_low, self.published_high, self.differs, self.fitted)


def _compared(low: float, high: float, differs: str, fitted: str) -> str:
    if low != low:
        return differs
    to = f" to {high:g}" if high > low else ""
    return f"published {low:g}{to}" + (f", fitted: {fitted}" if fitted else "")


def verdict(mean: float, half_width: float, sign: int) -> str:
    """Return how an interval compares with an expected direction.

    Examples
    --------
    >>> verdict(1.0, 0.5, 1), verdict(1.0, 0.5, -1), verdict(0.1, 0.5, 1)
    ('as expected', 'opposite', 'not distinguishable from 0')
    """
    if not abs(mean) > half_width:
        return "not distinguishable from 0"
    return "as expected" if mean * sign > 0 else "opposite"


def size_of(mean: float, half_width: float, low: float, high: float) -> str:
    """Return how an interval compares with a published size between ``low`` and ``high``.

    Examples
    --------
    >>> size_of(1.0, 0.5, 1.2, 1.2), size_of(1.0, 0.1, 2.0, 4.0), size_of(1.0, 0.1, 9.0, 9.0)
    ('inside', 'same order', 'other order')
    """
    if low != low:
        return "sign only"
    if low <= mean + half_width and high >= mean - half_width:
        return "inside"
    ratios = [mean / end if end else 0.0 for end in (low, high)]
    near = mean * (low + high) > 0 and max(ratios) >= 1 / FACTOR and min(ratios) <= FACTOR
    return "same order" if near else "other order"


def write_effects(rows: Sequence[Effect], path: Path = TABLE) -> Path:
    """Write effects with the version of the model and the date; those of other kinds stay."""
    fresh = pd.DataFrame(rows, columns=list(Effect._fields))
    kept = read_stored(path, keep_default_na=False).rows if path.is_file() else fresh.iloc[:0]
    kept = kept[~kept["kind"].isin(set(fresh["kind"]))]
    both = pd.concat([kept, fresh]).sort_values("kind", kind="stable") if len(kept) else fresh
    return write_stored(both.round({"mean": 5, "half_width": 5}), path)


@lru_cache(maxsize=1)
def read_effects() -> Stored:
    """Return the table that comes with the package; its columns are the fields of `Effect`."""
    numbers = {name: [""] for name in ("published_low", "published_high")}
    return read_stored(TABLE, keep_default_na=False, na_values=numbers, dtype={"config": str, "version": str})


def effects_of(kind: str) -> list[Effect]:
    """Return the measured effects and harms of a kind; none for a kind of another package."""
    if not TABLE.is_file():
        return []
    rows = read_effects().rows
    return [Effect(**row) for row in rows[rows["kind"] == kind].to_dict("records")]


def signs_of(kind: str, evidence: Iterable[str | Finding]) -> list[Sign]:
    """Return the findings of a kind that rows of the suite of evidence measure, of rows in the stored table."""
    known = effects_measured()
    return [
        Sign(
            kind, one.row, *known[one.row], one.low, one.high, size_of(*known[one.row], one.low, one.high), one.differs,
            one.text, one.place, one.causal, one.memory, one.fitted,
        )
        for one in map(finding, evidence)
        if one.row in known
    ]  # fmt: skip


def measured_of(kind: str) -> dict[str, tuple[float, float]]:
    """Return mean and half-width of all measured effects by `sim.policy.evidence.Finding.key`."""
    own = {one.text: (one.mean, one.half_width) for one in effects_of(kind) if one.role == "effect"}
    return effects_measured() | own


def graded(kind: str, evidence: Iterable[str | Finding]) -> str:
    """Return the grade of the evidence on a kind, with its effects as measured; see `sim.policy.evidence.grade`."""
    return grade(evidence, measured_of(kind))
