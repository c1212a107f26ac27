"""A year of this checkout beside a year of another version, in turn on the same machine."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import BytesIO
from pathlib import Path

from benchmarks.harness import ROOT, Figure, NotTried, Plan, interleaved

BEFORE = "520f6aa"  # the last commit before the laws of costs, funds, firms, migration and structural change
ROUNDS = 15
# Answers each line on its standard input with the seconds of a year.
STEPPER = """
import sys, time
import sim
from sim.model import RegionalEconomy
model = RegionalEconomy(sim.load(sys.argv[1], sys.argv[2:]))
model.step()
print("ready", flush=True)
for line in sys.stdin:
    begin = time.perf_counter()
    model.step()
    print(time.perf_counter() - begin, flush=True)
"""


@contextmanager
def checkout(commit: str) -> Iterator[Path]:
    """Yield a folder with the sources of a commit.

    Raises
    ------
    NotTried
        If this is no clone that knows the commit.
    """
    try:
        packed = subprocess.run(["git", "-C", str(ROOT), "archive", commit], capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise NotTried(f"commit {commit} is not in the history of {ROOT.name}") from error
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=BytesIO(packed)) as archive:
            archive.extractall(folder, filter="data")
        yield Path(folder)


@contextmanager
def stepper(root: Path, name: str, *settings: str) -> Iterator[subprocess.Popen[str]]:
    """Yield a process that holds a model of the sources in a folder."""
    env = {**os.environ, "PYTHONPATH": str(root), "OPENBLAS_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
    command = [sys.executable, "-c", STEPPER, name, *settings]
    process = subprocess.Popen(command, cwd=root, env=env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        if (process.stdout.readline() if process.stdout else "").strip() != "ready":
            raise RuntimeError(f"the model of {root} did not start")
        yield process
    finally:
        process.kill()
        process.wait()


def _step(process: subprocess.Popen[str]) -> float:
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    return float(process.stdout.readline())


def year_over_before(plan: Plan) -> dict[str, Figure]:
    """Return the ratio of a year's seconds, ours over those of the version before."""
    found = {}
    rounds = max(ROUNDS, plan.rounds) if plan.scale == 1.0 else plan.rounds
    with checkout(BEFORE) as old:
        for case, (name, firms) in {"baseline": ("baseline", 36_000), "china, 1e5 firms": ("china", 100_000)}.items():
            settings = ("years=100", f"firms={plan.firms(firms)}")
            with ExitStack() as stack:
                theirs, ours = (stack.enter_context(stepper(root, name, *settings)) for root in (old, ROOT))
                functions = {"ours": lambda p=ours: _step(p), "theirs": lambda p=theirs: _step(p)}
                took = interleaved(functions, rounds)
            ms = {key: 1e3 * took[key] for key in ("ours", "theirs")}
            note = f"{ms['ours']:.1f} ms a year, {BEFORE} {ms['theirs']:.1f} ms, {rounds} rounds"
            found[case] = Figure(took.ratio("ours", "theirs"), note, ms)
    return found
