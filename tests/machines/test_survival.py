"""Experiments survive kills, dead workers and full disks: nothing finished is lost, and the end has the same bits."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from sim.results import Index
from tests.helpers.processes import ONE_THREAD, call, command, dask, result

pytestmark = pytest.mark.slow


def finished(out: Path) -> set[str]:
    """Return the ids of the runs that are there."""
    index = Index(out)
    index.close()
    return set(index.by_id())


def processes_of(parent: int) -> list[psutil.Process]:
    """Return the processes of a run: workers, the fork server, the tracker."""
    try:
        return psutil.Process(parent).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def kill_until_done(sweep: Path, out: Path, kills: int, seed: int) -> dict[str, int]:
    """Run the sweep, again and again, and kill a random process of it at random times."""
    chance, counts = random.Random(seed), {"parent": 0, "worker": 0, "starts": 0}
    acknowledged: set[str] = set()
    running: subprocess.Popen | None = None
    while True:
        if running is None:
            running = subprocess.Popen(command("run", sweep, "--out", out, "--workers", "2"), stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)  # fmt: skip
            counts["starts"] += 1
            begin = time.monotonic()
            while len(processes_of(running.pid)) < 4 and running.poll() is None and time.monotonic() < begin + 20:
                time.sleep(0.05)  # until its workers are there
        enough = counts["parent"] + counts["worker"] >= kills
        try:
            code = running.wait(None if enough else chance.uniform(0.3, 3.0))
        except subprocess.TimeoutExpired:
            known = finished(out) if (out / "experiment.json").is_file() else set()
            assert acknowledged <= known, "a finished run is lost"
            acknowledged = known
            others = processes_of(running.pid)
            victim = chance.choice(others).pid if others and chance.random() < 0.6 else running.pid
            try:
                os.kill(victim, signal.SIGKILL)
            except ProcessLookupError:
                continue
            counts["parent" if victim == running.pid else "worker"] += 1
            if victim == running.pid:
                running.wait()
                running = None
            continue
        assert acknowledged <= finished(out)
        if code == 0:
            return counts
        running = None  # a killed fork server ends the run with an error; it is started again


def check_whole(sweep: Path, out: Path, tmp_path: Path, runs: int) -> None:
    """Nothing lost, nothing twice, nothing broken, the bits of an experiment that was never broken off."""
    assert result("run", sweep, "--out", tmp_path / "whole", "--workers", 2)["finished"] == runs
    told = result("status", out)
    assert told["finished"] == told["planned"] == runs and not told["missing"] and not told["failed"]
    found = result("verify", out)
    assert found["runs"] == runs and not found["faults"]
    assert result("hash", out)["hash"] == result("hash", tmp_path / "whole")["hash"]


def test_a_few_kills(sweep, tmp_path):
    kill_until_done(sweep, tmp_path / "out", 3, seed=1)
    check_whole(sweep, tmp_path / "out", tmp_path, 8)


@pytest.mark.endurance
def test_a_hundred_kills(sweep, tmp_path):
    sweep.write_text(sweep.read_text().replace("steps: 2", "steps: 50").replace("years: 3", "years: 20"))
    counts = kill_until_done(sweep, tmp_path / "out", 100, seed=2)
    print(f"killed: {counts['parent']} times the parent, {counts['worker']} times another process; "
          f"{counts['starts']} starts")  # fmt: skip
    assert counts["parent"] + counts["worker"] == 100
    check_whole(sweep, tmp_path / "out", tmp_path, 5000)


def test_ctrl_c(sweep, tmp_path):
    out = tmp_path / "out"
    grown = sweep.read_text().replace("steps: 2", "steps: 6")
    sweep.write_text(grown)
    # as a terminal does it, the signal goes to all processes of the group
    # (a suite that runs in the background of a shell has it ignored, which children would inherit)
    running = subprocess.Popen(command("run", sweep, "--out", out, "--workers", 2), stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True, start_new_session=True,
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))  # fmt: skip
    for _ in range(600):
        time.sleep(0.1)
        if (out / "experiment.json").is_file() and len(finished(out)) > 2:
            break
    os.killpg(running.pid, signal.SIGINT)
    error = running.communicate(timeout=60)[1]
    assert running.returncode == 130 and "Traceback" not in error, error
    assert "of 72 runs are finished and kept; run the same command again for the missing ones" in error
    assert 2 < len(finished(out)) < 72 and not list(out.glob("runs/.*.tmp"))
    result("run", sweep, "--out", out)
    check_whole(sweep, out, tmp_path, 72)


def test_a_dask_worker_dies(sweep, tmp_path):
    sweep.write_text(sweep.read_text().replace("steps: 2", "steps: 5").replace("years: 3", "years: 10"))
    out = tmp_path / "out"
    with dask(tmp_path) as (address, workers):
        running = subprocess.Popen(command("run", sweep, "--out", out, "--machine", address), stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True, env={**os.environ, **ONE_THREAD})  # fmt: skip
        for _ in range(600):
            time.sleep(0.1)
            if (out / "experiment.json").is_file() and len(finished(out)) > 4:
                break
        workers[0].kill()
        error = running.communicate(timeout=300)[1]
    assert running.returncode == 0, error
    assert result("status", out)["finished"] == 50 and not result("verify", out)["faults"]


def limit(size: int):
    """Return what limits the size of files in a new process."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def test_no_room_for_a_file(sweep, tmp_path):
    out = tmp_path / "out"
    result("run", sweep, "--out", out, "--set", "replications=1")
    before = finished(out)
    done = call("run", sweep, "--out", out, preexec_fn=limit(40_000))
    assert done.returncode == 1 and "no space left" in done.stderr and "Traceback" not in done.stderr, done.stderr
    assert "4 of 8 runs are finished and kept" in done.stderr
    assert finished(out) == before and not result("status", out)["failed"]
    result("run", sweep, "--out", out)
    check_whole(sweep, out, tmp_path, 8)


def test_a_disk_that_fills_up(sweep, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=420k", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("file systems cannot be mounted here; the limit on the size of files is tested")
    try:
        out = disk / "out"
        done = call("run", sweep, "--out", out)
        assert done.returncode == 1 and "no space left" in done.stderr and "Traceback" not in done.stderr, done.stderr
        kept = finished(out)
        assert 0 < len(kept) < 8
        subprocess.run(["mount", "-o", "remount,size=100m", str(disk)], check=True)
        assert result("run", sweep, "--out", out)["finished"] == 8
        assert kept <= finished(out)
        check_whole(sweep, out, tmp_path, 8)
    finally:
        subprocess.run(["umount", str(disk)], check=False)


def test_two_at_work_in_one_folder(sweep, tmp_path):
    out = tmp_path / "out"
    sweep.write_text(sweep.read_text().replace("steps: 2", "steps: 6"))
    first = subprocess.Popen(command("run", sweep, "--out", out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            time.sleep(0.1)
            if (out / "experiment.json").is_file():
                break
        first.send_signal(signal.SIGSTOP)  # it must not finish before the second has tried
        told = json.loads(call("status", out, "--json").stdout)
        assert told["running"] == f"process {first.pid} on {os.uname().nodename}"
        done = call("run", sweep, "--out", out)
        assert done.returncode == 2 and f"process {first.pid}" in done.stderr and "in use by" in done.stderr
    finally:
        first.kill()
        first.wait()
    assert result("run", sweep, "--out", out)["finished"] == 72
