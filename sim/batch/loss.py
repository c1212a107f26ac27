"""The calibration loss: errors of shares relative to persistence, deviations of moments relative to their tolerance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from sim.analysis.forecast_errors import REFERENCE, law_of
from sim.batch.facts import base_year_facts
from sim.batch.imposing import Imposed
from sim.batch.tasks import replication_seed
from sim.config.schema.calibration import Calibration, Moment, Target
from sim.config.schema.scenario import MOST_SEED, Scenario
from sim.errors import UserError
from sim.model import simulate
from sim.record import RunRecord
from sim.world import History, World, load_history
from sim.world.china.shares import by_province

PLANTED = 77  # added to the seed: planted figures have random draws that the search does not see
FLOWS = {"worker_moves", "talent_moves", "distance_elasticity"}  # moments that need bilateral flows


def holdout(history: History, config: Calibration) -> np.ndarray:
    """Return the regions held out of the fit, (R,) bool; the same for the same seed."""
    rng = np.random.Generator(np.random.PCG64(config.seed))
    return rng.random(history.world.n_regions) < config.holdout


def with_parameters(config: Calibration, values: dict[str, float]) -> Any:
    """Return the scenario with the fitted parameters, long enough to cover the targets.

    Raises
    ------
    UserError
        If a parameter does not exist or a value is out of bounds.
    """
    from pydantic import ValidationError

    data = config.scenario.model_dump(mode="json")
    for key, value in config.with_tied(values).items():
        part, _, name = key.removeprefix("parameters.").partition(".")
        data["parameters"].setdefault(part, {})[name] = value
    last = max([t.year for t in config.targets], default=0)
    data["years"] = max(config.scenario.years, last - config.scenario.start + 1)
    data["record"] = {"flows": bool(FLOWS & {m.moment for m in config.moments}), "payments": False}
    try:
        return type(config.scenario).model_validate(data)
    except ValidationError as error:
        raise UserError([f"fit: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]) from error


def evaluate(config: Calibration, values: dict[str, float]) -> dict[str, list[float]]:
    """Run all replications with these parameters; for facts of the base year alone, only solve that.

    Returns
    -------
    dict of str to list of float
        ``fit`` and ``holdout``: error of each target relative to persistence, in the regions of the fit and of the
        holdout; ``moments``: deviation of each moment relative to its tolerance; ``values``: the moments.
    """
    scenario, runs = runs_of(config, values)
    obtained = moments(config, scenario, runs)
    deviations = [abs(v - m.value) / m.tolerance for v, m in zip(obtained, config.moments, strict=True)]
    found: dict[str, list[float]] = {"fit": [], "holdout": [], "moments": deviations, "values": obtained}
    if not config.targets:
        return found
    history = planted_history(config) if config.planted else load_history(scenario.world, scenario.start)
    unseen = holdout(history, config)
    for target in config.targets:
        got = modelled(runs, target.year - scenario.start)
        for name, rows in (("fit", ~unseen), ("holdout", unseen)):
            found[name].append(relative_error(history, target, got, rows, config.impose))
    return found


def runs_of(config: Calibration, values: dict[str, float]) -> tuple[Scenario, list[RunRecord]]:
    """Return the scenario with these parameters and its runs; none for facts of the base year alone."""
    scenario = with_parameters(config, values)
    adjust = None
    if config.impose is not None:
        adjust = Imposed(load_history(scenario.world, scenario.start), config.impose)
    replications = 0 if config.of_base_year else config.replications
    return scenario, [simulate(scenario, replication_seed(config.seed, k), adjust=adjust) for k in range(replications)]


@lru_cache(maxsize=1)
def _planted(text: str) -> History:
    config = Calibration.model_validate_json(text)
    scenario = with_parameters(config, config.planted)
    history = load_history(scenario.world, scenario.start)
    unseen = (config.seed + PLANTED) % (MOST_SEED + 1)
    runs = [simulate(scenario, replication_seed(unseen, k)) for k in range(config.replications)]
    rng = np.random.Generator(np.random.PCG64(unseen))
    names, province = np.unique(history.world.regions["province"].to_numpy(str), return_inverse=True)
    figures = dict(history.figures)
    for target in config.targets:
        law = law_of(target.figure)
        value = modelled(runs, target.year - scenario.start)[target.figure]
        own = law.city * (value / value.sum() / REFERENCE) ** law.slope
        error = law.province * rng.standard_normal(len(names))[province] + own * rng.standard_normal(len(value))
        figures[target.figure, target.year] = value * np.exp(error)
    return replace(history, figures=figures)


def planted_history(config: Calibration) -> History:
    """Return the history that the planted parameters give, with errors of the size of forecast errors."""
    return _planted(config.model_dump_json())


def modelled(runs: Sequence[RunRecord], t: int) -> dict[str, np.ndarray]:
    """Return the figures of a history ``t`` years after the base year, (R,) each: means over runs."""
    people = np.mean([run.series["people"][t] for run in runs], axis=0)
    added = np.mean([run.series["value_added"][t] for run in runs], axis=0)
    return {"people": people.sum(axis=1), "talent": people[:, 1], "value_added": added.sum(axis=1)}


def moments(config: Calibration, scenario: Scenario, runs: list[RunRecord]) -> list[float]:
    """Return the moments: means over runs, facts of the base year as they are.

    Raises
    ------
    UserError
        If a fact is not defined in the world.
    """
    world = scenario.opened()
    facts = base_year_facts(world, scenario.parameters, [m.moment for m in config.moments if m.of_base_year])
    undefined = [name for name, value in facts.items() if not np.isfinite(value)]
    problems = [
        f"moments: {m.moment} is not defined in world '{world.name}', which lacks the sales or moves that it "
        "describes; expected another moment or world"
        for m in config.moments
        if m.moment in undefined
    ]
    if problems:
        raise UserError(problems)
    return [
        facts[m.moment] if m.of_base_year else float(np.mean([moment_of(run, m, world) for run in runs]))
        for m in config.moments
    ]


def loss(config: Calibration, found: dict[str, list[float]]) -> float:
    """Return the loss: the weighted mean of the errors in the fitted regions and of the moments."""
    pairs = [(t.weight, e) for t, e in zip(config.targets, found["fit"], strict=True)]
    pairs += [(m.weight, e) for m, e in zip(config.moments, found["moments"], strict=True)]
    return float(sum(w * e for w, e in pairs) / sum(w for w, _ in pairs))


def relative_error(
    history: History, target: Target, got: dict[str, np.ndarray], chosen: np.ndarray, since: int | None = None
) -> float:
    """Return the mean absolute error of a target relative to that of persistence; NaN for fewer than two rows.

    Persistence is since the base year, or the year ``since``.
    """
    parts = ("people", "value_added") if target.figure == "income" else (target.figure,)
    rows = np.logical_and.reduce([history.good[part] for part in parts]) & chosen
    if rows.sum() < 2:
        return float("nan")
    world, known = history.world, history.figures
    before, after, now = (
        _compared(target, [values(part) for part in parts], world, rows)
        for values in (lambda f: known[f, since or world.year], lambda f: known[f, target.year], got.__getitem__)
    )
    return float(np.abs(now - after).mean() / np.abs(before - after).mean())


def _compared(target: Target, parts: list[np.ndarray], world: World, rows: np.ndarray) -> np.ndarray:
    """Return what is compared: shares of a figure, or log income per head over that of all rows together."""
    level = [by_province(p, world, rows) if target.level == "province" else p[rows] for p in parts]
    shares = [p / p.sum() for p in level]
    return shares[0] if len(shares) == 1 else np.log(shares[1] / shares[0])


def moment_of(run: RunRecord, moment: Moment, world: World) -> float:
    """Return a moment of a run, the mean over its years."""
    s = run.series
    people, firms = s["people"], s["firms"].sum(axis=(1, 2))
    if moment.moment == "worker_moves":
        return float((s["worker_flow"].sum(axis=(1, 2)) / people[:, :, 0].sum(axis=1)).mean())
    if moment.moment == "talent_moves":
        return float((s["talent_flow"].sum(axis=(1, 2)) / people[:, :, 1].sum(axis=1)).mean())
    if moment.moment == "entry_rate":
        return float((s["firm_entry"].sum(axis=(1, 2)) / firms).mean())
    if moment.moment == "exit_rate":
        return float((s["firm_exit"].sum(axis=(1, 2)) / firms).mean())
    if moment.moment == "firm_size_tail":
        return float(s["firm_size_tail"].mean())
    if moment.moment == "growth":
        made = s["value_added"].sum(axis=(1, 2))
        return float(np.log(made[-1] / made[0]) / (len(made) - 1))
    moved = s["worker_flow"].sum(axis=0) + s["talent_flow"].sum(axis=0)
    return _distance_elasticity(moved, people[0].sum(axis=1), world)


def _distance_elasticity(flow: np.ndarray, people: np.ndarray, world: World) -> float:
    """Return the slope of log flow on log distance, with unit elasticities of origin and destination population."""
    away = (flow > 0) & (world.distances > 0)
    mass = np.log(people)[:, None] + np.log(people)[None, :]
    y, x, w = np.log(flow[away]) - mass[away], np.log(world.distances[away]), flow[away]
    x, y = x - np.average(x, weights=w), y - np.average(y, weights=w)
    return float((w * x * y).sum() / (w * x * x).sum())
