"""Tables that come with the package and state of which model they are."""

from __future__ import annotations

from collections.abc import Iterable
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


def write_stored(rows: pd.DataFrame, path: Path, notes: Iterable[str] = ()) -> Path:
    """Write a table with the version of the model, the date, and further notes above it."""
    date = datetime.now(UTC).date().isoformat()
    head = [f"model version {results.model_version()}, {date}", *notes]
    return results.write_text(path, "".join(f"# {line}\n" for line in head) + rows.to_csv(index=False))


def read_stored(path: Path, **options: Any) -> Stored:
    """Read a table of `write_stored`; options are those of `pandas.read_csv`."""
    head = path.read_text(encoding="utf-8").partition("\n")[0]
    version, date = head.removeprefix("# model version ").split(", ")
    return Stored(pd.read_csv(path, comment="#", **options), version, date)
