"""Self-contained reports about results folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sim import results
from sim.kinds import KINDS, Kind, resolved
from sim.paths import home


def write_report(folder: str | Path, draw: bool = True, out: str | Path | None = None, **computed: Any) -> Path:
    """Write ``report.html`` of a results folder, a single file for offline use.

    Parameters
    ----------
    folder : path
        A results folder.
    draw : bool
        Whether figures are redrawn, so that figures and captions match. Otherwise the page shows the existing ones.
    out : path, optional
        Folder for page and figures, which are redrawn then; the results folder by default.
    **computed
        What the caller has computed already: ``ds`` (the results of the folder) and, depending on the kind,
        ``measured``, ``table`` or ``tables``.

    Returns
    -------
    Path
        ``report.html`` in the folder, or in `out`.

    Raises
    ------
    UserError
        If the folder holds no finished run.
    """
    folder = home(folder)
    if out is not None:
        draw, computed = True, computed | {"out": home(out)}
    manifest = results.read_manifest(folder) if folder.is_dir() else None
    kind = KINDS.get(manifest["config"].get("kind"), Kind) if manifest else Kind  # the class has the defaults
    path: Path = resolved(kind.report)(folder, draw, **computed)
    return path


__all__ = ["write_report"]
