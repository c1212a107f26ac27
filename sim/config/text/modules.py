"""Files with kinds of mechanisms that a config names: ``mechanisms_from: my_module.py``, relative to the config."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sim.config.text.marks import Document, Key, dotted
from sim.policy.plugins import PluginError, load

KEY = "mechanisms_from"
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


def _items(path: Key, given: Any) -> list[tuple[Key, Any]]:
    return [((*path, i), name) for i, name in enumerate(given)] if isinstance(given, list) else [(path, given)]


def _load(document: Document, position: Key, name: Any, folder: Path) -> None:
    try:
        if not isinstance(name, str):
            raise PluginError("is not a path; expected such as my_module.py or my_preset.yaml, or a list of them")
        load(folder / name)
    except PluginError as error:
        named = f"'{name}' " if isinstance(name, str) else ""
        texts = error.faults or [f"{document.position(position)}: {dotted(position)}: {named}{error}"]
        document.problems += [(document.order(position), text) for text in texts]


def absolute(data: Any, folder: Path) -> None:
    """Resolve the key of a fragment relative to the fragment."""
    given = data.get(KEY)
    if isinstance(given, str):
        data[KEY] = str(folder.absolute() / given)
    elif isinstance(given, list):
        data[KEY] = [str(folder.absolute() / name) if isinstance(name, str) else name for name in given]
