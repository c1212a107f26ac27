"""How long commands take to start: wall time of fresh processes, compiled kernels in a separate folder."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 7
# One config of every kind; the slowest counts.
KINDS = ("small", "main", "fund_size_leverage", "sensitivity_morris", "robust_fund", "tune_fund", "calibrate_2015",
         "birthplace_2010")  # fmt: skip


def startup(rounds: int = ROUNDS) -> dict[str, float]:
    """Return seconds of ``help``, ``check``, ``run`` (warm) and ``cold run``, medians but for the last.

    Returns
    -------
    dict of str to float
        With ``check KIND`` of every kind besides; ``check`` is the slowest of these.

    Raises
    ------
    RuntimeError
        If a command fails, or a cold run does not say that it compiles.
    """
    with tempfile.TemporaryDirectory() as place:
        messages: list[str] = []
        found = {"cold run": _seconds(place, messages, "run", "small", "--out", f"{place}/cold")}
        if "compiled" not in messages[0]:
            raise RuntimeError("a cold run does not say that kernels are compiled")
        lines = {"help": ("--help",), **{f"check {name}": ("check", name) for name in KINDS}}
        times: dict[str, list[float]] = {name: [] for name in (*lines, "run")}
        for k in range(rounds):  # in turn, so that other work on the machine falls on all of them
            for name, line in lines.items():
                times[name].append(_seconds(place, messages, *line))
            times["run"].append(_seconds(place, messages, "run", "small", "--out", f"{place}/warm-{k}"))
        found |= {name: statistics.median(seconds) for name, seconds in times.items()}
    found["check"] = max(found[f"check {name}"] for name in KINDS)
    return found


def _seconds(place: str, messages: list[str], *line: str) -> float:
    """Return the wall time of a command in a fresh process; its standard error is appended to `messages`."""
    # an installed package has its bytecode; a checkout gets it with its first command
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    env["NUMBA_CACHE_DIR"] = str(Path(place) / "kernels")
    begin = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "sim", *line], env=env, capture_output=True, text=True)
    seconds = time.perf_counter() - begin
    if done.returncode:
        raise RuntimeError(f"{' '.join(line)}: {done.stderr.strip()}")
    messages.append(done.stderr)
    return seconds
