"""Values that a config gives and that have no effect, because another of its keys decides.

Only what is written counts, in a file or by ``--set``: a scenario that is named gives none of its keys here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from sim.config.text.problems import Problem
from sim.documents import Document, Key, dotted
from sim.kinds import kind_of

# Sections of dotted keys whose values replace those of the scenario and of the arms.
VARIED = ("vary", "inputs", "levers", "uncertainties", "constants", "fit")


class Rule(NamedTuple):
    """A key that has no effect, and why."""

    key: Key
    idle: Callable[[Mapping[str, Any]], bool]
    reason: str
    kinds: tuple[str, ...] = ()  # all by default


def _under(data: Mapping[str, Any], *path: Any) -> Any:
    """Return what stands at a path, or None."""
    here: Any = data
    for step in path:
        here = here.get(step) if isinstance(here, Mapping) else None
    return here


_WITHOUT_ARMS = ("sweep", "sensitivity")
RULES = (
    Rule(("scenario", "seed"), lambda _: True, "the key 'seed' of the experiment decides; expected it there"),
    Rule(("scenario", "replication"), lambda _: True, "an experiment runs all its replications; expected it left out"),
    Rule(
        ("scenario", "record"), lambda _: True, "a calibration stores what its loss needs; expected it left out",
        ("calibration",),
    ),
    Rule(
        ("replications",), lambda d: bool(d.get("precision") or d.get("select")),
        "'precision' or 'select' decides how many; expected one of them", ("comparison",),
    ),
    Rule(("baseline",), lambda d: not d.get("arms"), "there are no arms; expected it left out", _WITHOUT_ARMS),
    Rule(
        ("discount",), lambda d: _under(d, "common_budget", "discount") is not None,
        "'common_budget.discount' decides; expected one of them", ("tuning",),
    ),
    Rule(
        ("distance", "unit"), lambda d: not _under(d, "distance", "column"),
        "distances without a column are great-circle kilometres; expected a column, or the unit left out",
        ("estimation",),
    ),
)  # fmt: skip


def problems_of(document: Document) -> list[Problem]:
    """Return the values of a config that have no effect, each with the place of what decides instead.

    Parameters
    ----------
    document : Document
        After its overrides.
    """
    data, kind = document.data, kind_of(document.data)
    found = [
        Problem(rule.key, f"has no effect: {rule.reason}")
        for rule in RULES
        if kind in (rule.kinds or (kind,)) and _given(document, rule.key) and rule.idle(data)
    ]
    return found + [
        Problem(path, f"has no effect: it is set at {document.position(where)} too; expected it in one of them")
        for key, where in _varied(data)
        for path in _replaced(document, key)
    ]


def _given(document: Document, key: Key) -> bool:
    return key in document.positions


def _varied(data: Mapping[str, Any]) -> Iterator[tuple[str, Key]]:
    """Yield the dotted keys whose values an experiment decides, with their position."""
    for section in VARIED:
        keys = data.get(section)
        for key in keys if isinstance(keys, Mapping) else ():
            full = key if section != "fit" or str(key).startswith("parameters.") else f"parameters.{key}"
            yield str(full), (section, key)


def _replaced(document: Document, key: str) -> Iterator[Key]:
    """Yield where a dotted key of the scenario is given once more: in it, in its arms, by ``--set``.

    What a mechanism states in a file is where its levers start from, and counts as given by ``--set`` only.
    """
    for path, place in document.positions.items():
        given = _scenario_key(document.data, path)
        if given is not None and f"{dotted(given)}.".startswith(f"{key}."):
            stated = given[0] == "mechanisms"
            if not stated or place.startswith("--set "):
                yield path


def _scenario_key(data: Mapping[str, Any], path: Key) -> Key | None:
    """Return the key of a scenario that a position of a config gives, mechanisms by name; None for other positions."""
    match path:
        case ("scenario", "mechanisms", int(index), *rest):
            return ("mechanisms", _name(_under(data, "scenario", "mechanisms"), index), *rest)
        case ("scenario", first, *rest):
            return (first, *rest)
        case ("arms", _, "set", key):
            return (key,)
        case ("arms", arm, "mechanisms", int(index), *rest):
            return ("mechanisms", _name(_under(data, "arms", arm, "mechanisms"), index), *rest)
    return None


def _name(items: Any, index: int) -> str:
    item = items[index] if isinstance(items, list) and index < len(items) else {}
    return str(item.get("name") or item.get("kind")) if isinstance(item, Mapping) else ""
