"""Presets: textbook models as small configs of the engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sim.config.library import bundled
from sim.config.schema.theory import Preset, SolowPreset
from sim.config.text.problems import validate
from sim.documents import Document, dotted, read
from sim.errors import UserError, nearest

MODELS = ("footloose-capital", "footloose-entrepreneur", "core-periphery", "helpman", "solow")


def preset_names() -> list[str]:
    """Return the names of the bundled presets."""
    return list(bundled("theory"))


def load_preset(path_or_name: str, **changes: Any) -> Preset | SolowPreset:
    """Read a preset.

    Parameters
    ----------
    path_or_name : str
        A YAML file, or the name of a bundled preset.
    **changes
        Keys that override those of the file.

    Raises
    ------
    UserError
        One message per problem, with file, line and key.
    """
    names = bundled("theory")
    path = names.get(path_or_name, Path(path_or_name))
    if not path.is_file():
        expected = f"expected a path or one of {', '.join(names)}"
        raise UserError(f"{path_or_name}: no such file or preset; {expected}" + nearest(path_or_name, names))
    return understood(read(path), **changes)


def understood(document: Document, **changes: Any) -> Preset | SolowPreset:
    """Return the preset of a file as read; see `load_preset`."""
    messages = [text for _, text in document.problems]
    data = {**document.data, **changes}
    if not isinstance(data.get("model"), str) or data["model"] not in MODELS:
        message = f"unknown model '{data.get('model')}'; expected one of {', '.join(MODELS)}"
        message += nearest(str(data.get("model")), MODELS)
        raise UserError([*messages, f"{document.position(('model',))}: model: {message}"])
    chosen: type[Preset] | type[SolowPreset] = SolowPreset if data["model"] == "solow" else Preset
    found, problems = validate(chosen, data)
    messages += [f"{document.position(p.path)}: {dotted(p.path) + ': ' if p.path else ''}{p.text}" for p in problems]
    if messages or found is None:
        raise UserError(messages)
    return found
