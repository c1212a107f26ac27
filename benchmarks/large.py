"""Row for ten million firms: a run in a separate process, which reports its time and peak memory."""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
import time
from pathlib import Path

from benchmarks import ours
from benchmarks.harness import GB, ROOT, Figure, Plan

YEARS = 20


def run(plan: Plan, firms: float) -> dict[str, float]:
    """Run twenty years of the largest bundled world in a fresh process."""
    plan.models.clear()
    given = ours.scenario(plan, 340, firms, years=YEARS).model_dump_json()
    program = [sys.executable, "-m", "benchmarks.large"]
    done = subprocess.run(program, input=given, capture_output=True, text=True, check=True, cwd=ROOT)
    return json.loads(done.stdout)


def ten_million(plan: Plan) -> dict[str, Figure]:
    few, many = run(plan, 1e5), run(plan, 1e7)
    each = (many["peak"] - few["peak"]) / (many["firms"] - few["firms"])
    took = f"{many['seconds']:.0f} s for {YEARS} years, of which {many['built']:.0f} s to set up"
    return {
        "peak, GB": Figure(many["peak"] / GB, f"{many['firms']:.0f} firms; {took}", many),
        "bytes a firm at the peak": Figure(
            each, f"over a run of {few['firms']:.0f} firms, {few['peak'] / GB:.2f} GB", few
        ),
        "seconds": Figure(many["seconds"], f"{few['seconds']:.1f} s with {few['firms']:.0f} firms", {}),
    }


def _peak() -> int:
    """Largest resident size of this process, bytes."""
    status = Path("/proc/self/status")
    # The usage that the system counts may be that of the process which started this one.
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
    return int(found[1]) * 1024 if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    """Run the scenario on standard input."""
    from sim.config import Scenario
    from sim.model import simulate

    scenario = Scenario.model_validate_json(sys.stdin.read())
    begin, ends = time.perf_counter(), []
    record = simulate(scenario, progress=lambda year: ends.append(time.perf_counter() - begin))
    figures = {
        "seconds": time.perf_counter() - begin, "first_year": ends[0], "peak": _peak(),
        "firms": float(record.series["firms"][-1].sum()),
    }  # fmt: skip
    print(json.dumps(figures | {"built": ends[0] - (ends[-1] - ends[0]) / max(1, len(ends) - 1)}))


if __name__ == "__main__":
    main()
