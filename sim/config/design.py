"""Designs: from the values of every varied key to the points of a sweep."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

Values = Mapping[str, tuple[Any, ...]]
Point = dict[str, Any]


def grid(values: Values) -> list[Point]:
    """Return every combination of the values; the last key changes fastest.

    Examples
    --------
    >>> grid({"a": (1, 2), "b": (3, 4)})[1]
    {'a': 1, 'b': 4}
    """
    return [dict(zip(values, chosen, strict=True)) for chosen in itertools.product(*values.values())]


def listed(values: Values) -> list[Point]:
    """Return one point for each place in the lists.

    Raises
    ------
    ValueError
        If the lists differ in length.

    Examples
    --------
    >>> listed({"a": (1, 2), "b": (3, 4)})[1]
    {'a': 2, 'b': 4}
    """
    lengths = {key: len(found) for key, found in values.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{key} {length}" for key, length in lengths.items())
        raise ValueError(f"the lists differ in length ({told}); expected as many values of each key")
    return [dict(zip(values, chosen, strict=True)) for chosen in zip(*values.values(), strict=True)]


# A further design is one function and one line here; the schema, the runs and the results follow.
DESIGNS: dict[str, Callable[[Values], list[Point]]] = {"grid": grid, "list": listed}
