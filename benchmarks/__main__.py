"""Measure the rows of the table and print them: ``python -m benchmarks``."""

from __future__ import annotations

import argparse
import gc
import importlib.metadata
import json
import math
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import harness
from benchmarks.harness import ROOT, NotTried, Plan, number
from benchmarks.rows import ROWS, Row
from sim.errors import nearest

PACKAGES = ("numpy", "numba", "scipy", "mesa")


def main(arguments: Sequence[str] | None = None, rows: Sequence[Row] = ROWS) -> int:
    """Measure, print, and return the exit code: 1 if a target is missed, 2 on bad input."""
    given = _parser().parse_args(arguments)
    names = [row.name for row in rows]
    for name in given.only or ():
        if name not in names:
            print(f"error: no row '{name}'{nearest(name, names)}; there are {', '.join(names)}", file=sys.stderr)
            return 2
    chosen = [row for row in rows if not given.only or row.name in given.only]
    if given.list:
        for row in chosen:
            print(f"{row.name:12} {row.what}")
        return 0
    about = header(short=given.quick)
    _say_header(about)
    begin = time.perf_counter()
    lines = measure(chosen, harness.quick() if given.quick else harness.full(), given.quick)
    about["seconds"] = round(time.perf_counter() - begin, 1)
    missed = sum(line["verdict"] == "missed" for line in lines)
    print(f"{missed} of {len(lines)} missed, {about['seconds']:.0f} s{_short(given.quick)}")
    if given.json:
        found = json.dumps({"about": about, "rows": lines}, ensure_ascii=False, indent=1, allow_nan=False)
        Path(given.json).write_text(found + "\n", encoding="utf-8")
    return int(missed > 0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure how fast the model is.")
    parser.add_argument("--only", nargs="+", metavar="ROW", help="measure these rows; --list names them")
    parser.add_argument("--quick", action="store_true", help="a short look: smaller sizes, two rounds")
    parser.add_argument("--json", metavar="FILE", help="write the table there, too")
    parser.add_argument("--list", action="store_true", help="name the rows and end")
    return parser


def header(short: bool) -> dict[str, Any]:
    """Return what a figure depends on: the machine, the versions, the commit."""
    versions = {name: importlib.metadata.version(name) for name in ("hinterland", *PACKAGES)}
    git = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
    try:
        commit = subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        commit = "unknown"
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / harness.GB
    return {
        "processor": _processor(), "cores": os.cpu_count(), "memory_gb": round(pages, 1),
        "system": platform.platform(terse=True), "python": platform.python_version(), **versions, "commit": commit,
        "wait_policy": os.environ.get("OMP_WAIT_POLICY", "default"), "short": short,
    }  # fmt: skip


def _processor() -> str:
    """Name of the processor, as far as the system reports it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    fields = {name.strip(): value.strip() for name, value in fields.items()}
    parts = [fields.get("model name", platform.processor())]
    if "cpu family" in fields:
        parts.append(f"family {fields['cpu family']} model {fields.get('model')}, cache {fields.get('cache size')}")
    return ", ".join(parts)


def _short(short: bool) -> str:
    return "; a SHORT look, with smaller sizes and two rounds: no verdict" if short else ""


def _say_header(about: dict[str, Any]) -> None:
    print(f"{about['processor']}; {about['cores']} cores, {about['memory_gb']} GB; {about['system']}")
    print(", ".join(f"{name} {about[name]}" for name in ("python", "hinterland", *PACKAGES, "commit")))
    print(f"waiting threads (OMP_WAIT_POLICY): {about['wait_policy']}")
    print(f"ratios within a round, medians of rounds{_short(about['short'])}\n")


def measure(rows: Sequence[Row], plan: Plan, short: bool = False) -> list[dict[str, Any]]:
    """Measure rows one after the other and print each when it is known; return the lines of the table."""
    lines: list[dict[str, Any]] = []
    console = Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TextColumn("{task.fields[left]}")
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=sum(row.seconds for row in rows), left="")
        begin, expected = time.perf_counter(), 0.0
        for k, row in enumerate(rows):
            # A machine half as fast as the one whose seconds the rows name takes twice as long.
            pace = (time.perf_counter() - begin) / expected if expected else (0.1 if short else 1.0)
            left = pace * sum(r.seconds for r in rows[k:])
            progress.update(task, description=row.name, completed=expected, left=f"about {left / 60:.1f} min left")
            start = time.perf_counter()
            found = _lines(row, plan)
            gc.collect()
            expected += row.seconds
            lines += found
            progress.stop()
            print(f"{row.name}: {row.what} ({time.perf_counter() - start:.0f} s)")
            for line in found:
                print(_text(line), flush=True)
            progress.start()
    return lines


def _lines(row: Row, plan: Plan) -> list[dict[str, Any]]:
    """Lines of a row, one a case; a row that cannot be measured has missed its targets."""
    failed, untried = "", False
    try:
        figures = row.measure(plan)
    except NotTried as reason:
        figures, failed, untried = {}, f"not tried: {reason}", True
    except Exception as error:  # a row must not take the others along
        figures, failed = {}, f"not measured: {type(error).__name__}: {error}"
        # A process that failed says why in its last line.
        failed += "".join((getattr(error, "stderr", None) or "").strip().splitlines()[-1:])
    lines = []
    for case, bound in row.cases.items():
        figure = figures.get(case)
        value = figure.value if figure is not None else math.nan
        lines.append(
            {
                "row": row.name, "what": row.what, "case": case, "target": str(bound),
                "value": value if math.isfinite(value) else None,
                "note": figure.note if figure is not None else failed or "not measured",
                "measured": figure.measured if figure is not None else {},
                "verdict": "not tried" if untried else "missed" if figure is None else bound.verdict(value),
            }
        )  # fmt: skip
    return lines


def _text(line: dict[str, Any]) -> str:
    value = "-" if line["value"] is None else number(line["value"])
    return f"  {line['case']:<42} {value:>8}  {line['target']:<8} {line['note']}  {line['verdict']}"


if __name__ == "__main__":
    sys.exit(main())
