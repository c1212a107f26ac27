"""A self-contained page about a results folder."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from sim import results
from sim.report import page, robustness, sensitivity, sweep, tuning

_WRITERS: dict[str, ModuleType] = {
    "sweep": sweep,
    "sensitivity": sensitivity,
    "robustness": robustness,
    "tuning": tuning,
}


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
    writer = _WRITERS.get(manifest["config"].get("kind"), page) if manifest else page
    return writer.write_report(folder, draw)


__all__ = ["write_report"]
