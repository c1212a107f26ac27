"""Time and memory of one run by part: building, phases of the year, mechanisms, recording, writing.

Phases and mechanisms are wrapped from outside, so that ordinary runs have no profiling overhead.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from sim import results
from sim.batch.compiling import load_kernels
from sim.batch.tasks import Task, plan
from sim.config import design_of
from sim.economy.base_year.inversion import solve_base
from sim.errors import UserError, nearest
from sim.model import PHASES, coordinates, simulate
from sim.record import RunRecord
from sim.world import first_hours, forget_worlds

T = TypeVar("T")

# Parts of a run besides the phases of its years.
WORLD, BUILDING, INVERSION, RECORDING, WRITING = "world", "building", "base year", "recording", "writing"


@dataclass
class Cost:
    """Cost of a part of a run.

    Attributes
    ----------
    seconds : float
    memory : int, bytes
        Increase in the peak resident memory of the process.
    """

    seconds: float = 0.0
    memory: int = 0

    def add(self, other: Cost) -> None:
        """Add another cost of the same part."""
        self.seconds += other.seconds
        self.memory += other.memory


@dataclass
class Profile:
    """Cost of a run by part.

    Attributes
    ----------
    parts : dict of str to Cost
        In the order of the run; every instant belongs to exactly one part.
    within : dict of (str, str) to Cost
        By part and name: each mechanism within its phase, the base year within building. Included in the parts.
    record : RunRecord
        Output of the run, the same as without profiling.
    size : int, bytes
        Size of its file.
    """

    parts: dict[str, Cost]
    within: dict[tuple[str, str], Cost]
    record: RunRecord
    size: int

    @property
    def seconds(self) -> float:
        """Total over all parts."""
        return sum(cost.seconds for cost in self.parts.values())

    @property
    def memory(self) -> int:
        """Total increase over all parts, bytes."""
        return sum(cost.memory for cost in self.parts.values())


def peak_memory() -> int:
    """Return the peak resident memory of this process so far, bytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else 1024 * most


@dataclass
class Clock:
    """Assigns the time since the last lap to a part."""

    parts: dict[str, Cost] = field(default_factory=dict)
    within: dict[tuple[str, str], Cost] = field(default_factory=dict)
    last: tuple[float, int] = field(default_factory=lambda: (time.perf_counter(), peak_memory()))

    def lap(self, part: str) -> None:
        """Assign everything since the last lap to this part."""
        now = time.perf_counter(), peak_memory()
        cost = Cost(now[0] - self.last[0], now[1] - self.last[1])
        self.parts.setdefault(part, Cost()).add(cost)
        self.last = now

    def time_call(self, part: str, name: str, call: Callable[..., Any], *arguments: Any) -> None:
        """Time a call that is reported separately within a part."""
        begin = time.perf_counter(), peak_memory()
        call(*arguments)
        cost = Cost(time.perf_counter() - begin[0], peak_memory() - begin[1])
        self.within.setdefault((part, name), Cost()).add(cost)

    def call(self, phase: Callable[..., T], *given: Any, **named: Any) -> T:
        """Call a phase of the year, timed; mechanisms that it is given are timed one by one."""
        name = phase.__name__
        self.lap(RECORDING if name in self.parts or name != PHASES[0] else BUILDING)
        watched = (tuple(_TimedMechanism(m, name, self) for m in x) if isinstance(x, tuple) else x for x in given)
        found = phase(*watched, **named)
        self.lap(name)
        return found


class _TimedMechanism:
    """A mechanism with timed decisions; everything else is passed through."""

    def __init__(self, mechanism: Any, phase: str, clock: Clock):
        self._mechanism, self._phase, self._clock = mechanism, phase, clock

    def __getattr__(self, name: str) -> Any:
        return getattr(self._mechanism, name)

    def decide(self, *arguments: Any) -> None:
        self._clock.time_call(self._phase, self._mechanism.name, self._mechanism.decide, *arguments)

    def settle(self, *arguments: Any) -> None:
        self._clock.time_call(self._phase, self._mechanism.name, self._mechanism.settle, *arguments)


def profile(scenario: Any, seed: int) -> Profile:
    """Run a scenario and return the cost of each part.

    Kernels are loaded beforehand. The world is rebuilt, and the base year is solved once separately, outside the timed
    run, so that it can be reported within building.

    Parameters
    ----------
    scenario : Scenario
    seed : int

    Raises
    ------
    RunFailed
        If the run fails.
    """
    load_kernels()
    forget_worlds()
    clock = Clock()
    world = scenario.opened()
    clock.lap(WORLD)
    hours = first_hours(world)[1]
    clock.time_call(BUILDING, INVERSION, solve_base, world, hours, scenario.parameters)
    # A world with cached hours would hide the time they take.
    forget_worlds()
    scenario.opened()
    clock.last = time.perf_counter(), peak_memory()
    record = simulate(scenario, seed, call=clock.call)
    clock.lap(RECORDING)
    with tempfile.TemporaryDirectory() as folder_name:
        path = Path(folder_name) / "run.h5"
        meta = {"config": scenario.model_dump_json(), "seed": seed, "arm": "profile", "replication": 0, "run_id": "0"}
        results.write_run(path, record, coordinates(scenario), meta)
        clock.lap(WRITING)
        size = path.stat().st_size
    order = (WORLD, BUILDING, *PHASES, RECORDING, WRITING)
    return Profile({name: clock.parts[name] for name in order}, clock.within, record, size)


def first_run(config: Any, arm: str | None = None) -> Task:
    """Return the first run of an experiment.

    Parameters
    ----------
    config : Scenario, Comparison, Sweep, ...
        Arms under a common budget are taken unscaled; for a search its scenario is taken.
    arm : str, optional
        Restrict to this arm.

    Raises
    ------
    UserError
        If there is no such run.
    """
    arms = design_of(config).arms
    if not arms:
        text = f"a config of kind {config.kind} has no runs of the model; expected a config of another kind"
        raise UserError(f"{config.name}: {text}")
    if arm is not None and arm not in arms:
        raise UserError(f"--arm {arm}: unknown arm; expected one of {', '.join(arms)}" + nearest(arm, arms))
    chosen = {name: scenario for name, scenario in arms.items() if arm in (None, name)}
    first = getattr(config, "replication", 0)
    tasks, _ = plan([chosen], config.seed, first, first + 1, results.model_version(), own=True)
    return tasks[0]
