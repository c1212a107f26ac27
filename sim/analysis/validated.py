"""What the model was validated against: the table that ``hinterland validate --store`` writes and reports cite."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pandas as pd

from sim.analysis.stored import Stored, read_stored, write_stored

TABLE = Path(__file__).with_name("validated.csv")
COLUMNS = ("suite", "name", "expected", "obtained", "tolerance", "verdict", "detail", "reason")


class Claim(Protocol):
    """The fields of a validation row."""

    @property
    def suite(self) -> str:
        """Suite of checks that it belongs to."""

    @property
    def name(self) -> str:
        """What is claimed."""

    @property
    def expected(self) -> float | str:
        """Expected value, or a text."""

    @property
    def obtained(self) -> float:
        """Value that came out."""

    @property
    def tolerance(self) -> float | None:
        """Largest deviation that passes, if there is one."""

    @property
    def verdict(self) -> str:
        """Whether it passes: ``pass``, ``fail``, or ``reported`` where there is nothing to meet."""

    @property
    def detail(self) -> str:
        """What else is known of the value."""


class Tally(NamedTuple):
    """Numbers of rows by verdict.

    Attributes
    ----------
    passed, counted : int
        Rows that pass, of those that pass or fail.
    reported : int
        Rows without a pass mark.
    """

    passed: int
    counted: int
    reported: int

    def __str__(self) -> str:
        return f"{self.passed} of {self.counted} rows pass" + (f", {self.reported} reported" if self.reported else "")


def tally(verdicts: Iterable[str]) -> Tally:
    """Count rows by their verdicts.

    Examples
    --------
    >>> str(tally(["pass", "fail", "reported"]))
    '1 of 2 rows pass, 1 reported'
    """
    count = Counter(verdicts)
    return Tally(count["pass"], count["pass"] + count["fail"], count["reported"])


def write_validated(rows: Sequence[Claim], reasons: Mapping[str, str], path: Path) -> Path:
    """Write the rows of ``hinterland validate`` with the version of the model and the date.

    Parameters
    ----------
    rows : sequence of Row
    reasons : mapping of str to str
        Explanations of failing rows, by name.
    path : Path
    """
    lines: list[dict[str, Any]] = [
        {**{name: getattr(row, name) for name in COLUMNS[:-1]}, "reason": reasons.get(row.name, "")} for row in rows
    ]
    return write_stored(pd.DataFrame(lines, columns=list(COLUMNS)), path)


@lru_cache(maxsize=1)
def read_validated() -> Stored:
    """Return the table that comes with the package.

    Its columns are `COLUMNS`; in suite ``evidence``, ``obtained`` and ``tolerance`` are mean and half-width of the 95 %
    interval of the effect.
    """
    return read_stored(TABLE, keep_default_na=False, na_values={"tolerance": [""]})


def effects_measured() -> dict[str, tuple[float, float]]:
    """Return mean and half-width of the effects of suite ``evidence``, by the name of the row."""
    rows = read_validated().rows
    rows = rows[rows["suite"] == "evidence"]
    return {str(row["name"]): (float(row["obtained"]), float(row["tolerance"])) for row in rows.to_dict("records")}
