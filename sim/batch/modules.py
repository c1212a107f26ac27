"""Modules with mechanisms and city rules given in a config: a copy of each is kept with the results."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sim.policy.plugins import INDEX, KEPT, Plugin, of_name, stored, with_bases
from sim.results.text import write_text


def used(config: Any) -> list[Plugin]:
    """Return the files from which kinds and rules of a config come, also such that only a changed key names."""
    words = set(texts(config.model_dump(mode="json")))
    named = [plugin for word in sorted(words) if (plugin := of_name(word)) is not None]
    return list({plugin.digest: plugin for last in named for plugin in with_bases(last)}.values())


def renewed(config: Any, folder: Path) -> list[str]:
    """Return the names of the modules of a config that were others when its results were stored."""
    known = {row["digest"] for row in stored(folder)}
    names = {Path(row["module"]).name for row in stored(folder)}
    return [p.file.name for p in used(config) if p.digest not in known and p.file.name in names]


def keep(config: Any, folder: Path) -> None:
    """Copy the modules of a config into its results folder; from then on workers find them there too."""
    known = {row["digest"]: row["original"] for row in stored(folder)}
    rows: list[dict[str, str]] = []
    for plugin in used(config):
        name = plugin.file.stem
        if any(Path(row["module"]).stem == name for row in rows):  # another file of this name
            name = f"{name}-{plugin.digest[:8]}"
        here = folder / KEPT / name
        elsewhere = [place for place in plugin.paths if folder / KEPT not in Path(place).parents]
        for source, content in plugin.sources.items():
            write_text(here / source, content)
        rows.append({
            "module": f"{name}/{plugin.file.name}",
            "digest": plugin.digest,
            "original": elsewhere[0] if elsewhere else known.get(plugin.digest, ""),
        })  # fmt: skip
        if str(here / plugin.file.name) not in plugin.paths:
            plugin.paths.append(str(here / plugin.file.name))
    if rows:
        write_text(folder / KEPT / INDEX, json.dumps(rows, indent=1) + "\n")


def texts(part: Any) -> Iterator[str]:
    """Yield all texts in data."""
    if isinstance(part, dict):
        for value in part.values():
            yield from texts(value)
    elif isinstance(part, list):
        for value in part:
            yield from texts(value)
    elif isinstance(part, str):
        yield part
