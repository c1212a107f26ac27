"""Files with kinds of mechanisms and city rules that a config names, relative to the config.

Kinds of mechanisms come from the files under ``mechanisms_from``, a city rule ``my_file:MyRule`` from ``my_file.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sim.documents import Document, Key, dotted
from sim.paths import home
from sim.policy.plugins import PluginError, load

KEY = "mechanisms_from"
RULE = "cities.rule"  # end of the dotted keys whose values name city rules
SCHEMA = {
    "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
    "default": [],
    "description": "Files with user-defined kinds of mechanisms, Python or presets in YAML, relative to this config",
    "title": "Mechanisms From",
}


def resolve(document: Document, folder: Path | None) -> None:
    """Load the modules that a config and its inline scenario name; errors go to the document.

    Parameters
    ----------
    document : Document
        The key is taken out.
    folder : Path, optional
        Folder of the config; the current one by default.
    """
    parts: list[tuple[Key, Any]] = [((), document.data), (("scenario",), document.data.get("scenario"))]
    for path, part in parts:
        if isinstance(part, dict) and KEY in part:
            given = part.pop(KEY)
            items = [((*path, KEY), given)] if isinstance(given, str) else _items((*path, KEY), given)
            for position, name in items:
                _load(document, position, name, folder or Path())
    load_rules(document, folder or Path())


def load_rules(document: Document, folder: Path) -> None:
    """Load the files of the city rules that a config names anywhere; rules of other modules are imported later.

    Parameters
    ----------
    document : Document
        Receives errors.
    folder : Path
        Of the config; the current one is searched after it.
    """
    for position, name in _named(document.data):
        files = (place / f"{name.partition(':')[0]}.py" for place in (folder, Path()))
        if file := next((file for file in files if file.is_file()), None):
            _load(document, position, str(file), Path())


def _named(part: Any, path: Key = ()) -> Iterator[tuple[Key, str]]:
    """Yield the city rules ``module:class`` that a config names, with their positions."""
    items = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, value in items:
        yield from _named(value, (*path, key))
    if isinstance(part, str) and ":" in part and ".".join(k for k in path if isinstance(k, str)).endswith(RULE):
        yield path, part


def _items(path: Key, given: Any) -> list[tuple[Key, Any]]:
    return [((*path, i), name) for i, name in enumerate(given)] if isinstance(given, list) else [(path, given)]


def _load(document: Document, position: Key, name: Any, folder: Path) -> None:
    try:
        if not isinstance(name, str):
            raise PluginError("is not a path; expected such as my_module.py or my_preset.yaml, or a list of them")
        load(folder / home(name))
    except PluginError as error:
        named = f"'{name}' " if isinstance(name, str) else ""
        texts = error.messages or [f"{document.position(position)}: {dotted(position)}: {named}{error}"]
        document.problems += [(document.order(position), text) for text in texts]


def absolute(data: Any, folder: Path) -> None:
    """Resolve the key of a fragment relative to the fragment."""
    given = data.get(KEY)
    if isinstance(given, str):
        data[KEY] = str(folder.absolute() / home(given))
    elif isinstance(given, list):
        data[KEY] = [str(folder.absolute() / home(name)) if isinstance(name, str) else name for name in given]
