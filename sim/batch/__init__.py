"""From an experiment to a results folder: points x arms x replications over processes."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.batch.outcome import Outcome

__all__ = [
    "run", "run_calibration", "run_comparison", "run_robustness", "run_scenario", "run_sensitivity", "run_sweep",
    "run_tuning",
]  # fmt: skip

# Module and function behind each `run_KIND`; imported on first use, as some need heavy libraries.
_KINDS = {
    "scenario": ("sim.batch.experiment", "run_scenario"),
    "comparison": ("sim.batch.experiment", "run_comparison"),
    "sweep": ("sim.batch.sweep", "run_sweep"),
    "sensitivity": ("sim.batch.sweep", "run_sweep"),  # the post-processing depends on the kind of the config
    "robustness": ("sim.batch.sweep", "run_sweep"),
    "tuning": ("sim.batch.tuning", "run_tuning"),
    "calibration": ("sim.batch.calibration", "run_calibration"),
    "estimation": ("sim.estimation", "run_estimation"),  # without runs of the model
}


def __getattr__(name: str) -> Any:
    kind = name.removeprefix("run_")
    if kind == name or kind not in _KINDS:
        raise AttributeError(f"module 'sim.batch' has no attribute '{name}'")
    module, function = _KINDS[kind]
    return getattr(import_module(module), function)


def run(config: Any, out: str | Path, **options: Any) -> Outcome:
    """Run an experiment of any kind into a folder.

    Parameters
    ----------
    config : Scenario, Comparison, Sweep, Sensitivity, Robustness, Tuning, Calibration or Estimation
        As `sim.load` returns it.
    out : path
    **options
        See `sim.batch.session.Options`; an estimation takes ``overwrite`` and ``console``.
    """
    if config.kind not in ("scenario", "estimation"):
        from sim.batch.executors import prepare, threads_of

        machine = options.get("machine") or getattr(config, "machine", None)
        prepare(machine, options.get("workers"), threads_of(config))
    return __getattr__(f"run_{config.kind}")(config, Path(out), **options)
