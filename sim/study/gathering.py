"""All tables of the study from the results folders that exist."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sim.batch.uptodate import finished
from sim.config import load
from sim.results import read_manifest
from sim.study.kinds import rows_of
from sim.study.running import times
from sim.study.sections import Study, file_of
from sim.study.tables import DRAWS, INDEX, Rows, gathered


def gather(study: Study, out: Path) -> dict[str, pd.DataFrame]:
    """Return the tables of all experiments of which complete results are in a folder.

    Parameters
    ----------
    study : Study
    out : Path
        With a results folder for each experiment, as `sim.study.running.run_sections` leaves it.
    """
    rows: Rows = {name: [] for name in INDEX}
    seconds = times(out)
    for section in study.sections:
        for name in section.experiments:
            folder = out / name
            if read_manifest(folder) is None or not finished(folder):
                continue
            kind = load(file_of(name)).kind
            for table, found in rows_of(name, section.name, kind, folder, study.statements).items():
                rows[table] += found
            spent = seconds.get(name, float("nan")) + seconds.get(name + DRAWS, 0.0)
            rows["experiments"][-1]["seconds"] = spent
    return gathered(rows)
