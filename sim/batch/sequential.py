"""Sequential comparisons: seeds are added until intervals are narrow enough or the best arm is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim import results
from sim.analysis import INDICATORS, appraisal_of, indicator_unit, number, readable, signed
from sim.analysis.paired import over_years
from sim.analysis.ranking import Ranking, Screened, select_best
from sim.analysis.sequential import Look, needed
from sim.analysis.statistics import pairing, runs_saved
from sim.analysis.sweep import years_of
from sim.analysis.variants import evaluate_paired
from sim.batch.outcome import Outcome
from sim.batch.screen import Screen
from sim.report.numbers import capped, factor_text
from sim.variants import Member

LOOKS = "looks.csv"

Counts = dict[str, int]
Values = dict[str, np.ndarray]
Looks = tuple[Any, ...]  # `Look` or `Screened`, by number of replications


def run_sequentially(
    config: Any, arms: Mapping[str, Member], out: Path, run: Callable[[Counts, Counts], Outcome], console: Screen
) -> Outcome:
    """Add seeds between interim analyses until the stopping rule of the config is met.

    The rule depends on the values alone and is evaluated from the first interim analysis on, so that an interrupted
    experiment resumes to the same result.

    Parameters
    ----------
    config : Comparison
        With `precision` or `select`.
    arms : mapping of str to Member
        The baseline of each arm is that of its variant; the best arm is selected under each variant.
    out : Path
        The results folder; ``looks.csv`` records every interim analysis.
    run : callable
        Completes the replications of each arm within a range.
    console : Screen

    Returns
    -------
    Outcome
        Over all interim analyses; `headline["stopped"]` is the reason for stopping.
    """
    done, planned = dict.fromkeys(arms, 0), dict.fromkeys(arms, config.seeds[0])
    outcome = Outcome(out, 0)
    values: Values = {arm: np.empty(0) for arm in arms}
    printed = 0
    while True:
        found = run(done, planned)
        outcome.finished += found.finished
        outcome.missing += found.missing
        outcome.ok = not outcome.missing
        if not outcome.finished:
            return outcome
        values = _read(config, out, values, planned)
        rule = _precision_rule if config.precision else _selection_rule
        looks, counts, stop, reason = rule(config, arms, values)
        outcome.files = [results.write_text(out / LOOKS, pd.DataFrame(map(asdict, looks)).to_csv(index=False))]
        for line in _lines(config, arms, looks[printed:]):
            console.print(line)
        printed = len(looks)
        if stop:
            outcome.headline["stopped"] = reason
            console.print(reason)
            _print_pairing(config, arms, values, console)
            return outcome
        done, planned = planned, counts


def _read(config: Any, out: Path, known: Values, planned: Counts) -> Values:
    """Return the values so far by arm, NaN for a failed run; only new replications are read."""
    rule = config.precision or config.select
    first, last = min(len(known[arm]) for arm in planned), max(planned.values())
    ds = results.open_results(out)
    ds = ds.sel(replication=[k for k in ds["replication"].values if first <= k < last])
    series = evaluate_paired(ds, rule.indicator)
    read = over_years(series, years_of(rule.indicator), appraisal_of(ds).discount)
    read = read.reindex(replication=np.arange(last))
    fresh = {arm: read.sel(arm=arm).values for arm in planned}
    return {arm: np.concatenate([known[arm], fresh[arm][len(known[arm]) : planned[arm]]]) for arm in planned}


def _precision_rule(config: Any, arms: Mapping[str, Member], values: Values) -> tuple[Looks, Counts, bool, str]:
    rule = config.precision
    chosen = rule.arms or [arm for arm, member in arms.items() if arm != member.reference]
    decision = needed(
        {arm: values[arm] - values[arms[arm].reference] for arm in chosen},
        half_width=rule.half_width, relative=rule.relative, confidence=rule.confidence,
        start=rule.start, step=rule.step, most=rule.most,
    )  # fmt: skip
    n = decision.replications
    if decision.reached:
        reason = f"Stopped after {n} seeds: all intervals have the target width."
    else:
        wide = [look.arm for look in decision.looks[-len(chosen) :] if not look.reached]
        reason = f"Stopped at {n} seeds, the maximum: {', '.join(wide)} short of the target precision."
    return decision.looks, dict.fromkeys(values, n), decision.stop, reason


def _selection_rule(config: Any, arms: Mapping[str, Member], values: Values) -> tuple[Looks, Counts, bool, str]:
    """Select the best arm under each variant; all of them are known before it stops."""
    by_variant: dict[str, Values] = {}
    for arm, member in arms.items():
        by_variant.setdefault(member.variant, {})[arm] = values[arm]
    found = {variant: _selection(config, part) for variant, part in by_variant.items()}
    looks = sorted((look for ranking, _ in found.values() for look in ranking.looks), key=lambda k: k.replications)
    counts = {arm: count for ranking, _ in found.values() for arm, count in ranking.replications.items()}
    reason = "\n".join(f"{variant}: {text}" if variant else text for variant, (_, text) in found.items())
    return tuple(looks), counts, all(ranking.finished for ranking, _ in found.values()), reason


def _selection(config: Any, values: Values) -> tuple[Ranking, str]:
    """Return the ranking of the arms under one variant, and why it ended."""
    rule = config.select
    ranking = select_best(
        values, highest=rule.direction == "highest", indifference=rule.indifference,
        probability=rule.probability, start=rule.start, step=rule.step, most=rule.most,
    )  # fmt: skip
    n, total = max(ranking.replications.values()), sum(ranking.replications.values())
    what = f"{ranking.best} has the {rule.direction} {INDICATORS[rule.indicator].title}"
    if ranking.guaranteed:
        sure = f"with probability {rule.probability:g} where it leads by {number(rule.indifference, 4)} or more"
        reason = f"Stopped after {n} seeds, {total} runs: {what}, {sure}."
    else:
        reason = f"Stopped at {n} seeds, the maximum: {what} so far, but {', '.join(ranking.surviving)} remain."
    return ranking, reason


def _lines(config: Any, arms: Mapping[str, Member], looks: Looks) -> list[str]:
    """Return one line per interim analysis and variant: by arm the difference and the verdict of the rule."""
    rule = config.precision or config.select
    unit = indicator_unit(rule.indicator, years_of(rule.indicator), config.scenario.opened().currency)
    lines = []
    for (count, _), part in groupby(looks, key=lambda look: (look.replications, arms[look.arm].variant)):
        group = list(part)
        means = np.array([look.mean for look in group])
        shown = means if config.precision else means - (max(means) if rule.direction == "highest" else min(means))
        scale, short = readable(unit, float(np.nanmax(np.abs(shown), initial=0.0)))
        write = _width_text if config.precision else _rank_text
        texts = [write(look, float(value), scale) for look, value in zip(group, shown, strict=True)]
        what = "difference from the baseline" if config.precision else "behind the best so far"
        lines.append(f"{count} seeds, {rule.indicator}, {what}, {short}: {'; '.join(texts)}")
    return lines


def _width_text(look: Look, value: float, scale: float) -> str:
    half, wanted = (number(scale * part, 3) for part in (look.half_width, look.wanted))
    return f"{look.arm} {signed(scale * value)} ± {half} (target {wanted})"


def _rank_text(look: Screened, value: float, scale: float) -> str:
    return f"{look.arm} {signed(scale * value)}" + ("" if look.stays else f" (eliminated: {look.by} is better)")


def _print_pairing(config: Any, arms: Mapping[str, Member], values: Values, console: Screen) -> None:
    """Print by how much common random numbers reduce the seeds needed, by arm."""
    rule = config.precision or config.select
    if INDICATORS[rule.indicator].paired:
        return
    for arm, own in values.items():
        base = values[arms[arm].reference]
        n = min(len(own), len(base))
        factor, low, high = pairing(own[:n], base[:n])
        if arm != arms[arm].reference and np.isfinite(low):
            printed = factor_text({"pairing": factor, "pairing_low": low, "pairing_high": high})
            saved = f"{capped(float(runs_saved(factor, n)), 7)} runs saved"
            text = f"Pairing, {arm}: common random numbers reduce the seeds needed by a factor of {printed}; {saved}."
            console.print(text)
