"""What a batch of runs leaves for its caller."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console


@dataclass
class Outcome:
    """What came out of a scenario, a comparison or a sweep.

    Attributes
    ----------
    folder : Path
        The results folder.
    finished : int
        Runs that are there, kept ones included.
    missing : list of str
        Runs that failed, as ``arm-replication``.
    headline : dict
        ``table``: rows of the headline table, of a sweep those of its summary; ``costs``: realised public
        cost by arm (million yuan); ``budget``: what the scaling to a common budget found, by arm.
    files : list of Path
        Tables, figures and the report.
    ok : bool
        Whether every run is there.
    seconds : float
        What computing took, by the clock on the wall.
    """

    folder: Path
    finished: int
    missing: list[str] = field(default_factory=list)
    headline: dict[str, Any] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)
    ok: bool = True
    seconds: float = 0.0

    def add_report(self, path: Path, console: Console) -> None:
        """Add the report to the files and print where it is."""
        self.files.append(path)
        console.print(f"Report: {path}", highlight=False)
