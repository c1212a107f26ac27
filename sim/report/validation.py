"""The page of ``hinterland validate``, a single file for offline use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sim import results
from sim.analysis.units import number
from sim.analysis.validated import Claim, tally
from sim.figures.style import display_name
from sim.report.page import filled
from sim.report.sentences import with_powers


def write_validation(rows: Sequence[Claim], reasons: Mapping[str, str], path: Path) -> Path:
    """Write the page.

    Parameters
    ----------
    rows : sequence of Row
    reasons : mapping of str to str
        Explanations of failing rows, by name.
    path : Path
        Its folder is created.
    """
    names = list(dict.fromkeys(row.suite for row in rows))
    suites = [_suite(name, [row for row in rows if row.suite == name], reasons) for name in names]
    content = {"suites": suites, "count": tally(row.verdict for row in rows), "commit": results.commit()}
    return results.write_text(path, filled(content, "validation.html.j2"))


def _suite(name: str, rows: Sequence[Claim], reasons: Mapping[str, str]) -> dict[str, Any]:
    lines = [
        {
            "name": row.name, "expected": _cell(row.expected), "obtained": _cell(row.obtained),
            "tolerance": _cell(row.tolerance), "verdict": row.verdict,
            "detail": row.detail, "reason": reasons.get(row.name, "") if row.verdict == "fail" else "",
        }
        for row in rows
    ]  # fmt: skip
    return {"name": display_name(name), "rows": lines, "count": tally(row.verdict for row in rows)}


def _cell(value: float | str | None) -> str:
    return "" if value is None else value if isinstance(value, str) else with_powers(number(value, 4))
