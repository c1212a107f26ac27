"""A validation claim with expected and obtained value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A line of ``hinterland validate``.

    Attributes
    ----------
    suite : str
        ``theory``, ``identities``, ``hindcast``, ``evidence`` or ``map``.
    name : str
        Unique in its suite.
    expected : float or str
    obtained : float
    tolerance : float or None
        Reference value or tolerance.
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
