"""Batched search over levers with an injected objective function; deterministic, hence replayable."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import optuna
import pandas as pd
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from sim.batch.tuning.judge import MIN_REPLICATIONS, Estimate, estimate, excess, replicate_values, why_stop
from sim.config.schema.axes import Range
from sim.config.schema.tuning import Constraint, Tuning
from sim.errors import RunFailed

Values = dict[str, Any]
Axis = tuple[Any, ...] | Range
Evaluate = Callable[[list[Values], range], list[dict[str, Any]]]


@dataclass
class Trial:
    """One combination of levers.

    Attributes
    ----------
    number : int
    levers : dict of str to object
    found : dict
        ``differences`` and ``levels``: (N,) by indicator, one a replication; with a common budget ``budget``.
    state : {"complete", "pruned", "failed"}
        Pruned trials have the first half of their replications only.
    note : str
        Why it was pruned or failed.
    """

    number: int
    levers: Values
    found: dict[str, Any] = field(default_factory=dict)
    state: str = "complete"
    note: str = ""

    def estimates(self, config: Tuning) -> dict[str, Estimate]:
        """Return every objective and constraint by name."""
        if self.state == "failed":
            return {quantity.name: Estimate(np.nan, np.nan, np.nan, 0) for quantity in config.quantities}
        return {
            quantity.name: estimate(replicate_values(self.found, quantity), quantity) for quantity in config.quantities
        }

    def excesses(self, config: Tuning) -> dict[str, float]:
        """Return the relative violation of each constraint; zero or less where it is met."""
        known = self.estimates(config)
        result = {label(c): excess(known[c.name].value, c) for c in config.constraints}
        budget = self.found.get("budget")
        if budget is not None:
            result["budget"] = 0.0 if budget["reached"] else abs(budget["cost"] / budget["amount"] - 1)
        return result

    def feasible(self, config: Tuning) -> bool:
        """Return whether it has a value and meets every constraint."""
        return self.state != "failed" and all(beyond <= 0 for beyond in self.excesses(config).values())


def label(constraint: Constraint) -> str:
    """Return the name of a constraint; a quantity may have a lower and an upper one."""
    return f"{constraint.name}_{'least' if constraint.upwards else 'most'}"


def search(config: Tuning, evaluate: Evaluate) -> Iterator[list[Trial]]:
    """Yield all trials so far after each batch.

    Parameters
    ----------
    config : Tuning
    evaluate : callable
        Called with the levers of some trials and a range of replications; returns for each trial
        ``differences`` and ``levels`` (by indicator, (N,) float, one a replication of the range) and ``error``,
        empty if all its runs succeeded.

    Raises
    ------
    RunFailed
        If every trial of the first batch fails.

    Notes
    -----
    Proposals are made by the tree-structured Parzen estimator over all levers together (Bergstra et al. 2011;
    several objectives: Ozaki et al. 2022; limits: Watanabe and Hutter 2023). On convex and concave fronts of two to six
    levers, with and without limits, its fronts after 64 and after 200 trials had a larger hypervolume than NSGA-II's
    with populations of 16 and 32, which needs many more trials. The sampler is reseeded
    by the number of trials before every batch of fixed size, so that the search depends neither on the order of
    completion nor on interruptions and is resumed by replaying it.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    direction = optuna.study.StudyDirection
    directions = [direction.MAXIMIZE if goal.upwards else direction.MINIMIZE for goal in config.objectives]
    study = optuna.create_study(directions=directions)
    space = {key: distribution(axis) for key, axis in config.levers.items()}
    trials: list[Trial] = []
    while len(trials) < config.trials:
        seed = (config.seed * 1_000_003 + len(trials)) % 2**32
        study.sampler = optuna.samplers.TPESampler(seed=seed, multivariate=True)
        proposals = [study.ask(space) for _ in range(min(config.batch, config.trials - len(trials)))]
        batch = [
            Trial(len(trials) + k, {key: value(config.levers[key], proposal.params[key]) for key in space})
            for k, proposal in enumerate(proposals)
        ]
        _fill(config, batch, trials, evaluate)
        for proposal, trial in zip(proposals, batch, strict=True):
            _report_to_study(config, study, proposal, trial)
        trials += batch
        if all(trial.state == "failed" for trial in trials):
            raise RunFailed(f"every trial fails, the first with: {trials[0].note}")
        yield trials


def distribution(axis: Axis) -> BaseDistribution:
    """Return the distribution from which the search proposes.

    A continuous range is proposed as a position in [0, 1]; one with steps or of integers as an index, so that the
    search sees neighbouring values as neighbours; the values of a list are unordered categories.
    """
    if not isinstance(axis, Range):
        return CategoricalDistribution(range(len(axis)))
    if axis.steps is not None:
        return IntDistribution(0, axis.steps - 1)
    if axis.whole:
        return IntDistribution(int(np.ceil(axis.low)), int(np.floor(axis.high)), log=axis.scale == "log")
    return FloatDistribution(0.0, 1.0)


def value(axis: Axis, proposed: Any) -> Any:
    """Return the value of a lever for a proposal drawn from `distribution`.

    Examples
    --------
    >>> value(("energy", "high_tech"), 1)
    'high_tech'
    >>> value(Range.model_validate({"from": 1, "to": 100, "scale": "log"}), 0.5)
    10
    """
    if not isinstance(axis, Range):
        return axis[proposed]
    if axis.steps is not None:
        return axis.values()[proposed]
    return proposed if axis.whole else axis.at(proposed)


def _fill(config: Tuning, batch: list[Trial], before: list[Trial], evaluate: Evaluate) -> None:
    """Run a batch: all replications at once, or half of them first if pruning is on."""
    half = config.replications // 2
    if not config.pruning or half < MIN_REPLICATIONS:
        _add(batch, evaluate, range(config.replications))
        return
    _add(batch, evaluate, range(half))
    finished = [(t.number, t.found) for t in before if t.state == "complete" and t.feasible(config)]
    for trial in batch:
        trial.note = trial.note or why_stop(config, trial.found, finished)
        if trial.note and trial.state == "complete":
            trial.state = "pruned"
    _add([trial for trial in batch if trial.state == "complete"], evaluate, range(half, config.replications))


def _add(batch: list[Trial], evaluate: Evaluate, replications: range) -> None:
    if not batch:
        return
    for trial, found in zip(batch, evaluate([trial.levers for trial in batch], replications), strict=True):
        if found["error"]:
            trial.state, trial.note = "failed", found["error"]
            continue
        for part in ("differences", "levels"):
            known = trial.found.setdefault(part, {})
            for name, values in found[part].items():
                known[name] = np.concatenate([known.get(name, np.empty(0)), values])
        if "budget" in found:
            trial.found["budget"] = found["budget"]


def _report_to_study(config: Tuning, study: optuna.Study, proposal: optuna.Trial, trial: Trial) -> None:
    """Report the outcome of a trial to the study; for a pruned trial that of its first replications."""
    known = trial.estimates(config)
    values = [known[goal.name].value for goal in config.objectives]
    if trial.state != "failed" and not np.isfinite([known[q.name].value for q in config.quantities]).all():
        trial.state, trial.note = "failed", "a value is missing"
    if trial.state == "failed":
        study.tell(proposal, state=optuna.trial.TrialState.FAIL)
        return
    for name, beyond in trial.excesses(config).items():
        proposal.set_constraint(name, beyond)
    study.tell(proposal, values)


def table(config: Tuning, trials: list[Trial]) -> pd.DataFrame:
    """Return one row per trial.

    Returns
    -------
    DataFrame
        ``trial``; the levers (lists as JSON text); for each objective and constraint its value, ``_low`` and ``_high``
        (95 % interval of a mean) and ``_n`` (replications); for each constraint ``_excess`` (its relative
        violation; zero or less where met); with a common budget ``strength_factor`` and ``pilot_cost``;
        ``feasible``, ``pruned``, ``state``, ``note``.
    """
    rows = []
    for trial in trials:
        row: Values = {"trial": trial.number, **{key: _plain(lever) for key, lever in trial.levers.items()}}
        for name, known in trial.estimates(config).items():
            row |= {name: known.value, f"{name}_low": known.low, f"{name}_high": known.high, f"{name}_n": known.n}
        row |= {f"{name}_excess": beyond for name, beyond in trial.excesses(config).items()}
        if config.common_budget is not None:
            budget = trial.found.get("budget", {})
            row |= {"strength_factor": budget.get("factor", np.nan), "pilot_cost": budget.get("cost", np.nan)}
        row |= {"feasible": trial.feasible(config), "pruned": trial.state == "pruned"}
        rows.append({**row, "state": trial.state, "note": trial.note})
    return pd.DataFrame(rows)


def _plain(lever: Any) -> Any:
    return json.dumps(lever, ensure_ascii=False) if isinstance(lever, (list, tuple, dict)) else lever
