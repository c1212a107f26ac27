"""Runs as tasks: the identity of a run, the runs of an experiment, the record of a failure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim import results
from sim.policy.cities import RULES
from sim.policy.plugins import KEPT, stored
from sim.policy.sources import code_digest, source_digest
from sim.results.inputs import KEPT as INPUTS
from sim.results.inputs import replaced, stored_inputs
from sim.world import world_identity

FAILED = "failed"
IN_SEQUENCE = 1000  # replications whose seeds follow each other
Names = dict[str, list[list[str | None]]]  # run names by arm, point and replication; None if not planned


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
    run_id : str
    label : str
        Name in messages, and of its file unless it is in a bundle.
    experiment_seed : int
        Seed of the experiment, of which that of the run is made.
    """

    arm: str
    replication: int
    seed: int
    scenario: Any
    run_id: str
    label: str
    experiment_seed: int

    @property
    def name(self) -> str:
        """Name of the run in the manifest, see `sim.results.run_name`."""
        return results.run_name({"arm": self.arm, "replication": self.replication, "run_id": self.run_id})


def replication_seed(seed: int, replication: int) -> int:
    """Return the seed of a replication, the same in all arms.

    Parameters
    ----------
    seed : int
        Of the experiment.
    replication : int
        From 0. Those from 1000 on are mixed with the seed into 64 bits: seed 1 has none that seed 2 has.

    Examples
    --------
    >>> replication_seed(3, 7)
    3007
    >>> replication_seed(1, 1000)
    17098769854031618072
    """
    if replication < IN_SEQUENCE:
        return seed * IN_SEQUENCE + replication
    from sim.kernels.random import mix

    return int(mix(seed, replication))


def version_of(model: Callable[..., Any] | None) -> str:
    """Return the version of the model: Hinterland's, or that of the function used instead, with what it imports."""
    if model is None:
        return results.model_version()
    text = f"{model.__module__}.{getattr(model, '__qualname__', model)}\0{code_digest(model)}"
    return hashlib.sha256(text.encode()).hexdigest()


def plan(
    points: list[dict[str, Any]], seed: int, first: int, last: int, version: str, own: bool = False
) -> tuple[list[Task], Names]:
    """Return the distinct runs of some replications, and which run belongs to which point.

    Ordered by replication, so that an interrupted batch has complete pairs.

    Parameters
    ----------
    points : list of dict of str to Scenario
        By point: the scenario of each arm. Points may share a scenario and then share its runs.
    seed : int
    first, last : int
        Replications from `first` up to but excluding `last`.
    version : str
        Version of the model.
    own : bool
        Whether arm and replication alone name a run, as with a single point.

    Returns
    -------
    tasks : list of Task
    names : Names
    """
    texts = {id(s): canonical(s) for at in points for s in at.values()}
    names: Names = {arm: [[] for _ in points] for arm in points[0]}
    tasks: dict[str, Task] = {}
    for replication in range(first, last):
        number = replication_seed(seed, replication)
        for k, at in enumerate(points):
            for arm, scenario in at.items():
                identity = results.run_id(texts[id(scenario)], number, version)
                name = results.run_name({"arm": arm, "replication": replication, "run_id": identity})
                names[arm][k].append(name)
                if name not in tasks:
                    label = f"{arm}-{replication:03d}" if own else name
                    tasks[name] = Task(arm, replication, number, scenario, identity, label, seed)
    return list(tasks.values()), names


def canonical(scenario: Any) -> str:
    """Return everything that determines the runs of a scenario but the seed, as JSON text; without name and threads."""
    # the seed of the run enters the run id separately
    data = scenario.model_dump(mode="json", exclude={"name", "title", "threads", "seed", "replication"})
    data["world"] = world_identity(scenario.world)
    if sources := sources_of(scenario):
        data["sources"] = sources
    return json.dumps(data, sort_keys=True)


def sources_of(scenario: Any) -> dict[str, str]:
    """Return the digest of the sources of each kind of mechanism and of the city rule that a scenario uses.

    Those of others do not count, and bundled rules are part of the model.
    """
    classes: set[Any] = {type(mechanism) for mechanism in getattr(scenario, "mechanisms", ())}
    found = {cls.model_fields["kind"].default: source_digest(cls) for cls in classes}
    parameters = getattr(scenario, "parameters", None)
    if parameters is not None and (rule := parameters.cities.rule) not in RULES.own:
        cls: Any = RULES[rule]
        found[rule] = source_digest(cls)
    return found


def config_text(config: Any) -> str:
    """Return a config as JSON text with sorted keys."""
    return json.dumps(config.model_dump(mode="json"), sort_keys=True)


def failure_path(folder: Path, task: Task) -> Path:
    """Return the path of the failure record of a task."""
    return folder / FAILED / f"{task.label}.yaml"


def write_failure(folder: Path, task: Task, error: str) -> Path:
    """Write the error of a run as comments above a config that reruns it alone."""
    remarks = [f"Run '{task.label}' of arm '{task.arm}', replication {task.replication}, seed {task.seed}, failed.",
               f"To rerun it alone: hinterland run {failure_path(folder, task)}", "", *error.splitlines()]  # fmt: skip
    copies = {row.given: f"../{INPUTS}/{row.copy}" for row in stored_inputs(folder)}
    data = replaced(task.scenario.model_dump(mode="json"), copies)
    base = {"seed": task.experiment_seed, "replication": task.replication} if "replication" in data else {}
    modules = [f"../{KEPT}/{row['module']}" for row in stored(folder)]
    own = {"mechanisms_from": modules} if modules else {}
    config = {"kind": "scenario", **own, **data, **base, "name": task.label[:64]}
    text = "".join(f"# {line}".rstrip() + "\n" for line in remarks)
    return results.write_text(failure_path(folder, task), text + json.dumps(config, indent=1) + "\n")
