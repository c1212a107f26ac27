"""From an experiment to a results folder: points x arms x replications over processes.

Each kind of experiment has its runner, `run_KIND`, imported on first use, as some need heavy libraries.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.kinds import KINDS, resolved
from sim.places import place

if TYPE_CHECKING:
    from sim.batch.outcome import Outcome

__all__ = ["run"]


def __getattr__(name: str) -> Any:
    kind = name.removeprefix("run_")
    if kind == name or kind not in KINDS:
        raise AttributeError(f"module 'sim.batch' has no attribute '{name}'")
    return resolved(KINDS[kind].runner)


def run(config: Any, out: str | Path, **options: Any) -> Outcome:
    """Run an experiment of any kind into a folder.

    Parameters
    ----------
    config : Scenario, Comparison, Sweep, Sensitivity, Robustness, Factorial, Tuning, Calibration or Estimation
        As `sim.load` returns it.
    out : path
    **options
        See `sim.batch.session.Options`; an estimation uses ``overwrite`` and ``console`` only.
    """
    if hasattr(config, "machine"):
        from sim.batch.executors import prepare, threads_of

        prepare(options.get("machine") or config.machine, options.get("workers"), threads_of(config))
    outcome: Outcome = resolved(KINDS[config.kind].runner)(config, place(out), **options)
    return outcome
