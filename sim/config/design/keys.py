"""Dotted keys of a scenario: whether there is one, what it means, which there are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sim.config.schema.scenario import Scenario
from sim.config.text.overrides import former, item_names, position_in
from sim.config.text.problems import field_at, field_names

_UNIT = re.compile(r"\s*\[([^\]]+)\]\.?$")

# Varied, these would give runs that one table cannot hold, or change nothing.
_FIXED = {
    "kind": "points vary what a scenario holds",
    "name": "a name changes no result",
    "title": "a title changes no result",
    "threads": "the number of threads changes no result",
    "seed": "seeds are what replications vary",
    "replication": "seeds are what replications vary",
    "record": "all runs of an experiment write the same",
    "start": "all runs of an experiment have the same years",
    "years": "all runs of an experiment have the same years",
    "world": "all runs of an experiment have the same regions; world.KEY of a generated world may vary",
    "world.currency": "all runs of an experiment have the same currency",
    "world.centre": "all runs of an experiment have the same zone classes",
    "world.quality": "what is known of the data changes no result",
    "centre": "all runs of an experiment have the same zone classes",
}


# Keys of earlier versions, and those that replace them.
REPLACED = {"parameters.cities.reaction": "parameters.cities.rule"}


@dataclass(frozen=True)
class Variable:
    """What a varied key means.

    Attributes
    ----------
    title : str
        Its description, without the unit.
    unit : str
        Empty where it has none.
    """

    title: str
    unit: str


def find(data: Mapping[str, Any], key: str) -> bool:
    """Return whether a scenario has a key.

    Parameters
    ----------
    data : dict
        The complete scenario, defaults included.
    key : str
        List items are named by index or by name. Inside a free part, such as settings by target,
        every key counts as there; the schema judges it with its value.
    """
    return _walk(data, key) is not None


def _walk(data: Mapping[str, Any], key: str) -> tuple[Any, ...] | None:
    """Return the position of a key in the schema, or None."""
    here: Any = data
    path: list[Any] = []
    for step in key.split("."):
        if isinstance(here, list):
            names = item_names(here)
            index = names.index(step) if step in names else position_in(here, step)
            if index is None:
                return None
            here = here[index]
            path += [index, *([here["kind"]] if isinstance(here, Mapping) and "kind" in here else [])]
        elif isinstance(here, Mapping):
            step = former(here, step)
            if step not in here and field_names(Scenario, path):
                return None
            here = here.get(step, {})
            path.append(step)
        else:
            return None
    return tuple(path)


def describe(data: Mapping[str, Any], key: str) -> Variable:
    """Return what a key that the scenario has means, from the schema.

    Examples
    --------
    >>> describe(Scenario(name="a").model_dump(), "parameters.migration.talent_mobility").unit
    '1/yr'
    """
    info = field_at(Scenario, _walk(data, key) or ())
    if info is None:
        return Variable("", "")
    text = (info.description or "").rstrip(".")
    found = _UNIT.search(text)
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    unit = str(extra.get("unit") or (found.group(1) if found else ""))
    return Variable(_UNIT.sub("", text), unit)


def fixed(key: str) -> str:
    """Return why a key cannot vary between the runs of one experiment, or nothing where it can."""
    steps = key.split(".")
    known = [".".join(steps[:n]) for n in (2, 1)]
    if steps[0] == "world" and len(steps) > 1:
        known = known[:1]
    return next((f"cannot be varied: {_FIXED[name]}" for name in known if name in _FIXED), "")


def known_keys(data: Any, before: str = "") -> Iterator[str]:
    """Yield the dotted keys of all single values."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from known_keys(value, f"{before}{key}.")
    elif isinstance(data, list) and data and isinstance(data[0], Mapping):
        for name, item in zip(item_names(data), data, strict=True):
            yield from known_keys(item, f"{before}{name}.")
    else:
        yield before.removesuffix(".")
