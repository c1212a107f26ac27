"""The outcome of an experiment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.batch.phases import phase
from sim.errors import UserError
from sim.kinds import KINDS, kind_of

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from sim.batch.screen import Screen


@dataclass(repr=False)
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
    illustrated : bool
        Whether figures and a report are wanted.
    """

    folder: Path
    finished: int
    missing: list[str] = field(default_factory=list)
    headline: dict[str, Any] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)
    ok: bool = True
    seconds: float = 0.0
    illustrated: bool = True

    @property
    def table(self) -> pd.DataFrame:
        """The main table of its kind: effects of a comparison, summary of a sweep, estimates; of a scenario indicators.

        Raises
        ------
        UserError
            If there is none, as where no arm shares a finished seed with the baseline.
        """
        import pandas as pd

        from sim.analysis import indicator_table
        from sim.results import read_manifest

        name = KINDS[kind_of((read_manifest(self.folder) or {}).get("config", {}))].table
        if not name:
            return indicator_table(self.open())
        if not (self.folder / name).is_file():
            raise UserError(f"{self.folder}: has no {name}; expected finished runs that can be compared")
        return pd.read_csv(self.folder / name, keep_default_na=False, na_values=[""])

    def open(self) -> xr.Dataset:
        """Return all its runs as one labelled dataset, read as needed; see `hinterland.open_results`."""
        from sim.results import open_results

        return open_results(self.folder)

    def illustrate(
        self, draw: Callable[[], list[Path]], write: Callable[[], Path], console: Screen, note: str = ""
    ) -> None:
        """Draw the figures, write the report and print where it is, unless none are wanted; see `add_report`."""
        if self.illustrated:
            with phase(console, "drawing figures"):
                self.files += draw()
            with phase(console, "writing the report"):
                page = write()
            self.add_report(page, console, note)

    def add_report(self, path: Path, console: Screen, note: str = "") -> None:
        """Add the report to the files and print where it is, after a note on its figures if there is one."""
        self.files.append(path)
        for line in (note, f"Report: {path}"):
            if line:
                console.print(line)

    def __repr__(self) -> str:
        missing = f", {len(self.missing):,} missing" if self.missing else ""
        return f"<Outcome {self.folder.name}: {self.finished:,} runs finished{missing}>"

    def _repr_html_(self) -> str:
        try:
            shown: str = self.table.to_html(max_rows=20)
        except UserError as error:
            shown = f"<p>{escape(str(error))}</p>"
        return f"<p><code>{escape(repr(self))}</code> {escape(str(self.folder))}</p>{shown}"
