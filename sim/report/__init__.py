"""A self-contained page about a results folder."""

from __future__ import annotations

from pathlib import Path

from sim import results
from sim.report import page, sweep, tuning


def write_report(folder: str | Path, draw: bool = True) -> Path:
    """Write ``report.html`` of a results folder: one file, opens offline.

    Parameters
    ----------
    folder : path
        A results folder.
    draw : bool
        Whether figures are drawn anew, so that they and their captions are of one kind. Without, the
        page shows those that are there.

    Returns
    -------
    Path
        ``report.html`` in the folder.

    Raises
    ------
    UserError
        If the folder holds no finished run.
    """
    manifest = results.read_manifest(folder) if Path(folder).is_dir() else None
    if manifest and manifest["config"].get("kind") == "tuning":
        return tuning.write_report(folder, draw)
    writer = sweep if manifest and "runs" in manifest else page
    return writer.write_report(folder, draw)


__all__ = ["write_report"]
