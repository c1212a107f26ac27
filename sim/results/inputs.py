"""What an experiment read from files of its user, such as a world of tables: copies kept with the results."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sim.results.text import write_text

KEPT, INDEX = "inputs", "inputs.json"  # folder in results, and its list of copies


@dataclass(frozen=True)
class Input:
    """A file or folder that a config names, and its copy.

    Attributes
    ----------
    given : str
        As in the stored config.
    digest : str
        Of its content.
    copy : str
        The copy, relative to the folder of copies.
    original : str
        Where it came from first; after a rerun `given` is a copy.
    """

    given: str
    digest: str
    copy: str
    original: str


def stored_inputs(folder: str | Path) -> list[Input]:
    """Return the inputs stored with results; empty for results of earlier versions."""
    path = Path(folder) / KEPT / INDEX
    return [Input(**row) for row in json.loads(path.read_text(encoding="utf-8"))] if path.is_file() else []


def write_inputs(folder: Path, rows: list[Input]) -> None:
    """Write the list of the inputs stored with results."""
    write_text(folder / KEPT / INDEX, json.dumps([asdict(row) for row in rows], indent=1, ensure_ascii=False) + "\n")


def copies_of(folder: str | Path) -> dict[str, str]:
    """Return the copy of each input of a stored config, absolute."""
    found = {row.given: Path(folder).absolute() / KEPT / row.copy for row in stored_inputs(folder)}
    return {given: str(copy) for given, copy in found.items() if copy.exists()}


def replaced(part: Any, by: Mapping[str, str]) -> Any:
    """Return data in which texts are replaced, wherever they are values."""
    if isinstance(part, Mapping):
        return {key: replaced(value, by) for key, value in part.items()}
    if isinstance(part, (list, tuple)):
        return [replaced(item, by) for item in part]
    return by.get(part, part) if isinstance(part, str) else part
