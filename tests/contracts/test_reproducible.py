"""The same config and seeds give the same bits, whoever computes them and wherever they lie."""

import json
import os
import shutil
import subprocess
import sys

import pytest

import sim
from sim.results import content_hash

SMALL = ["replications=2", "years=2", "scenario.firms=4000", "common_budget=null"]


@pytest.mark.slow
def test_hash_does_not_depend_on_workers_threads_or_folder(tmp_path):
    hashes = set()
    for name, workers, more in (("one", 1, []), ("two", 2, []), ("threads", 1, ["scenario.threads=2"])):
        config = sim.load("main", [*SMALL, *more])
        assert sim.run(config, tmp_path / name, workers=workers).ok
        hashes.add(content_hash(tmp_path / name))
    shutil.copytree(tmp_path / "one", tmp_path / "elsewhere" / "moved")
    hashes.add(content_hash(tmp_path / "elsewhere" / "moved"))
    assert len(hashes) == 1


# BLAS is asked for its threads while a year is under way, and after the run.
IN_OWN_PROCESS = """
import hashlib, json, os
import sim
from threadpoolctl import threadpool_info, threadpool_limits

def blas():
    return sorted({pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"})

asked, inside = int(os.environ["OPENBLAS_NUM_THREADS"]), set()
with threadpool_limits(asked, "blas"):
    record = sim.simulate(sim.load("small", ["years=2", "firms=1000"]), progress=lambda year: inside.update(blas()))
    after = blas()
digest = hashlib.sha256(record.payments.tobytes())
for name in sorted(record.series):
    digest.update(name.encode() + record.series[name].tobytes())
print(json.dumps({"inside": sorted(inside), "after": after, "hash": digest.hexdigest()}))
"""


def test_simulate_does_not_depend_on_the_threads_of_its_process():
    found = []
    for threads in ("1", "2"):
        env = {**os.environ, "OPENBLAS_NUM_THREADS": threads, "NUMBA_NUM_THREADS": threads}
        command = [sys.executable, "-c", IN_OWN_PROCESS]
        found.append(json.loads(subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout))
    one, two = found
    assert one["inside"] == two["inside"] == [1]
    # What the caller had set for other work is back.
    assert (one["after"], two["after"]) == ([1], [2])
    assert one["hash"] == two["hash"]
