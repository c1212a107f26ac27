"""Access to one stored run, whether single or in a bundle."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from sim.catalogue import VARIABLES
from sim.currency import YUAN
from sim.record import PAYMENT_DTYPE, RunRecord
from sim.results.files import open_file, read_array, read_coords, read_metas


class StoredRun:
    """One run of an open file, single or in a bundle.

    Parameters
    ----------
    file : h5py.File
    row : int
        Row of the run in its bundle; 0 in a single-run file.
    """

    def __init__(self, file: h5py.File, row: int = 0):
        self.file, self.row, self.bundle = file, row, "meta" in file

    def __contains__(self, name: str) -> bool:
        return name in self.file

    def __getitem__(self, name: str) -> np.ndarray:
        """Return an array of the run, such as ``people`` (T, R, 2)."""
        return self.file[name][self.row] if self.bundle else self.file[name][()]

    def payments(self) -> Any:
        """Return the group of the run's payments, or None."""
        found = self.file.get(f"payments/{self.row:03d}" if self.bundle else "payments")
        return found if found is not None and found["amount"].shape[0] else None

    def reports(self) -> Iterator[tuple[h5py.Dataset, np.ndarray]]:
        """Yield every report with the run's values (T,)."""
        for data in self.file["reports"].values():
            values = data[self.row] if self.bundle else data[()]
            if not self.bundle or not np.isnan(values).all():  # belongs to another run in the bundle
                yield data, values


def read_run(path: str | Path, row: int = 0) -> tuple[RunRecord, dict[str, Any]]:
    """Return one run and its metadata; ``meta["coords"]`` holds the coordinates.

    Parameters
    ----------
    path : path
    row : int
        Row of the run in a bundle.

    Raises
    ------
    UserError
        If the file is missing, corrupt or foreign.
    """
    with open_file(path) as file:
        run, meta = StoredRun(file, row), read_metas(file)[row]
        group = run.payments()
        payments = np.zeros(0 if group is None else group["year"].shape[0], dtype=PAYMENT_DTYPE)
        for column in PAYMENT_DTYPE.names or () if group is not None else ():
            payments[column] = group[column][()]
        reports, units = {}, {}
        for data, values in run.reports():
            key = (str(data.attrs["mechanism"]), str(data.attrs["item"]))
            reports[key], units[key] = values, str(data.attrs["units"])
        record = RunRecord(
            years=file["year"][()],
            series={name: run[name] for name in VARIABLES if name in run},
            payments=payments,
            accounts=[] if group is None else list(read_array(group["accounts"])),
            purposes=[] if group is None else list(read_array(group["purposes"])),
            reports=reports,
            report_units=units,
            notes=meta.pop("notes", {}),
            currency=meta.pop("currency", YUAN),
        )
        meta["coords"] = read_coords(file)
    return record, meta
