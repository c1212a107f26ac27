"""Keys given without a range: the range of the parameter table applies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sim.config.schema.axes import Axis, Range
from sim.config.text.problems import Problem
from sim.documents import Key
from sim.errors import nearest
from sim.parameters import Parameters


def expanded(given: Mapping[str, Axis | None], section: str) -> tuple[dict[str, Axis], dict[str, Key], list[Problem]]:
    """Return where every key may lie, where in the config that is written, and what is wrong.

    Parameters
    ----------
    given : mapping of str to tuple, Range or None
        None: the range of the parameter table. A section of parameters, such as ``parameters.migration``, means all
        its numbers; a key that is given by itself too keeps its own range.
    section : str
        The key of the config under which they are given.

    Returns
    -------
    (dict of str to tuple or Range, dict of str to tuple, list of Problem)
        In the order written, and within a section in the order of the parameter table.
    """
    axes: dict[str, Axis] = {}
    positions: dict[str, Key] = {}
    problems = []
    for key, own in given.items():
        table = dict(_table(key))
        if own is not None and (not table or key in table):
            axes[key], positions[key] = own, (section, key)
        elif not table:
            problems.append(Problem((section, key), _unknown(key)))
        elif own is not None:
            text = f"has a range, but is a section of {len(table)} numbers; expected {{}}, or one of its keys"
            problems.append(Problem((section, key), text + nearest(key, table)))
        else:
            for name, ends in table.items():
                if given.get(name) is None:
                    axes[name], positions[name] = Range.model_validate({"from": ends[0], "to": ends[1]}), (section, key)
    return axes, positions, problems


def _table(key: str) -> Iterator[tuple[str, list[float]]]:
    """Yield the numbers of the parameter table that a key names, with their ranges."""
    for part, section in Parameters.model_fields.items():
        for name, field in type(section.default).model_fields.items():
            whole = f"parameters.{part}.{name}"
            if isinstance(field.default, float) and (key in ("parameters", whole) or whole.startswith(f"{key}.")):
                assert isinstance(field.json_schema_extra, dict)  # every number there has its facts
                yield whole, list(field.json_schema_extra["range"])


def _unknown(key: str) -> str:
    parts = (f"parameters.{part}" for part in Parameters.model_fields)
    hint = nearest(key, [*parts, *(name for name, _ in _table("parameters"))])
    return f"no number of the parameter table, which would give its range; expected from and to{hint}"
