"""Self-contained reports about results folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sim import results
from sim.kinds import KINDS, Kind, resolved


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
    kind = KINDS.get(manifest["config"].get("kind"), Kind) if manifest else Kind  # the class has the defaults
    path: Path = resolved(kind.report)(folder, draw, **computed)
    return path


__all__ = ["write_report"]
