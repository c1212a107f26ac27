"""What an experiment reads from files of its user besides mechanisms: worlds and tables, known by their content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sim.config.design.worlds import named
from sim.kinds import KINDS, Kind, resolved
from sim.results.files import write_bytes
from sim.results.inputs import KEPT, Input, stored_inputs, write_inputs
from sim.world import is_folder, world_files, world_identity


def digests(config: Any) -> dict[str, str]:
    """Return the digest of the content of each file and folder that a config names."""
    data = config.model_dump(mode="json")
    found = {name: world_identity(name) for name in sorted(set(named(data).values())) if is_folder(name)}
    kind = KINDS.get(str(data.get("kind")), Kind)  # the class has the defaults
    files = [str(data[key]) for key in resolved(kind.files) if data.get(key)]
    return found | {name: _digest(Path(name)) for name in files if Path(name).is_file()}


def keep(digests: Mapping[str, str], folder: Path) -> None:
    """Copy files and folders into a results folder, which can then be computed again anywhere."""
    before = {row.digest: row.original for row in stored_inputs(folder)}
    rows = []
    for given, digest in digests.items():
        copy = folder / KEPT / digest[:16] / Path(given).name
        if is_folder(given):
            for path in world_files(given):
                _copy(path, copy / path.name)
        else:
            _copy(Path(given), copy)
        inside = folder / KEPT in Path(given).parents
        original = before.get(digest, given) if inside else given
        rows.append(Input(given, digest, copy.relative_to(folder / KEPT).as_posix(), original))
    if rows:
        write_inputs(folder, rows)


def changed(folder: Path) -> list[str]:
    """Return the inputs that are no longer what is stored with results."""
    rows = [row for row in stored_inputs(folder) if Path(row.original).exists()]
    return [row.original for row in rows if _now(row.original) != row.digest]


def _now(given: str) -> str:
    return world_identity(given) if is_folder(given) else _digest(Path(given))


def _copy(source: Path, target: Path) -> None:
    if not target.is_file() or target.read_bytes() != source.read_bytes():
        write_bytes(target, source.read_bytes())


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
