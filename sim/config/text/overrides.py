"""Dotted overrides: ``--set parameters.migration.talent_mobility=0.06``."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from sim.documents import Document, Key, dotted, parse_value
from sim.errors import NoEffect, UserError, nearest
from sim.kinds import dotted_sections
from sim.mechanisms import MECHANISMS
from sim.policy.targets import spelled


def split(text: str) -> tuple[str, Any]:
    """Split ``key=value``; the value is read as YAML.

    Raises
    ------
    UserError
        If there is no ``=`` or no key, or the value is YAML that means nothing.
    """
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise UserError(f"--set {text}: no value; expected dotted.key=value, such as years=5")
    return key.strip(), parse_value(value, f"--set {key.strip()}")


def assign(data: Any, key: str, value: Any, position: str) -> Key:
    """Set one value in nested data; list items are named by index or by their ``name``.

    Parameters
    ----------
    data : dict
        Changed in place; missing sections are made, the schema judges them afterwards.
    key : str
        Dotted keys.
    value : object
    position : str
        Where the override was written, for messages.

    Returns
    -------
    tuple
        The path that was set.

    Raises
    ------
    UserError
        If the key leads through a value, or names no list item.
    """
    here = data
    path: list[Any] = []
    steps = key.split(".")
    while steps:
        steps = _joined(here, path, steps)
        step, last = steps.pop(0), not steps
        target: Any = _item(here, step, position) if isinstance(here, list) else former(here, step)
        if not isinstance(here, (list, MutableMapping)):
            text = f"'{dotted(tuple(path))}' is a value; expected a section that has a key '{step}'"
            raise UserError(f"{position}: {text}")
        path.append(target)
        if last:
            here[target] = value
        elif isinstance(here, MutableMapping) and here.get(target) is None:
            here[target] = {}
        here = here[target]
    return tuple(path)


def former(here: Any, step: str) -> str:
    """Return the key that a step means: a mechanism's field by a former name is the one by its present name."""
    owner = MECHANISMS.ready(here.get("kind")) if isinstance(here, Mapping) else None
    return step if owner is None else spelled(owner, here, step)


def _joined(here: Any, path: list[Any], steps: list[str]) -> list[str]:
    """Put steps together that are one key: those of ``vary`` and ``set`` hold dots themselves."""
    if not path or path[-1] not in dotted_sections() or not isinstance(here, Mapping):
        return steps
    for n in range(len(steps), 0, -1):
        if ".".join(steps[:n]) in here:
            return [".".join(steps[:n]), *steps[n:]]
    return [".".join(steps)]


def item_names(items: list[Any]) -> list[str]:
    """Return the names by which dotted keys reach the items of a list."""
    return [str(item.get("name") or item.get("kind")) if isinstance(item, Mapping) else "" for item in items]


def position_in(items: list[Any], step: str) -> int | None:
    """Return the index of the item of a list that a step of a dotted key names by its number, if it does."""
    return next((i for i in range(len(items)) if str(i) == step), None)


def _item(items: list[Any], step: str, position: str) -> int:
    if (index := position_in(items, step)) is not None:
        return index
    names = item_names(items)
    if step in names:
        return names.index(step)
    expected = f"one of {', '.join(names)}" if names else "a list with items"
    raise UserError(f"{position}: no item '{step}'; expected {expected}" + nearest(step, names))


def apply(document: Document, overrides: list[str], scenario_keys: frozenset[str], own_keys: frozenset[str]) -> None:
    """Apply ``--set`` texts to a document.

    A key of the scenario works on a comparison too: ``years=3`` there means ``scenario.years=3``.

    Parameters
    ----------
    document : Document
    overrides : list of str
    scenario_keys, own_keys : frozenset of str
        Top keys of a scenario and of this kind of config.
    """
    errors: list[str] = []
    done: dict[Key, str] = {}
    for text in overrides:
        try:
            key, value = split(text)
            top = key.split(".")[0]
            if top not in own_keys and top in scenario_keys:
                key = f"scenario.{key}"
            path = assign(document.data, key, value, f"--set {text}")
        except UserError as error:
            errors += error.messages
            continue
        for other in [other for earlier, other in done.items() if earlier[: len(path)] == path]:
            warnings.warn(f"--set {other}: has no effect: --set {text} replaces it", NoEffect, stacklevel=4)
        done[path] = text
        for below in [p for p in document.positions if p[: len(path)] == path]:
            del document.positions[below]  # what stood there in the file is gone
        for n in range(1, len(path)):
            document.positions.setdefault(path[:n], f"--set {text}")
        for here in (path, *_below(value, path)):
            document.positions[here] = f"--set {text}"
    if errors:
        raise UserError(errors)


def _below(value: Any, path: Key) -> Iterator[Key]:
    """Yield the paths of all that a value holds."""
    items = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, part in items:
        yield (*path, key)
        yield from _below(part, (*path, key))
