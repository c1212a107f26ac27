"""One claim with what was expected and what was found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A line of ``hinterland validate``.

    Attributes
    ----------
    suite : str
        ``theory``, ``identities``, ``hindcast`` or ``evidence``.
    name : str
        Unique in its suite.
    expected : float or str
    obtained : float
    tolerance : float or None
        What the obtained value is compared with or may differ by.
    passed : bool
    """

    suite: str
    name: str
    expected: float | str
    obtained: float
    tolerance: float | None
    passed: bool

    @property
    def verdict(self) -> str:
        """``pass`` or ``fail``."""
        return "pass" if self.passed else "fail"
