"""Tables that come with the package and state of which model they are."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from sim import results


class Stored(NamedTuple):
    """A table and the model that it is of.

    Attributes
    ----------
    rows : DataFrame
    model_version : str
        Of the sources of the model.
    date : str
    """

    rows: pd.DataFrame
    model_version: str
    date: str

    @property
    def current(self) -> bool:
        """Whether these are the sources of the model at hand."""
        return self.model_version == results.model_version()


def write_stored(rows: pd.DataFrame, path: Path) -> Path:
    """Write a table with the version of the model and the date."""
    date = datetime.now(UTC).date().isoformat()
    head = f"# model version {results.model_version()}, {date}\n"
    return results.write_text(path, head + rows.to_csv(index=False))


def read_stored(path: Path, **options: Any) -> Stored:
    """Read a table of `write_stored`; options are those of `pandas.read_csv`."""
    head = path.read_text(encoding="utf-8").partition("\n")[0]
    version, date = head.removeprefix("# model version ").split(", ")
    return Stored(pd.read_csv(path, comment="#", **options), version, date)
