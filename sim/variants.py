"""Variants of a comparison: settings under which all arms are run, each paired with the baseline of its variant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Member:
    """An arm under a variant.

    Attributes
    ----------
    arm : str
        Its name in the config.
    variant : str
        Empty in an experiment without variants.
    reference : str
        Name of the baseline under the same variant, with which it is paired.
    main : bool
        Whether it is an arm of the main variant.
    """

    arm: str
    variant: str = ""
    reference: str = "baseline"
    main: bool = True


def members(arms: Iterable[str], baseline: str, variants: Iterable[str] = (), main: str = "") -> dict[str, Member]:
    """Return all arms of an experiment by name: those of the main variant, then of the others in order.

    Arms of the main variant keep their names, others are named ARM.VARIANT.

    Examples
    --------
    >>> list(members(["baseline", "fund"], "baseline", ["passive", "reactive"], "passive"))
    ['baseline', 'fund', 'baseline.reactive', 'fund.reactive']
    """
    arms = list(arms)
    found = {arm: Member(arm, main, baseline) for arm in arms}
    for variant in variants:
        if variant != main:
            found |= {named(arm, variant): Member(arm, variant, named(baseline, variant), main=False) for arm in arms}
    return found


def named(arm: str, variant: str) -> str:
    """Return the name of an arm under a variant that is not the main one."""
    return f"{arm}.{variant}"
