"""The page of ``hinterland validate``: one file, opens offline."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import jinja2

from sim import results
from sim.analysis.units import number
from sim.figures.style import words


class Claim(Protocol):
    """The part of a row of validation that the page shows."""

    @property
    def suite(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def expected(self) -> float | str: ...
    @property
    def obtained(self) -> float: ...
    @property
    def tolerance(self) -> float | None: ...
    @property
    def verdict(self) -> str: ...


def write_validation(rows: Sequence[Claim], reasons: Mapping[str, str], path: Path) -> Path:
    """Write the page.

    Parameters
    ----------
    rows : sequence of Row
    reasons : mapping of str to str
        Why rows fail, by name.
    path : Path
        Its folder is made.
    """
    names = list(dict.fromkeys(row.suite for row in rows))
    suites = [_suite(name, [row for row in rows if row.suite == name], reasons) for name in names]
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("sim.report", "."), autoescape=True, undefined=jinja2.StrictUndefined
    )
    page = environment.get_template("validation.html.j2").render(
        suites=suites, total=len(rows), passed=sum(row.verdict == "pass" for row in rows), commit=results.commit()
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    part.write_text(page, encoding="utf-8")
    os.replace(part, path)
    return path


def _suite(name: str, rows: Sequence[Claim], reasons: Mapping[str, str]) -> dict[str, Any]:
    lines = [
        {
            "name": row.name, "expected": _cell(row.expected), "obtained": _cell(row.obtained),
            "tolerance": _cell(row.tolerance), "verdict": row.verdict,
            "reason": reasons.get(row.name, "") if row.verdict != "pass" else "",
        }
        for row in rows
    ]  # fmt: skip
    return {"name": words(name), "rows": lines, "passed": sum(row.verdict == "pass" for row in rows)}


def _cell(value: float | str | None) -> str:
    return "" if value is None else value if isinstance(value, str) else number(value, 4)
