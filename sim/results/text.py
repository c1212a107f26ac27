"""Files, written atomically."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sim.paths import home

SESSION = ".session"  # in a results folder: the current or last process
LOCK = ".lock"  # held by the process that works in a results folder


@contextmanager
def replacing(path: Path, ending: str = ".tmp") -> Iterator[Path]:
    """Yield a file to write, which replaces `path` at the end; an error leaves the old file, or none, there."""
    part = path.with_name(f".{path.name}.{os.getpid()}{ending}")
    try:
        yield part
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def write_text(path: str | Path, text: str) -> Path:
    """Write a text file atomically: a killed writer leaves the old file, or none, at `path`.

    Parameters
    ----------
    path : path
        Its folder is created if needed.
    text : str

    Returns
    -------
    Path
        The written file.
    """
    path = home(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8")
    return path
