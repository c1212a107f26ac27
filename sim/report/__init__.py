"""Self-contained reports about results folders."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

from sim import results
from sim.report import page, robustness, sensitivity, sweep, tuning

_WRITERS: dict[str, ModuleType] = {
    "sweep": sweep,
    "sensitivity": sensitivity,
    "robustness": robustness,
    "tuning": tuning,
}


def write_report(folder: str | Path, draw: bool = True, **computed: Any) -> Path:
    """Write ``report.html`` of a results folder, a single file for offline use.

    Parameters
    ----------
    folder : path
        A results folder.
    draw : bool
        Whether figures are redrawn, so that figures and captions match. Otherwise the page shows the existing ones.
    **computed
        What the caller has computed already: ``ds`` (the results of the folder) and, depending on the kind,
        ``measured``, ``table`` or ``tables``.

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
    return writer.write_report(folder, draw, **computed)


__all__ = ["write_report"]
