"""Fragments of configs: ``include: [file.yaml]``, merged before a config's own keys, each key with its own position."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sim.config.text import modules
from sim.documents import Document, Key, dotted, read
from sim.errors import UserError
from sim.paths import home

KEY = "include"
SCHEMA = {
    "type": "array",
    "items": {"type": "string"},
    "default": [],
    "description": "YAML files with keys of this config, merged before its own; later files win, own keys win over all",
    "title": "Include",
}


def resolve(document: Document, folder: Path | None) -> None:
    """Merge the fragments that a config and its inline scenario name; errors go to the document.

    Keys are merged section by section; a list replaces a list. A key that a fragment gives keeps its position in the
    fragment, so that an error in it is reported there.

    Parameters
    ----------
    document : Document
        Changed in place.
    folder : Path, optional
        Folder of the config, to which names of fragments refer; the current one by default.
    """
    _at(document, (), folder or Path(), ())
    if isinstance(document.data.get("scenario"), dict):
        _at(document, ("scenario",), folder or Path(), ())


def _at(document: Document, path: Key, folder: Path, above: tuple[Path, ...]) -> None:
    here = document.data
    for step in path:
        here = here[step]
    if KEY not in here:
        return
    names = here.pop(KEY)
    if not isinstance(names, list) or not all(isinstance(n, str) for n in names):
        _problem(document, (*path, KEY), "is not a list of files; expected such as [fragment.yaml]")
        return
    # Later fragments win: they are merged first, and existing keys stay.
    for i, name in reversed(list(enumerate(names))):
        position = (*path, KEY, i)
        fragment = _read(document, position, name, folder, above)
        if fragment is not None:
            document.problems += fragment.problems
            document.unread |= {(*path, *key) for key in fragment.unread}
            _merge(document, here, path, fragment, fragment.data, ())


def _read(document: Document, position: Key, name: str, folder: Path, above: tuple[Path, ...]) -> Document | None:
    file = folder / home(name)
    if not file.is_file():
        _problem(document, position, f"no file '{name}'; expected a YAML file, its path relative to this config")
        return None
    if file.resolve() in above:
        _problem(document, position, f"'{name}' includes itself; expected fragments without a circle")
        return None
    try:
        fragment = read(file)
    except UserError as error:
        document.problems += [(document.order(position), message) for message in error.messages]
        return None
    modules.absolute(fragment.data, file.parent)
    modules.load_rules(fragment, file.parent)
    _at(fragment, (), file.parent, (*above, file.resolve()))
    return fragment


def _merge(into: Document, own: dict[Any, Any], at: Key, fragment: Document, given: Mapping, path: Key) -> None:
    """Take what is not there yet, with its positions; look into sections that both have."""
    for key, value in given.items():
        here = (*path, key)
        if key not in own:
            own[key] = value
            for position, text in fragment.positions.items():
                if position[: len(here)] == here:
                    into.positions[(*at, *position)] = text
                    into.lines[(*at, *position)] = fragment.lines[position]
        elif isinstance(own[key], dict) and isinstance(value, Mapping):
            _merge(into, own[key], at, fragment, value, here)


def _problem(document: Document, position: Key, text: str) -> None:
    document.problems.append((document.order(position), f"{document.position(position)}: {dotted(position)}: {text}"))
