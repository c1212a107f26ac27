"""Scenarios and comparisons: plan the runs, compute the missing ones, then tables, figures, report."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from rich.text import Text

from sim import results
from sim.batch import drawing
from sim.batch.budget import goal_of, scale_arms, with_factor
from sim.batch.engine import complete
from sim.batch.outcome import Outcome
from sim.batch.phases import phase
from sim.batch.screen import styled
from sim.batch.session import Session, open_session
from sim.batch.tasks import Names, config_text, plan, replication_seed
from sim.config import arm_scenarios, members_of
from sim.currency import in_currency
from sim.world import quality_shares


def run_scenario(config: Any, out: Path, **options: Any) -> Outcome:
    """Run one scenario into a results folder.

    Parameters
    ----------
    config : Scenario
    out : Path
        Results folder. A finished run of the same scenario is kept.
    **options
        See `sim.batch.session.Options`.

    Returns
    -------
    Outcome

    Raises
    ------
    UserError
        If the folder holds another experiment and `overwrite` is off, or another process is using it.
    """
    first = getattr(config, "replication", 0)
    if options.get("workers") is None and (options.get("machine") or getattr(config, "machine", None)) is None:
        options["workers"] = 0  # a single run is not worth starting a process
    with open_session(config, out, **options) as session:
        tasks, names = plan([{config.name: config}], config.seed, first, first + 1, session.version, own=True)
        write_plan(session, 1, names)
        figure_processes = session.options.figure_processes if session.options.report else 0
        if figure_processes > 1:
            drawing.prepare()
        outcome = complete(session, tasks)
    if outcome.finished and figure_processes > 1:
        drawing.scenario(outcome, session.console, figure_processes)
    elif outcome.finished:
        from sim.batch import finish  # imports the plotting libraries

        finish.scenario(outcome, session.console)
    return outcome


def run_comparison(config: Any, out: Path, **options: Any) -> Outcome:
    """Run every arm of a comparison with every replication; then tables, figures and the report.

    Parameters
    ----------
    config : Comparison
    out : Path
        Results folder. Finished runs of the same comparison are kept, missing ones are run.
    **options
        See `sim.batch.session.Options`.

    Returns
    -------
    Outcome
        `ok` is False if a run is missing; its error is stored in ``failed/``.

    Raises
    ------
    UserError
        If the folder holds another experiment and `overwrite` is off, or another process is using it.
    """
    with open_session(config, out, **options) as session:
        arms, scaled = _common_budget(session, arm_scenarios(config))
        run = partial(_run_replications, session, arms)
        if config.precision or config.select:
            from sim.batch.sequential import run_sequentially  # imports statistics that few comparisons need

            outcome = run_sequentially(config, members_of(config), session.folder, run, session.console)
        else:
            outcome = run(dict.fromkeys(arms, 0), dict.fromkeys(arms, config.replications))
    outcome.headline["budget"] = scaled
    if outcome.finished:
        from sim.batch import finish  # imports the plotting libraries

        finish.comparison(outcome, config, session.console, session.options.figure_processes)
    return outcome


def run_arms(config: Any, out: Path, **options: Any) -> Outcome:
    """Run every arm of a comparison with every replication, without tables, figures and report; see `run_comparison`.

    Neither a common budget nor a rule for seeds applies.
    """
    with open_session(config, out, **options) as session:
        arms = arm_scenarios(config)
        return _run_replications(session, arms, dict.fromkeys(arms, 0), dict.fromkeys(arms, config.replications))


def _run_replications(session: Session, arms: dict[str, Any], done: dict[str, int], planned: dict[str, int]) -> Outcome:
    """Complete a range of replications for each arm, after recording the plan in the manifest."""
    last = max(planned.values())
    tasks, names = plan([arms], session.config.seed, 0, last, session.version, own=True)
    for arm, (row,) in names.items():  # eliminated arms have fewer replications
        row[planned[arm] :] = [None] * (last - planned[arm])
    write_plan(session, last, names)
    return complete(session, [t for t in tasks if done[t.arm] <= t.replication < planned[t.arm]])


def write_plan(session: Session, replications: int, names: Names, **more: Any) -> None:
    """Record the planned runs in the manifest before the first of them starts; see `results.write_manifest`."""
    with phase(session.console, "reading the data of the base year"):
        more |= {"model_version": session.version, "data": data_of(getattr(session.config, "scenario", session.config))}
    text = config_text(session.config)
    results.write_manifest(session.folder, session.config.name, text, list(names), replications, names, **more)


def data_of(scenario: Any) -> dict[str, Any]:
    """Return the quality of the figures of the base year, and their sources; empty for a world within a config."""
    if not isinstance(scenario.world, str):
        return {}
    world = scenario.opened()
    return {"quality": quality_shares(world), "sources": dict(world.sources)}


def _common_budget(session: Session, arms: dict[str, Any]) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Scale the arms to the common budget of the config, if it has one.

    Strengths are those of the main variant under all variants, so that these differ in their settings only.
    """
    config, console = session.config, session.console
    if config.common_budget is None:
        return arms, {}
    goal, known = goal_of(config), members_of(config)
    million = in_currency("million yuan", config.scenario.opened().currency)
    main = {arm: scenario for arm, scenario in arms.items() if known[arm].main}
    console.print(f"Scaling {len(main) - 1} arms to {goal.amount:,.0f} {million} ({goal.measure}, present value) ...")
    seed = replication_seed(config.seed, 0)
    main, scaled, errors = scale_arms(
        main, seed, goal, session.folder / "budget.json", session.version, session.pool,
        baseline=config.baseline, model=session.options.model,
    )  # fmt: skip
    for result in scaled.values():
        line = Text(f"  {result.arm}: strength × {result.factor:.4g}, cost {result.cost:,.0f} {million}")
        line.append("" if result.reached else f"  budget not reached: {result.note}", style="bold yellow")
        console.print(line)
    for arm, error in errors.items():
        console.print(
            styled("  [bold red]{}: the pilot run failed; run as written[/] ({})", arm, error.splitlines()[0])
        )
    scaled_arms: dict[str, dict[str, Any]] = {arm: asdict(facts) for arm, facts in scaled.items()}
    if scaled_arms:  # the report reads it
        results.write_text(session.folder / "scaled.json", json.dumps(scaled_arms, indent=1) + "\n")
    factors = {arm: facts.factor for arm, facts in scaled.items()}
    others = {arm: with_factor(s, factors.get(known[arm].arm, 1.0)) for arm, s in arms.items() if not known[arm].main}
    return main | others, scaled_arms
