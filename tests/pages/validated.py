"""The rows of the validation that come with the package, as the file has them."""

from __future__ import annotations

import csv
from pathlib import Path

import sim

_TABLE = Path(sim.__file__).parent / "analysis" / "validated.csv"
with _TABLE.open(encoding="utf-8", newline="") as _file:
    next(_file)  # version of the model and date
    ROWS = list(csv.DictReader(_file))

VERDICTS = {"passed": ("pass",), "counted": ("pass", "fail"), "reported": ("reported",)}
