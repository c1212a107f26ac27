"""The same config and seeds give the same bits, whoever computes them and wherever they lie."""

import shutil

import sim
from sim.results import content_hash

SMALL = ["replications=2", "years=2", "scenario.firms=4000", "common_budget=null"]


def test_hash_does_not_depend_on_workers_threads_or_folder(tmp_path):
    hashes = set()
    for name, workers, more in (("one", 1, []), ("two", 2, []), ("threads", 1, ["scenario.threads=2"])):
        config = sim.load("main", [*SMALL, *more])
        assert sim.run(config, tmp_path / name, workers=workers).ok
        hashes.add(content_hash(tmp_path / name))
    shutil.copytree(tmp_path / "one", tmp_path / "elsewhere" / "moved")
    hashes.add(content_hash(tmp_path / "elsewhere" / "moved"))
    assert len(hashes) == 1
