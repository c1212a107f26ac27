"""Text files, written atomically."""

from __future__ import annotations

import os
from pathlib import Path

SESSION = ".session"  # lock file of a results folder; names the current or last process


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
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)
    return path
