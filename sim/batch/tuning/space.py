"""From what a lever may be to what the search proposes, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from sim.config.schema.axes import Range

Axis = tuple[Any, ...] | Range


def distribution(axis: Axis) -> BaseDistribution:
    """Return the distribution from which the search proposes.

    A range without steps is proposed as a place between its ends, one with steps or of whole numbers as a
    count, so that near values are near for the search; the values of a list are categories without an order.
    """
    if not isinstance(axis, Range):
        return CategoricalDistribution(range(len(axis)))
    if axis.steps is not None:
        return IntDistribution(0, axis.steps - 1)
    if axis.whole:
        return IntDistribution(int(np.ceil(axis.low)), int(np.floor(axis.high)), log=axis.scale == "log")
    return FloatDistribution(0.0, 1.0)


def value(axis: Axis, proposed: Any) -> Any:
    """Return the value of a lever that a proposal of `distribution` means.

    Examples
    --------
    >>> value(("energy", "high_tech"), 1)
    'high_tech'
    >>> value(Range.model_validate({"from": 1, "to": 100, "scale": "log"}), 0.5)
    10
    """
    if not isinstance(axis, Range):
        return axis[proposed]
    if axis.steps is not None:
        return axis.values()[proposed]
    return proposed if axis.whole else axis.at(proposed)
