"""Running a tuning: search, confirmation with fresh seeds, tables, config fragment, figures, report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim import results
from sim.analysis import read_tuning
from sim.analysis.pareto import front as front_of
from sim.batch.budget import with_factor
from sim.batch.outcome import Outcome
from sim.batch.progress import progress
from sim.batch.screen import Screen, styled
from sim.batch.session import open_session
from sim.batch.tuning.evaluate import Evaluator
from sim.batch.tuning.search import Evaluate, Trial, search, table
from sim.config.design.trials import futures, owners, scenarios
from sim.config.schema.tuning import Tuning

TRIALS, FRONT, CONFIRMED, FRAGMENT = "trials.csv", "front.csv", "confirmed.csv", "best.yaml"


def run_tuning(config: Tuning, out: Path, **options: Any) -> Outcome:
    """Search for the best levers; write tables, a config fragment, figures and the report.

    Parameters
    ----------
    config : Tuning
    out : Path
        Results folder. The search is replayed from its first trial; existing runs are reused.
    **options
        See `sim.batch.session.Options`.

    Returns
    -------
    Outcome
        `headline` holds ``best`` (None if no trial is feasible) and the numbers of trials. A failed trial
        is part of the result: `ok` stays True.

    Raises
    ------
    UserError
        If the folder holds another experiment and `overwrite` is off.
    RunFailed
        If every trial fails.
    """
    from sim.figures.tuning import save_tuning
    from sim.report import write_report

    with open_session(config, out, **options) as session:
        out, console, evaluator = session.folder, session.console, Evaluator(session)
        trials = _search(config, evaluator, out, console)
        chosen = best_trials(config, trials)
        rows = table(config, trials)
        best = compromise(config, chosen) if chosen else None
        top = rows.iloc[[trial.number for trial in chosen]].assign(best=[trial is best for trial in chosen])
        files = [_write(rows, out / TRIALS), _write(top, out / FRONT)]
        confirmed = confirm(config, chosen, evaluator)
    if config.confirm:
        files.append(_write(confirmed, out / CONFIRMED))
    if best is not None:
        files.append(results.write_text(out / FRAGMENT, fragment(config, best)))
    headline = _headline(config, trials, chosen, best, confirmed)
    runs = evaluator.computed + evaluator.reused
    outcome = Outcome(out, runs, headline=headline, files=files, illustrated=session.options.report)
    _print_summary(config, outcome, evaluator, console)
    outcome.illustrate(
        lambda: save_tuning(read_tuning(out), out / "figures"), lambda: write_report(out, draw=False), console
    )
    return outcome


def _search(config: Tuning, evaluator: Evaluator, out: Path, console: Screen) -> list[Trial]:
    trials: list[Trial] = []
    try:
        with progress(console) as bars:
            bar = bars.add_task(f"{config.trials} trials, {config.batch} at a time", total=config.trials, failed=0)
            for trials in search(config, evaluator):
                _write(table(config, trials), out / TRIALS)
                failed = sum(trial.state == "failed" for trial in trials)
                bars.update(bar, completed=len(trials), failed=failed)
    except KeyboardInterrupt:
        console.print(
            f"Stopped after {len(trials)} of {config.trials} trials. Run the same command again to replay them from "
            "the stored runs and continue."
        )
        raise
    return trials


def _write(rows: pd.DataFrame, path: Path) -> Path:
    return results.write_text(path, rows.to_csv(index=False))


def best_trials(config: Tuning, trials: list[Trial]) -> list[Trial]:
    """Return the Pareto front of the feasible trials with all replications.

    With one objective this is the best trial, or all that share its value.
    """
    candidates = [trial for trial in trials if trial.state == "complete" and trial.feasible(config)]
    if not candidates:
        return []
    mask = front_of(_values(config, candidates), [1 if goal.upwards else -1 for goal in config.objectives])
    return [trial for trial, on_front in zip(candidates, mask, strict=True) if on_front]


def compromise(config: Tuning, chosen: list[Trial]) -> Trial:
    """Return the compromise solution: the trial of the front nearest to the ideal point.

    Each objective is scaled by its range over the front (Zeleny 1973).
    """
    values = _values(config, chosen) * [1 if goal.upwards else -1 for goal in config.objectives]
    span = np.ptp(values, axis=0)
    shortfall = (values.max(axis=0) - values) / np.where(span > 0, span, 1.0)
    return chosen[int(np.argmin(np.hypot.reduce(shortfall, axis=1)))]


def _values(config: Tuning, trials: list[Trial]) -> np.ndarray:
    """Return the objective values, (trials, objectives)."""
    return np.array([[trial.estimates(config)[goal.name].value for goal in config.objectives] for trial in trials])


def confirm(config: Tuning, chosen: list[Trial], evaluate: Evaluate) -> pd.DataFrame:
    """Rerun the front with seeds that the search has not used.

    The best of many noisy trials is selected partly for its seeds; fresh seeds are free of this selection bias.

    Returns
    -------
    DataFrame
        One row per trial and quantity: ``trial, quantity``; ``searched`` and ``confirmed``, each with ``_low``,
        ``_high`` (95 % interval of a mean) and ``_n``; ``kept``: whether every constraint is met with the fresh seeds.
    """
    columns = [f"{part}{end}" for part in ("searched", "confirmed") for end in ("", "_low", "_high", "_n")]
    rows = []
    if config.confirm and chosen:
        seeds = range(config.replications, config.replications + config.confirm)
        for trial, found in zip(chosen, evaluate([trial.levers for trial in chosen], seeds), strict=True):
            fresh = Trial(trial.number, trial.levers, found, "failed" if found["error"] else "complete", found["error"])
            before, after = trial.estimates(config), fresh.estimates(config)
            for name in before:
                numbers = [part for known in (before[name], after[name]) for part in vars(known).values()]
                rows.append([trial.number, name, *numbers, fresh.feasible(config)])
    return pd.DataFrame(rows, columns=["trial", "quantity", *columns, "kept"])


def _headline(
    config: Tuning, trials: list[Trial], chosen: list[Trial], best: Trial | None, confirmed: pd.DataFrame
) -> dict[str, Any]:
    pruned = [trial for trial in trials if trial.state == "pruned"]
    found: dict[str, Any] = {
        "trials": len(trials),
        "feasible": sum(trial.feasible(config) for trial in trials),
        "pruned": len(pruned),
        "runs_saved": len(pruned) * (config.replications - config.replications // 2),
        "failed": sum(trial.state == "failed" for trial in trials),
        "front": [trial.number for trial in chosen],
        "best": None,
    }
    if best is not None:
        values = {name: vars(known) for name, known in best.estimates(config).items()}
        found["best"] = {"trial": best.number, "levers": best.levers, "values": values}
        if len(confirmed):
            rows = confirmed[confirmed["trial"] == best.number].set_index("quantity")
            parts = {"value": "confirmed", "low": "confirmed_low", "high": "confirmed_high", "n": "confirmed_n"}
            fresh = {name: {k: rows.at[name, c].item() for k, c in parts.items()} for name in values}
            found["best"] |= {"confirmed": fresh, "confirmed_kept": bool(rows["kept"].all())}
    return found


def _print_summary(config: Tuning, outcome: Outcome, evaluator: Evaluator, console: Screen) -> None:
    found, best = outcome.headline, outcome.headline["best"]
    console.print(
        f"{found['trials']} trials: {found['feasible']} feasible, {found['pruned']} pruned after half of "
        f"their seeds (saving {found['runs_saved']} runs of the policy), {found['failed']} failed. "
        f"{evaluator.computed:,} runs computed, {evaluator.reused:,} reused.",
    )
    if best is None:
        why = "trials.csv lists by how much each one violates its constraints."
        console.show(styled("[bold red]No trial is feasible[/]: {}", why))
        return
    several = f", of {len(found['front'])} on the front," if len(config.objectives) > 1 else ""
    levers = ", ".join(f"{key} {value}" for key, value in best["levers"].items())
    console.show(f"Best: trial {best['trial']}{several} at {levers}")
    for name, known in best["values"].items():
        fresh = f"; fresh seeds {_estimate_text(best['confirmed'][name])}" if "confirmed" in best else ""
        console.show(f"  {name}: {_estimate_text(known)}{fresh}")


def _estimate_text(known: dict[str, float]) -> str:
    inside = f" [{known['low']:.5g}, {known['high']:.5g}]" if np.isfinite(known["low"]) else ""
    return f"{known['value']:.5g}{inside} (n = {known['n']})"


def fragment(config: Tuning, best: Trial) -> str:
    """Return YAML with the ``set:`` of every arm that has a lever or constant.

    A comparison or sweep with arms of the same names takes it by ``include: [best.yaml]``.
    """
    values = {**config.constants, **best.levers}
    sets: dict[str, dict[str, Any]] = {}
    for key, arms in owners(config).items():
        for arm in arms:
            sets.setdefault(arm, {})[key] = values[key]
    budget = best.found.get("budget")
    if budget is not None:  # what the pilot runs found is a lever too
        plain = scenarios(config, best.levers, futures(config, 1)[0])[config.policy]
        scaled = with_factor(plain, budget["factor"]).mechanisms
        sets.setdefault(config.policy, {}).update({f"mechanisms.{m.name}.strength": m.strength for m in scaled})
    searched = f"{config.trials} trials, {config.replications} seeds each, seed {config.seed}"
    lines = [f"# Found by '{config.name}', trial {best.number}: {searched}."]
    for name, known in best.estimates(config).items():
        inside = f", 95 % interval {known.low:.6g} to {known.high:.6g}" if known.low == known.low else ""
        lines.append(f"# {name}: {known.value:.6g}{inside}, n = {known.n}")
    lines.append(f"# Model {results.model_version()[:12]}, commit {results.commit()}.")
    lines.append("arms:")
    for arm, found in sets.items():
        lines += [f"  {arm}:", "    set:"]
        lines += [f"      {key}: {json.dumps(value, ensure_ascii=False)}" for key, value in found.items()]
    return "\n".join(lines) + "\n"
