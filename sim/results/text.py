"""Text files: written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

SESSION = ".session"  # in a results folder: who is, or was last, at work there


def write_text(path: str | Path, text: str) -> Path:
    """Write a text file; a killed writer leaves the old file, or none, under `path`.

    Parameters
    ----------
    path : path
        Its folder is made if needed.
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
