"""The outcome of an experiment."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.batch.screen import Screen


@dataclass
class Outcome:
    """Outcome of an experiment.

    Attributes
    ----------
    folder : Path
        The results folder.
    finished : int
        Number of finished runs, including reused ones.
    missing : list of str
        Runs that failed, as ``arm-replication``.
    headline : dict
        ``table``: rows of the headline table, of a sweep those of its summary; ``costs``: present value
        of public outlay by arm (million yuan); ``budget``: results of scaling to a common budget, by arm.
    files : list of Path
        Tables, figures and the report.
    ok : bool
        Whether all runs are finished.
    seconds : float
        Wall-clock time of the computation.
    """

    folder: Path
    finished: int
    missing: list[str] = field(default_factory=list)
    headline: dict[str, Any] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)
    ok: bool = True
    seconds: float = 0.0

    def add_report(self, path: Path, console: Screen, note: str = "") -> None:
        """Add the report to the files and print where it is, after a note on its figures if there is one."""
        self.files.append(path)
        for line in (note, f"Report: {path}"):
            if line:
                console.print(line)
