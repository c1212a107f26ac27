"""Calibrations: an interruptible search over parameter sets, the fit, and how well parameters are identified."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd

from sim import results
from sim.batch.executors import TaskResult, run_tasks
from sim.batch.outcome import Outcome
from sim.batch.progress import progress
from sim.batch.session import Session, open_session
from sim.batch.tasks import config_text
from sim.config.design.calibration import limits as limits_of
from sim.config.schema.calibration import Calibration
from sim.errors import RunFailed, UserError
from sim.results import write_text

TRIALS, PROFILE, FRAGMENT = "trials.csv", "profile.csv", "fragment.yaml"
BATCH = 4  # trials proposed at a time
BEST_PART = 0.1  # share of the trials whose parameters are correlated


def run_calibration(config: Calibration, out: Path, **options: Any) -> Outcome:
    """Run the search, then profile the loss around the optimum and write the config fragment.

    Parameters
    ----------
    config : Calibration
    out : Path
        Results folder; existing trials are kept and the search continues from them.
    **options
        See `sim.batch.session.Options`.

    Raises
    ------
    UserError
        If a parameter does not exist, or the folder holds another experiment.
    """
    from sim.figures.calibration import plot_calibration

    limits = limits_of(config)
    with open_session(config, out, **options) as session:
        out, console = session.folder, session.console
        results.write_manifest(out, config.name, config_text(config), ["calibration"], 1)
        trials = _search(session, limits)
        best = trials.loc[trials["loss"].idxmin()]
        values = {key: float(best[key]) for key in limits}
        profile = _profile(session, limits, values)
    correlation = _correlation(trials, limits)
    correlation.to_csv(out / "correlation.csv")
    table = _targets(config, best)
    table.to_csv(out / "targets.csv", index=False)
    fragment = write_text(out / FRAGMENT, _fragment(config, values, float(best["loss"])))
    figure = plot_calibration(trials, profile, correlation, values, limits, out / "figures" / "calibration.png")
    outcome = Outcome(out, len(trials), files=[fragment, out / TRIALS, out / PROFILE, out / "targets.csv", figure])
    outcome.headline = {"loss": float(best["loss"]), "parameters": values, "targets": table.to_dict(orient="records")}
    console.print(f"best loss {best['loss']:.4f} after {len(trials)} trials; 1 is the error of persistence")
    console.print(table.to_string(index=False), highlight=False)
    return outcome


def evaluate_trial(config: Calibration, values: dict[str, float]) -> dict[str, list[float]]:
    """Evaluate one parameter set in a worker process."""
    from sim.batch.loss import evaluate

    return evaluate(config, values)


def _search(session: Session, limits: dict[str, tuple[float, float]]) -> pd.DataFrame:
    config, out, console = session.config, session.folder, session.console
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study()
    space: dict[str, Any] = {key: optuna.distributions.FloatDistribution(*ends) for key, ends in limits.items()}
    rows = _known(out / TRIALS, limits)
    for row in (r for r in rows if np.isfinite(r["loss"])):
        params = {key: row[key] for key in limits}
        study.add_trial(optuna.trial.create_trial(params=params, distributions=space, value=row["loss"]))
    if rows:
        console.print(f"{len(rows)} of {config.trials} trials exist already and are kept.")
    with progress(console) as bars:
        bar = bars.add_task(f"{config.trials} trials", total=config.trials)
        bars.update(bar, advance=len(rows))
        while len(rows) < config.trials:
            # Batches of fixed size, seeded by the number of trials so far: the search depends neither on the order of
            # completion nor on where it was interrupted.
            study.sampler = optuna.samplers.TPESampler(seed=(config.seed + len(rows)) % 2**32, multivariate=True)
            batch = [study.ask(space) for _ in range(min(BATCH, config.trials - len(rows)))]
            tasks = [(config, trial.params) for trial in batch]
            failed = []
            for trial, done in zip(batch, _in_order(tasks, session), strict=True):
                rows.append(_evaluated(config, study, trial, done))
                if not np.isfinite(rows[-1]["loss"]):
                    failed.append(done.error)
                    write_text(out / "failed" / f"trial-{len(rows) - 1:05d}.txt", f"{trial.params}\n\n{done.error}\n")
                bars.update(bar, advance=1, failed=len(failed))
            if len(failed) == len(rows):
                raise RunFailed(f"every trial fails, the first with {failed[0].splitlines()[0]}; see {out / 'failed'}")
            write_text(out / TRIALS, pd.DataFrame(rows).to_csv(index=False))
    return pd.DataFrame(rows)


def _evaluated(config: Calibration, study: optuna.Study, trial: optuna.Trial, done: TaskResult) -> dict[str, float]:
    """Report the loss of a trial to the study and return its row."""
    from sim.batch.loss import loss

    value = np.inf if done.error else loss(config, done.value)
    if not np.isfinite(value):
        study.tell(trial, state=optuna.trial.TrialState.FAIL)
        return {**trial.params, "loss": np.inf}
    study.tell(trial, value)
    return {**trial.params, "loss": value, **_flat(done.value)}


def _in_order(tasks: list[tuple], session: Session) -> list[TaskResult]:
    """Return the results of the tasks in order of submission."""
    return sorted(run_tasks(evaluate_trial, tasks, session.pool()), key=lambda d: d.index)


def _flat(found: dict[str, list[float]]) -> dict[str, float]:
    return {f"{name}.{k}": value for name, values in found.items() for k, value in enumerate(values)}


def _known(path: Path, limits: dict[str, tuple[float, float]]) -> list[dict[str, float]]:
    if not path.is_file():
        return []
    table = pd.read_csv(path)
    if not {*limits, "loss"} <= set(table):
        raise UserError(f"{path}: not the trials of this calibration; expected columns {', '.join(limits)} and loss")
    return [{str(k): v for k, v in row.items()} for row in table.to_dict(orient="records")]


def _profile(session: Session, limits: dict[str, tuple[float, float]], best: dict[str, float]) -> pd.DataFrame:
    """Return the loss along each parameter with the others fixed at the optimum."""
    from sim.batch.loss import loss

    config, out, console = session.config, session.folder, session.console
    points = [
        (key, float(x)) for key, ends in limits.items() for x in np.linspace(*ends, config.profile) if config.profile
    ]
    rows = []
    with progress(console) as bars:
        bar = bars.add_task(f"profile, {len(points)} points", total=len(points))
        tasks = [(config, {**best, key: x}) for key, x in points]
        for done in run_tasks(evaluate_trial, tasks, session.pool()):
            key, x = points[done.index]
            rows.append({"parameter": key, "value": x, "loss": np.nan if done.error else loss(config, done.value)})
            bars.update(bar, advance=1)
    table = pd.DataFrame(rows, columns=["parameter", "value", "loss"]).sort_values(["parameter", "value"])
    write_text(out / PROFILE, table.to_csv(index=False))
    return table


def _correlation(trials: pd.DataFrame, limits: dict[str, tuple[float, float]]) -> pd.DataFrame:
    """Return rank correlations of parameters among the best tenth of the trials: high ones are poorly identified."""
    best = trials.nsmallest(max(10, int(BEST_PART * len(trials))), "loss")
    return best[list(limits)].corr(method="spearman")


def _targets(config: Calibration, best: pd.Series) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for k, t in enumerate(config.targets):
        name = f"{t.figure} {t.level} {t.year}"
        rows.append({"target": name, "error, fitted regions": best[f"fit.{k}"], "error, holdout": best[f"holdout.{k}"]})
    for k, m in enumerate(config.moments):
        rows.append({"target": m.moment, "wanted": m.value, "obtained": best[f"values.{k}"]})
    return pd.DataFrame(rows)


def _fragment(config: Calibration, values: dict[str, float], loss: float) -> str:
    """Return the parameters as YAML that a scenario can include, with their provenance."""
    tree: dict[str, dict[str, float]] = {}
    for key, value in values.items():
        part, _, name = key.removeprefix("parameters.").partition(".")
        tree.setdefault(part, {})[name] = float(f"{value:.4g}")
    scenario = config.scenario
    targets = ", ".join(f"{t.figure} by {t.level} {t.year}" for t in config.targets)
    lines = [
        f"# Fitted by '{config.name}': {config.trials} trials, {config.replications} seeds each, seed {config.seed},",
        f"# on world {scenario.world} from {scenario.start}; targets: {targets or 'moments only'};",
        f"# {config.holdout:.0%} of the regions held out. Loss {loss:.4f} (1: the error of persistence).",
        f"# Model {results.model_version()[:12]}, commit {results.commit()}.",
        "parameters:",
    ]
    for part, names in tree.items():
        lines.append(f"  {part}:")
        lines += [f"    {name}: {value}" for name, value in names.items()]
    return "\n".join(lines) + "\n"
