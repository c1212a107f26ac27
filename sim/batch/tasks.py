"""One run as a task: what it needs, where it goes, how it is done."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py

from sim import results
from sim.world import world_identity, world_title


@dataclass(frozen=True)
class Task:
    """One run of an experiment.

    Attributes
    ----------
    arm : str
    replication : int
        From 0.
    seed : int
        The same in every arm, so that arms share their random numbers.
    scenario : Scenario
    path : Path
        The file it writes.
    run_id : str
    """

    arm: str
    replication: int
    seed: int
    scenario: Any
    path: Path
    run_id: str

    @property
    def label(self) -> str:
        """Name in messages and file names."""
        return f"{self.arm}-{self.replication:03d}"


def replication_seed(seed: int, replication: int) -> int:
    """Return the seed of a replication, the same in all arms.

    Examples
    --------
    >>> replication_seed(3, 7)
    3007
    """
    return seed * 1000 + replication


def plan(arms: Mapping[str, Any], seed: int, replications: int, folder: Path) -> list[Task]:
    """Return all runs, replication by replication, so that a broken-off batch has complete pairs.

    Parameters
    ----------
    arms : mapping of str to Scenario
    seed : int
    replications : int
    folder : Path
    """
    tasks = []
    version = results.model_version()
    for replication in range(replications):
        number = replication_seed(seed, replication)
        for arm, scenario in arms.items():
            path = results.run_path(folder, arm, replication)
            identity = results.run_id(canonical(scenario), number, version)
            tasks.append(Task(arm, replication, number, scenario, path, identity))
    return tasks


def is_finished(task: Task) -> bool:
    """Return whether the task's file is there and holds this very run."""
    if not task.path.is_file():
        return False
    try:
        with h5py.File(task.path, "r") as file:
            return file.attrs.get("run_id") == task.run_id
    except OSError:
        return False  # a damaged file is run again


def execute(task: Task, commit: str) -> float:
    """Run one task in a worker process and write its file.

    Returns
    -------
    float
        Seconds it took.
    """
    # imported here: the parent process never loads the kernels
    from sim.model import coordinates, simulate

    begin = time.perf_counter()
    record = simulate(task.scenario, task.seed)
    meta = {
        "config": config_text(task.scenario),
        "seed": task.seed,
        "arm": task.arm,
        "replication": task.replication,
        "run_id": task.run_id,
        "versions": results.versions(),
        "commit": commit,
        "world": world_title(task.scenario.world),
        "wall_s": time.perf_counter() - begin,
    }
    results.write_run(task.path, record, coordinates(task.scenario), meta)
    return time.perf_counter() - begin


def canonical(scenario: Any) -> str:
    """Return what makes a scenario's run this run, as JSON text: not its name, threads or seed."""
    # the seed of the run itself goes into the run id beside this text
    data = scenario.model_dump(mode="json", exclude={"name", "title", "threads", "seed"})
    data["world"] = world_identity(scenario.world)
    return json.dumps(data, sort_keys=True)


def config_text(config: Any) -> str:
    """Return a config as JSON text with sorted keys."""
    return json.dumps(config.model_dump(mode="json"), sort_keys=True)


def failure_path(folder: Path, task: Task) -> Path:
    """Return where the failure of a task is written."""
    return folder / "failed" / f"{task.label}.txt"


def write_failure(folder: Path, task: Task, error: str) -> Path:
    """Write why a run failed, with what is needed to run it alone."""
    config = json.dumps(task.scenario.model_dump(mode="json"), indent=1, sort_keys=True)
    text = f"arm: {task.arm}\nreplication: {task.replication}\nseed: {task.seed}\n\n{error}\n\nconfig:\n{config}\n"
    return results.write_text(failure_path(folder, task), text)
