"""Calibrations: an interruptible search over parameter sets, the fit, and how well parameters are identified.

Two searches share all that follows them: a tree-structured Parzen estimator, and nonlinear least squares for facts of
the base year, which are smooth in the parameters.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import optuna
import pandas as pd

from sim import results
from sim.batch.executors import TaskResult, run_tasks
from sim.batch.identification import identification
from sim.batch.outcome import Outcome
from sim.batch.progress import progress
from sim.batch.session import Session, open_session
from sim.batch.tasks import config_text
from sim.config.design.calibration import has_law
from sim.config.design.calibration import limits as limits_of
from sim.config.schema.calibration import Calibration
from sim.errors import RunFailed, UserError
from sim.results import write_text

TRIALS, PROFILE, FRAGMENT, DERIVATIVES = "trials.csv", "profile.csv", "fragment.yaml", "derivatives.csv"
RECOVERED, IDENTIFICATION = "recovered.csv", "identification.csv"
BATCH = 4  # trials proposed at a time
BEST_PART = 0.1  # share of the trials whose parameters are correlated
STEP = 1e-12  # relative tolerance of least squares


class Search(NamedTuple):
    """What a search found.

    Attributes
    ----------
    trials : DataFrame
        One row per parameter set: parameters, ``loss``, errors and moments.
    best : Series
        The row of the fit.
    correlation : DataFrame, (P, P)
        Of parameters: where it is high, the data identify a combination of them.
    files : tuple of Path
        Tables of this search alone.
    """

    trials: pd.DataFrame
    best: pd.Series
    correlation: pd.DataFrame
    files: tuple[Path, ...] = ()


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
        _forget_other_versions(out, session.options.overwrite)
        results.write_manifest(
            out, config.name, config_text(config), ["calibration"], 1, model_version=results.model_version()
        )
        search = _search_least_squares if config.method == "least_squares" else _search_tpe
        trials, best, correlation, more = search(session, limits)
        values = {key: float(best[key]) for key in limits}
        profile = _profile(session, limits, values)
        known = config.targets and has_law(config)
        identified = identification(session, _with_others(config, values)) if known else None
    correlation.to_csv(out / "correlation.csv")
    if identified is not None:
        identified.to_csv(out / IDENTIFICATION, index=False)
        console.show(identified.round(3).to_string(index=False))
    if config.planted:
        recovered = _recovered(config, values, limits)
        recovered.to_csv(out / RECOVERED, index=False)
        console.show(recovered.round(4).to_string(index=False))
    table = _targets(config, best)
    table.to_csv(out / "targets.csv", index=False)
    fragment = write_text(out / FRAGMENT, _fragment(config, values, float(best["loss"]), len(trials)))
    outcome = Outcome(out, len(trials), files=[fragment, out / TRIALS, out / PROFILE, out / "targets.csv", *more])
    if session.options.report:
        picture = out / "figures" / "calibration.png"
        outcome.files.append(plot_calibration(trials, profile, correlation, values, limits, picture))
    outcome.headline = {"loss": float(best["loss"]), "parameters": values, "targets": table.to_dict(orient="records")}
    console.show(f"best loss {best['loss']:.4f} after {len(trials)} trials; 1 is {_unit_of_loss(config)}")
    console.show(table.to_string(index=False))
    return outcome


def _forget_other_versions(out: Path, overwrite: bool) -> None:
    """Refuse to continue from trials of another version of the model, or delete them.

    Raises
    ------
    UserError
        If there are such trials and `overwrite` is off.
    """
    path = out / TRIALS
    if not path.is_file():
        return
    known = (results.read_manifest(out) or {}).get("model_version")
    if known == results.model_version():
        return
    if not overwrite:
        expected = "expected a new folder, or --overwrite to begin again"
        raise UserError(f"{path}: trials of another version of the model; {expected}")
    path.unlink()


def evaluate_trial(config: Calibration, values: dict[str, float]) -> dict[str, list[float]]:
    """Evaluate one parameter set in a worker process."""
    from sim.batch.loss import evaluate

    return evaluate(config, values)


def _search_tpe(session: Session, limits: dict[str, tuple[float, float]]) -> Search:
    """Search by a tree-structured Parzen estimator."""
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
                    failed.append(done.error or "a loss that is not a number")
                    write_text(out / "failed" / f"trial-{len(rows) - 1:05d}.txt", f"{trial.params}\n\n{done.error}\n")
                bars.update(bar, advance=1, failed=len(failed))
            if len(failed) == len(rows):
                raise RunFailed(f"every trial fails, the first with {failed[0].splitlines()[0]}; see {out / 'failed'}")
            write_text(out / TRIALS, pd.DataFrame(rows).to_csv(index=False))
    trials = pd.DataFrame(rows)
    return Search(trials, trials.loc[trials["loss"].idxmin()], _correlation(trials, limits))


def _search_least_squares(session: Session, limits: dict[str, tuple[float, float]]) -> Search:
    """Search by nonlinear least squares from the middle of the bounds.

    Without random draws: a search that is resumed repeats its steps, with the stored trials in place of evaluations.

    Raises
    ------
    RunFailed
        If the base year cannot be solved at a parameter set.
    UserError
        If a parameter changes none of the moments.
    """
    from scipy.optimize import least_squares

    config, out, console = session.config, session.folder, session.console
    rows = _known(out / TRIALS, limits)
    kept = {tuple(row[key] for key in limits): row for row in rows}
    if rows:
        console.print(f"{len(rows)} trials exist already and are kept.")
    wanted = np.array([m.value for m in config.moments])
    scale = np.array([m.weight**0.5 / m.tolerance for m in config.moments])

    def residuals(x: np.ndarray) -> np.ndarray:
        point = tuple(float(v) for v in x)
        if point not in kept:
            kept[point] = _evaluate_one(session, dict(zip(limits, point, strict=True)))
            write_text(out / TRIALS, pd.DataFrame(kept.values()).to_csv(index=False))
        return scale * (np.array([kept[point][f"values.{k}"] for k in range(len(wanted))]) - wanted)

    low, high = np.array(list(limits.values())).T
    tolerances = {"ftol": STEP, "xtol": STEP, "gtol": STEP}
    fit = least_squares(
        residuals, (low + high) / 2, bounds=(low, high), x_scale=high - low, max_nfev=config.trials, **tolerances
    )
    unmoved = [key for key, column in zip(limits, fit.jac.T, strict=True) if not column.any()]
    if unmoved:
        expected = "expected a parameter that the base year depends on"
        raise UserError([f"fit.{key}: changes none of the moments; {expected}" for key in unmoved])
    if not fit.success:
        console.print(f"least squares did not converge in {config.trials} steps; expected more trials")
    slopes = pd.DataFrame(fit.jac / scale[:, None], index=[m.moment for m in config.moments], columns=list(limits))
    slopes.to_csv(out / DERIVATIVES, index_label="moment")
    best = pd.Series(kept[tuple(float(v) for v in fit.x)])
    return Search(pd.DataFrame(kept.values()), best, _correlation_of_fit(fit.jac, limits), (out / DERIVATIVES,))


def _evaluate_one(session: Session, values: dict[str, float]) -> dict[str, float]:
    """Return the row of a parameter set of least squares, which cannot step over one that fails."""
    from sim.batch.loss import loss

    (done,) = run_tasks(evaluate_trial, [(session.config, values)], session.pool())
    if done.error:
        found = ", ".join(f"{key} {value:.4g}" for key, value in values.items())
        raise RunFailed(f"{found}: {done.error.splitlines()[0]}; expected bounds within which the base year is solved")
    return {**values, "loss": loss(session.config, done.value), **_flat(done.value)}


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
    table = pd.read_csv(path, dtype=str)
    if not {*limits, "loss"} <= set(table):
        raise UserError(f"{path}: not the trials of this calibration; expected columns {', '.join(limits)} and loss")
    # Python reads numbers exactly, pandas below 3 does not, and least squares finds its trials by their parameters.
    return [{str(k): float(v) for k, v in row.items()} for row in table.to_dict(orient="records")]


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


def _correlation_of_fit(jacobian: np.ndarray, limits: dict[str, tuple[float, float]]) -> pd.DataFrame:
    """Return the correlation of least-squares estimates, from the (M, P) derivatives of their residuals."""
    covariance = np.linalg.pinv(jacobian.T @ jacobian)
    sd = np.sqrt(np.diag(covariance))
    return pd.DataFrame(covariance / np.outer(sd, sd), index=list(limits), columns=list(limits))


def _with_others(config: Calibration, values: dict[str, float]) -> dict[str, float]:
    """Return the fitted values and those of the parameters whose identification is to be reported."""
    sections = config.scenario.parameters.model_dump()
    found = dict(values)
    for key in config.identify:
        part, _, name = key.removeprefix("parameters.").partition(".")
        found.setdefault(key, float(sections[part][name]))
    return found


def _recovered(config: Calibration, values: dict[str, float], limits: dict[str, tuple[float, float]]) -> pd.DataFrame:
    """Return planted and found values, and their distance relative to the range."""
    rows = [
        {
            "parameter": key, "planted": config.planted[key], "found": values[key],
            "distance": (values[key] - config.planted[key]) / (high - low),
        }
        for key, (low, high) in limits.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _targets(config: Calibration, best: pd.Series) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for k, t in enumerate(config.targets):
        name = f"{t.figure} {t.level} {t.year}"
        rows.append({"target": name, "error, fitted regions": best[f"fit.{k}"], "error, holdout": best[f"holdout.{k}"]})
    for k, m in enumerate(config.moments):
        rows.append({"target": m.moment, "wanted": m.value, "obtained": best[f"values.{k}"]})
    return pd.DataFrame(rows)


def _unit_of_loss(config: Calibration) -> str:
    """Return in words what a loss of 1 is."""
    units = ["the error of persistence"] * bool(config.targets) + ["the tolerance of a moment"] * bool(config.moments)
    return " or ".join(units)


def _fragment(config: Calibration, values: dict[str, float], loss: float, tried: int) -> str:
    """Return the parameters as YAML that a scenario can include, with their provenance."""
    tree: dict[str, dict[str, float]] = {}
    for key, value in config.with_tied(values).items():
        part, _, name = key.removeprefix("parameters.").partition(".")
        tree.setdefault(part, {})[name] = float(f"{value:.4g}")
    lines = [f"# {line}" for line in _provenance(config, loss, tried)] + ["parameters:"]
    for part, names in tree.items():
        lines.append(f"  {part}:")
        lines += [f"    {name}: {value}" for name, value in names.items()]
    return "\n".join(lines) + "\n"


def _provenance(config: Calibration, loss: float, tried: int) -> list[str]:
    scenario = config.scenario
    world = scenario.world if isinstance(scenario.world, str) else scenario.world.name
    if config.of_base_year:
        how = f"{tried} trials of {config.method}"
    else:
        how = f"{tried} trials, {config.replications} seeds each, seed {config.seed}"
    lines = [f"Fitted by '{config.name}': {how},", f"on world {world} from {scenario.start}."]
    if config.targets:
        targets = ", ".join(f"{t.figure} by {t.level} {t.year}" for t in config.targets)
        lines.append(f"Targets: {targets}; {config.holdout:.0%} of the regions held out.")
    if config.moments:
        lines.append(f"Moments: {', '.join(f'{m.moment} {m.value:g}' for m in config.moments)}.")
    lines.append(f"Loss {loss:.4f} (1: {_unit_of_loss(config)}).")
    return [*lines, f"Model {results.model_version()[:12]}, commit {results.commit()}."]
