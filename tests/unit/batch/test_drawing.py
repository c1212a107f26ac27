"""Figures and the page by other processes: the same files, the same errors, and nobody is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import matplotlib.pyplot as plt
import numpy as np
import psutil
import pytest

from sim.batch import drawing, finish
from sim.batch.outcome import Outcome
from sim.errors import UserError
from tests.helpers.results import write_fake
from tests.helpers.running import silent


def killed_elsewhere(here: str) -> str:
    if os.getpid() != int(here):
        os.kill(os.getpid(), signal.SIGKILL)
    return "here"


def faulty(text: str) -> None:
    raise UserError(text) if text else OSError(28, "No space left on device")


@pytest.mark.slow
def test_processes_write_what_this_one_writes(tmp_path):
    found = []
    for processes in (0, 2):
        folder = tmp_path / str(processes)
        write_fake(folder, arms=("baseline", "fund"), replications=2)
        outcome, told = Outcome(folder, 4), silent(300)
        if processes:
            drawing.scenario(outcome, told, processes)
        else:
            finish.scenario(outcome, told)
        text = told.file.getvalue().replace(str(folder), "")
        found.append(([f.relative_to(folder) for f in outcome.files], outcome.headline, text))
    assert found[0] == found[1] and len(found[0][0]) == 19
    for path in (f for f in found[0][0] if f.suffix == ".png"):
        here, there = (plt.imread(tmp_path / str(processes) / path) for processes in (0, 2))
        assert np.array_equal(here, there), path
    assert (tmp_path / "2" / "report.html").read_text() == (tmp_path / "0" / "report.html").read_text()


def test_what_a_killed_process_was_to_do_is_done_here():
    with drawing._processes(2) as ask:
        assert [ask(killed_elsewhere, str(os.getpid()))() for _ in range(3)] == ["here"] * 3


def test_errors_are_those_of_the_task_and_nobody_is_left():
    with pytest.raises(UserError, match="no room in the frame"), drawing._processes(2) as ask:
        ask(faulty, "no room in the frame")()
    with pytest.raises(OSError) as caught, drawing._processes(2) as ask:
        ask(faulty, "")()
    assert caught.value.errno == 28
    for process in psutil.Process().children(recursive=True):
        assert "spawn_main" not in " ".join(process.cmdline()) and not process.children()


def test_an_interrupt_stops_the_drawing(tmp_path):
    out = tmp_path / "out"
    line = [sys.executable, "-m", "sim", "run", "small", "--set", "years=1", "--set", "firms=1000", "--out", str(out)]
    running = subprocess.Popen(line, stderr=subprocess.PIPE, text=True, start_new_session=True)
    while not list((out / "figures").glob("*")) and running.poll() is None:
        time.sleep(0.02)
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does: to all its processes
    _, told = running.communicate(timeout=60)
    if running.returncode == 0:
        pytest.skip("it had ended already")
    assert running.returncode == 130 and "Traceback" not in told
    deadline = time.monotonic() + 20
    while True:
        left = [p for p in psutil.process_iter(["status"]) if _group(p.pid) == running.pid]
        if not [p for p in left if p.info["status"] != psutil.STATUS_ZOMBIE]:
            break
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


def _group(process: int) -> int | None:
    try:
        return os.getpgid(process)
    except ProcessLookupError:
        return None
