"""Evaluation of tuning trials: their runs, reused or computed, as indicators by replication."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console

from sim import results
from sim.analysis import measure
from sim.batch.budget import goal_of, scale_arms, with_factor
from sim.batch.engine import complete
from sim.batch.experiment import write_plan
from sim.batch.session import Session
from sim.batch.tasks import Task, canonical, config_text, replication_seed
from sim.batch.tuning.judge import describe
from sim.config.design.trials import axes, futures, scenarios
from sim.config.schema.scenario import Scenario
from sim.errors import UserError

Values = dict[str, Any]


class Evaluator:
    """Runs trials into a results folder laid out like that of a sweep: one point per combination of levers.

    Parameters
    ----------
    session : Session
        Of a tuning.

    Attributes
    ----------
    computed, reused : int
        Runs computed in this session, and runs found in the folder.
    """

    def __init__(self, session: Session):
        self.session = session
        self.config = config = session.config
        self.computed = self.reused = 0
        self._futures = futures(config, config.replications + config.confirm)
        self._axes = {key: asdict(facts) for key, facts in axes(config).items()}
        self._quantities = [describe(config, quantity) for quantity in config.quantities]
        self._points: dict[str, Values] = {}
        self._runs: dict[tuple[str, str, int], str] = {}  # point, arm, replication: name of the run
        self._done: dict[str, bool] = {}  # name of a run: whether it succeeded
        write_plan(session, len(self._futures), **self._plan([], range(0)))

    def __call__(self, batch: list[Values], replications: range) -> list[Values]:
        """Return the outcomes of each trial for some replications; see `sim.batch.tuning.search.search`."""
        outcomes: list[Values] = [{"differences": {}, "levels": {}, "error": ""} for _ in batch]
        factors = self._scale(batch, outcomes)
        tasks: dict[str, Task] = {}
        for levers, answer in zip(batch, outcomes, strict=True):
            try:
                tasks |= {} if answer["error"] else self._tasks(levers, replications, factors)
            except UserError as error:
                answer["error"] = "; ".join(error.messages)
        self._run([task for name, task in tasks.items() if name not in self._done])
        self._measure(batch, replications, outcomes)
        return outcomes

    def _scale(self, batch: list[Values], outcomes: list[Values]) -> dict[str, float]:
        """Return the factor on the policy's strength by point; empty without a common budget."""
        config = self.config
        if config.common_budget is None:
            return {}
        pilots: dict[str, Scenario] = {}
        for levers, answer in zip(batch, outcomes, strict=True):
            try:
                pilots[_key(levers)] = scenarios(config, levers, self._futures[0])[config.policy]
            except UserError as error:
                answer["error"] = "; ".join(error.messages)
        session, seed = self.session, replication_seed(config.seed, 0)
        _, scaled, errors = scale_arms(
            pilots, seed, goal_of(config), session.folder / "budget.json", session.version, session.pool,
            model=session.options.model,
        )  # fmt: skip
        for levers, answer in zip(batch, outcomes, strict=True):
            key = _key(levers)
            if key in errors:
                answer["error"] = f"the pilot run failed: {errors[key].splitlines()[0]}"
            elif key in scaled:
                answer["budget"] = asdict(scaled[key])
        return {key: facts.factor for key, facts in scaled.items()}

    def _tasks(self, levers: Values, replications: range, factors: dict[str, float]) -> dict[str, Task]:
        """Return the runs of a trial by name, and record which point they belong to."""
        key, config = _key(levers), self.config
        tasks: dict[str, Task] = {}
        arms: dict[str, tuple[Scenario, str]] = {}
        for replication in replications:
            if not arms or config.uncertainties:  # otherwise all replications share one future
                arms = self._arms(levers, self._futures[replication], factors.get(key))
            seed = replication_seed(config.seed, replication)
            for arm, (scenario, text) in arms.items():
                identity = results.run_id(text, seed, self.session.version)
                name = results.run_name({"arm": arm, "replication": replication, "run_id": identity})
                tasks[name] = Task(arm, replication, seed, scenario, identity, name, config.seed)
                self._runs[key, arm, replication] = name
        self._points.setdefault(key, levers)
        return tasks

    def _arms(self, levers: Values, future: Values, factor: float | None) -> dict[str, tuple[Scenario, str]]:
        """Return the scenario of each arm, scaled where there is a common budget, and its canonical text."""
        arms = scenarios(self.config, levers, future)
        if factor is not None:
            arms[self.config.policy] = with_factor(arms[self.config.policy], factor)
        return {arm: (scenario, canonical(scenario)) for arm, scenario in arms.items()}

    def _run(self, tasks: Sequence[Task]) -> None:
        write_plan(self.session, len(self._futures), **self._plan(list(self._points), range(len(self._futures))))
        known = self.session.index.by_id()
        reused = sum(task.run_id in known for task in tasks)
        # progress is reported by trial, not by run
        outcome = complete(self.session, tasks, Console(quiet=True))
        self.reused += reused
        self.computed += outcome.finished - reused
        self._done |= {task.label: task.label not in outcome.missing for task in tasks}

    def _plan(self, keys: list[str], replications: range) -> Values:
        """Return the manifest entries for some points and replications."""
        names = {
            arm: [[self._runs.get((key, arm, r)) for r in replications] for key in keys] for arm in self.config.arms
        }
        points = [self._points[key] for key in keys]
        return {"axes": self._axes, "quantities": self._quantities, "points": points, "names": names}

    def _measure(self, batch: list[Values], replications: range, outcomes: list[Values]) -> None:
        """Fill in differences and levels of the trials whose runs all succeeded."""
        good = []
        for levers, answer in zip(batch, outcomes, strict=True):
            names = [self._runs.get((_key(levers), self.config.policy, r), "") for r in replications]
            failed = [name for name in names if name and not self._done[name]]
            if failed:
                answer["error"] = f"{len(failed)} of {len(names)} runs failed: {', '.join(failed)}"
            if not answer["error"]:
                good.append((_key(levers), answer))
        if not good:
            return
        config = {"name": self.config.name, "config": json.loads(config_text(self.config))}
        plan = self._plan([key for key, _ in good], replications)
        manifest = {**config, "arms": list(self.config.arms), **plan, "runs": plan.pop("names")}
        ds = results.open_subset(self.session.folder, self.session.index, manifest)
        for item in measure(ds, self.config.indicators, present_sums=True):
            levels = item.levels.sel(arm=self.config.policy).values
            assert item.differences is not None  # there is a baseline
            differences = item.differences.sel(arm=self.config.policy).values
            for k, (_, answer) in enumerate(good):
                answer["levels"][item.name], answer["differences"][item.name] = levels[k], differences[k]


def _key(levers: Values) -> str:
    return json.dumps(levers, sort_keys=True)
