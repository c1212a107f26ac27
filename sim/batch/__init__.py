"""From an experiment to a results folder: points x arms x replications over processes.

Each kind of experiment has its runner, `run_KIND`, imported on first use, as some need heavy libraries.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.extras import need
from sim.kinds import KINDS, resolved

if TYPE_CHECKING:
    from sim.batch.outcome import Outcome

__all__ = ["run"]


def __getattr__(name: str) -> Any:
    kind = name.removeprefix("run_")
    if kind == name or kind not in KINDS:
        raise AttributeError(f"module 'sim.batch' has no attribute '{name}'")
    return resolved(KINDS[kind].runner)


def run(config: Any, out: str | Path | None = None, *, quiet: bool = False, **options: Any) -> Outcome:
    """Run an experiment of any kind into a folder; finished runs of the same experiment there are kept.

    Parameters
    ----------
    config : Scenario, Comparison, Sweep, Sensitivity, Robustness, Factorial, Tuning, Calibration or Estimation
        As `sim.load` returns it.
    out : path, optional
        Results folder; ``results/NAME`` by default, as of ``hinterland run``.
    quiet : bool
        Print nothing.
    **options
        See `sim.batch.session.Options`, such as ``workers``, ``overwrite``, and ``report=False``: no figures and no
        report. An estimation uses ``overwrite``, ``report`` and ``console`` only.

    Examples
    --------
    >>> import hinterland
    >>> outcome = hinterland.run(hinterland.load("small"), report=False, quiet=True)  # doctest: +SKIP
    >>> outcome.table, outcome.open()  # doctest: +SKIP
    """
    if quiet:
        from rich.console import Console

        options["console"] = Console(quiet=True)
    need(KINDS[config.kind].extra, f"'{config.kind}'")
    if hasattr(config, "machine"):
        from sim.batch.executors import prepare, threads_of

        prepare(options.get("machine") or config.machine, options.get("workers"), threads_of(config))
    folder = Path("results") / config.name if out is None else Path(out)
    outcome: Outcome = resolved(KINDS[config.kind].runner)(config, folder, **options)
    return outcome
