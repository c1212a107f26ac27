"""Designs: from the values or ranges of every varied key to points."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim import samples as cube
from sim.config.schema.axes import Axis, Range
from sim.config.schema.scenario import Scenario
from sim.config.text.problems import Problem
from sim.documents import Key

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
    """Return one point for each position in the lists.

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
        counts = ", ".join(f"{key} {length}" for key, length in lengths.items())
        raise ValueError(f"the lists differ in length ({counts}); expected as many values of each key")
    return [dict(zip(values, chosen, strict=True)) for chosen in zip(*values.values(), strict=True)]


WRITTEN: dict[str, Callable[[Values], list[Point]]] = {"grid": grid, "list": listed}
# A further design is one function and one line, here (its name also in `sim.config.schema.sweep`) or in `sim.samples`.


def described(point: Point) -> str:
    """Return a point for messages."""
    return ", ".join(f"{key} {value}" for key, value in point.items())


def points(
    axes: Mapping[str, Axis], design: str, samples: int | None, seed: int, section: str
) -> tuple[list[Point], list[Problem]]:
    """Return the points of a design and what is wrong with it.

    Parameters
    ----------
    axes : mapping of str to tuple or Range
    design : str
        One of `DESIGNS`.
    samples : int or None
        How many points, of designs that sample.
    seed : int
    section : str
        The key of the config under which the axes are given.

    Returns
    -------
    (list of dict, list of Problem)
        No point if there is an error.
    """
    if design in WRITTEN:
        return _written(axes, design, samples, section)
    if error := bad_samples(design, samples):
        return [], [error]
    assert samples is not None  # that would be an error
    return at_positions(axes, cube.space_filling(design, samples, len(axes), seed)), []


def bad_samples(design: str, samples: int | None) -> Problem | None:
    """Return what is wrong with the number of samples of a design that samples."""
    if samples is None:
        return Problem(("design",), f"{design} draws points, but samples is missing; expected samples: NUMBER")
    if design == "sobol" and not cube.is_power_of_two(samples):
        near = 2 ** (samples.bit_length() - 1)
        return Problem(("samples",), f"{samples} is not a power of two; expected one, such as {near} or {2 * near}")
    return None


def at_positions(axes: Mapping[str, Axis], positions: np.ndarray) -> list[Point]:
    """Return the points at positions of the unit cube.

    Parameters
    ----------
    axes : mapping of str to tuple or Range
        Values of a tuple, or of a range with steps, have equal chances.
    positions : (P, number of axes) float in [0, 1]
    """
    choices = {key: _values(axis) for key, axis in axes.items()}
    return [
        {key: _at(axis, choices[key], u) for (key, axis), u in zip(axes.items(), row, strict=True)}
        for row in positions.tolist()
    ]


def _values(axis: Axis) -> tuple[Any, ...]:
    if isinstance(axis, Range):
        return () if axis.steps is None else axis.values()
    return axis


def _at(axis: Axis, choices: tuple[Any, ...], u: float) -> Any:
    if choices:
        return choices[min(int(u * len(choices)), len(choices) - 1)]
    assert isinstance(axis, Range)  # only a range can have no list of values
    return axis.at(u)


def _written(
    axes: Mapping[str, Axis], design: str, samples: int | None, section: str
) -> tuple[list[Point], list[Problem]]:
    problems = [
        Problem((section, key), f"has no steps; expected their number, since the design {design} does not sample")
        for key, axis in axes.items()
        if isinstance(axis, Range) and axis.steps is None
    ]
    if samples is not None:
        designs = ", ".join(cube.SPACE_FILLING)
        text = f"the design {design} takes every value; expected none, or one of the designs {designs}"
        problems.append(Problem(("samples",), text))
    if problems:
        return [], problems
    try:
        found = WRITTEN[design]({key: _values(axis) for key, axis in axes.items()})
    except ValueError as error:
        return [], [Problem((section,), str(error))]
    seen = set()
    for point in found:
        text = json.dumps(list(point.values()), sort_keys=True)
        if text in seen:
            return [], [Problem((section,), f"the point {described(point)} occurs twice; expected every point once")]
        seen.add(text)
    return found, []


@dataclass(frozen=True)
class Request:
    """What a kind of many points requests: all that the layout of its runs needs to know of the kind.

    Attributes
    ----------
    arms : dict of str to Scenario
        Before a point changes them.
    axes : dict of str to tuple or Range
        Where each varied key may lie.
    positions : dict of str to tuple
        Where in the config the axis of a key is written.
    points : list of dict
        Values by key.
    """

    arms: dict[str, Scenario]
    axes: dict[str, Axis]
    positions: dict[str, Key]
    points: list[Point]
