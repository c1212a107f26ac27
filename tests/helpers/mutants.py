"""Configs with one thing changed: what a slip of the keyboard, or of the mind, makes of a file."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

Path = tuple[Any, ...]

# One of each form that YAML has, and forms that are easily taken for another.
OTHERS: tuple[Any, ...] = (
    True, False, None, 0, 1, -1, 7, 0.5, -0.25, 1e30, 10**25, "", "nonsense", "5", "yes", "all", "core", "2020-01-01",
    [], {}, [1], ["nonsense"], {"a": [1]}, [[1]], {"kind": "nonsense"}, {"from": 1, "to": 2},
)  # fmt: skip


def places(data: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the path of every key and item."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from places(value, (*path, key))


def mutant(data: dict[str, Any], rng: random.Random) -> tuple[str, dict[str, Any]]:
    """Return a copy of a config with one thing changed, and what was changed."""
    made = copy.deepcopy(data)
    path = rng.choice(list(places(made)))
    here = made
    for step in path[:-1]:
        here = here[step]
    last = path[-1]
    value, how = here[last], rng.choice(("other", "other", "delete", "rename", "add", "scale", "quote", "word", "wrap"))
    if how == "delete":
        del here[last]
    elif how == "rename" and isinstance(here, dict):
        here[f"{last}x"] = here.pop(last)
    elif how == "add" and isinstance(value, dict):
        value[rng.choice(("nonsense", "kind", "name", "title"))] = rng.choice(OTHERS)
    elif how == "scale" and isinstance(value, (int, float)):
        here[last] = value * rng.choice((-1, 0, 1000, 1e9, 0.5, 1.5))
    elif how == "quote" and not isinstance(value, (dict, list)):
        here[last] = str(value)
    elif how == "word" and isinstance(value, str):
        here[last] = rng.choice((f"{value}x", value[:-1], value.upper(), f"{value} "))
    elif how == "wrap":
        here[last] = [value]
    else:
        how, here[last] = "other", copy.deepcopy(rng.choice(OTHERS))
    return f"{how} {'.'.join(map(str, path))}", made
