"""A validation claim with expected and obtained value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A line of ``hinterland validate``.

    Attributes
    ----------
    suite : str
        ``theory``, ``identities``, ``hindcast``, ``evidence``, ``map``, ``facts`` or ``cases``.
    name : str
        Unique in its suite.
    expected : float or str
    obtained : float
    tolerance : float or None
        Reference value or tolerance.
    passed : bool or None
        None if it is only reported: there is nothing that it must meet.
    detail : str
        What else is known of the value, such as its intervals.
    """

    suite: str
    name: str
    expected: float | str
    obtained: float
    tolerance: float | None
    passed: bool | None
    detail: str = ""

    @property
    def verdict(self) -> str:
        """``pass``, ``fail`` or ``reported``."""
        return "reported" if self.passed is None else "pass" if self.passed else "fail"
