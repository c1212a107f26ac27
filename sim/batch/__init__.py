"""From an experiment to a results folder: points x arms x replications over processes.

Each kind of experiment has its runner, `run_KIND`, imported on first use, as some need heavy libraries.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import UserError
from sim.extras import need
from sim.kinds import KINDS, resolved
from sim.paths import absolute

if TYPE_CHECKING:
    from sim.batch.outcome import Outcome

__all__ = ["refuse_unused", "run"]


def __getattr__(name: str) -> Any:
    kind = name.removeprefix("run_")
    if kind == name or kind not in KINDS:
        raise AttributeError(f"module 'sim.batch' has no attribute '{name}'")
    return resolved(KINDS[kind].runner)


def refuse_unused(config: Any, options: Mapping[str, Any]) -> None:
    """Refuse options that have no effect on experiments of a kind.

    Raises
    ------
    UserError
    """
    given = [name for name in KINDS[config.kind].unused if options.get(name) not in (None, False)]
    if given:
        flags = {"only": "--failed"}
        named = [flags.get(name, f"--{name.replace('_', '-')}") for name in given]
        raise UserError([f"{name}: has no effect on kind {config.kind}; expected it left out" for name in named])


def run(config: Any, out: str | Path | None = None, *, quiet: bool = False, **options: Any) -> Outcome:
    """Run an experiment of any kind into a folder; finished runs of the same experiment there are kept.

    If nothing has changed since it finished there, nothing is done, unless `overwrite` replaces it.

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
        report.

    Raises
    ------
    UserError
        If an option has no effect on experiments of this kind.

    Examples
    --------
    >>> import hinterland
    >>> outcome = hinterland.run(hinterland.load("small"), report=False, quiet=True)  # doctest: +SKIP
    >>> outcome.table, outcome.open()  # doctest: +SKIP
    """
    from sim.batch.uptodate import remember, up_to_date

    if quiet:
        from rich.console import Console

        options["console"] = Console(quiet=True)
    refuse_unused(config, options)
    need(KINDS[config.kind].extra, f"'{config.kind}'")
    if hasattr(config, "machine"):
        from sim.batch.executors import prepare, threads_of

        prepare(options.get("machine") or config.machine, options.get("workers"), threads_of(config))
    folder, model = absolute(Path("results") / config.name if out is None else out), options.get("model")
    known = None if options.get("overwrite") else up_to_date(config, folder, model)
    if known is not None:
        if (console := options.get("console")) is not None:
            kept = f"{known.finished:,} of {known.finished:,} runs exist already and are kept"
            console.print(f"{kept}; tables, figures and report are up to date: nothing to do.")
        return known
    outcome: Outcome = resolved(KINDS[config.kind].runner)(config, folder, **options)
    if outcome.ok and outcome.illustrated:
        remember(config, outcome, model)
    return outcome
