"""Measure the effects of instruments at their defaults, in the bundled comparison of each kind."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from sim.analysis.effects import Effect, size_of, verdict
from sim.batch.tasks import replication_seed
from sim.config import Comparison, Record, Scenario, arm_scenarios, canonical, load
from sim.mechanisms import MECHANISMS
from sim.model import simulate
from sim.policy.evidence import Finding, Harm, Measure, finding
from sim.world import World, select

FIRST, MOST, BATCH = 20, 200, 20  # seeds
PRECISE = 0.2  # half-width over mean at which no more seeds are added
MEAN_OVER = 3  # final years
# Recorded variables of each outcome; of means the weights come last.
NEEDS: dict[str, tuple[str, ...]] = {
    "value_added": ("value_added",), "value_added_per_head": ("value_added", "people"),
    "real_income": ("real_income", "people"), "people": ("people",), "talent": ("people",), "capital": ("capital",),
    "firms": ("real_firms",), "employment": ("employment",), "exports": ("exports",), "emissions": ("emissions",),
    "environment": ("environment", "people"), "services": ("services", "people"), "rent": ("rent", "people"),
    "price": ("price_index", "people"), "knowledge": ("knowledge", "people"), "public_revenue": ("public_revenue",),
    "capital_flow": ("capital_flow",), "talent_flow": ("talent_flow",),
}  # fmt: skip
Levels = dict[tuple[str, int], np.ndarray]  # mean over the final years, by variable and horizon


class Target(NamedTuple):
    """A measure of a kind with what it is for."""

    measure: Measure
    arm: str
    role: str
    text: str
    published: Finding | None


def measures_of(kind: str) -> list[Target]:
    """Return what is measured of a kind: its effects, and who loses."""
    cls = MECHANISMS[kind]
    effects = [one for one in map(finding, cls.evidence) if one.measure is not None]
    targets = [Target(one.measure, "instrument", "effect", one.measure.text, one) for one in effects if one.measure]
    return targets + [Target(one.measure, one.arm, "harm", _harm(one), None) for one in cls.hurts]


def _harm(harm: Harm) -> str:
    return f"{harm.measure.text} ({harm.text})"


def level(levels: Levels, world: World, measure: Measure) -> float:
    """Return the level of an outcome in its group."""
    first, *weights = (levels[name, measure.horizon] for name in NEEDS[measure.outcome])
    rows = select(world, list(measure.group)) if measure.group else np.ones(world.n_regions, bool)
    if measure.outcome.endswith("_flow"):
        there = select(world, list(measure.to)) if measure.to else ~rows
        return float(first[np.ix_(rows, there)].sum() + first[np.ix_(there, rows)].sum())
    if measure.outcome == "talent":
        first = first[:, 1]
    elif measure.sectors:
        first = first[:, [world.sectors.index(s) for s in measure.sectors]]
    values = first[rows].reshape(int(rows.sum()), -1)
    if not weights:
        return float(values.sum())
    heads = weights[0][rows].sum(axis=1)
    if measure.outcome == "value_added_per_head":
        return float(values.sum() / heads.sum())
    return float((values.mean(axis=1) * heads).sum() / heads.sum())


def difference(measure: Measure, one: float, other: float) -> float:
    """Return the effect: a relative difference in %, of knowledge the difference of logs times 100."""
    return 100.0 * (one - other) if measure.outcome == "knowledge" else 100.0 * (one / other - 1.0)


def run_levels(scenario: Scenario, seed: int, names: Sequence[str], starts: Sequence[tuple[int, int]]) -> Levels:
    """Run a scenario and return means over the final years of variables.

    Parameters
    ----------
    starts : sequence of (int, int)
        Horizon, and the first year after it.
    """
    flows = any(name.endswith("_flow") for name in names)
    usual = tuple(name for name in names if not name.endswith("_flow"))
    record = Record(variables=usual, flows=flows)
    series = simulate(scenario.model_copy(update={"record": record}), seed).series
    found: Levels = {}
    for horizon, last in starts:
        years = slice(last - scenario.start - MEAN_OVER, last - scenario.start)
        for name in names:
            found[name, horizon] = series[name][years].mean(axis=0)
    return found


class Trial:
    """The bundled comparison of a kind, run seed by seed."""

    def __init__(self, kind: str):
        self.kind, self.targets = kind, measures_of(kind)
        config = load(f"instruments/{kind}")
        if not isinstance(config, Comparison):
            raise TypeError(f"instruments/{kind} is not a comparison")
        self.config = config
        arms = {"baseline": config.baseline} | {one.arm: one.arm for one in self.targets}
        self.scenarios = {arm: arm_scenarios(config)[name] for arm, name in arms.items()}
        self.world = config.scenario.opened()
        self.names = sorted({name for one in self.targets for name in NEEDS[one.measure.outcome]})
        starts = [m.start for s in self.scenarios.values() for m in s.mechanisms if m.start is not None]
        begin = min(starts, default=config.scenario.start)
        self.ends = [(h, begin + h) for h in sorted({one.measure.horizon for one in self.targets})]
        last = max(end for _, end in self.ends)
        if last > config.scenario.start + config.scenario.years:
            raise ValueError(f"instruments/{kind} ends before {last}, the horizon of a measure")

    @property
    def digest(self) -> str:
        """Digest of the comparison."""
        return hashlib.sha256(canonical(self.config).encode()).hexdigest()[:12]

    def jobs(self, seeds: range) -> Iterator[tuple[str, int, tuple[Any, ...]]]:
        """Yield arm, seed number and the arguments of `run_levels`."""
        for k in seeds:
            for arm, scenario in self.scenarios.items():
                yield arm, k, (scenario, replication_seed(self.config.seed, k), self.names, self.ends)

    def values(self, runs: dict[tuple[str, int], Levels], n: int) -> np.ndarray:
        """Return the effects of all measures by seed, (measures, n)."""
        return np.array([
            [difference(one.measure, *(level(runs[arm, k], self.world, one.measure) for arm in (one.arm, "baseline")))
             for k in range(n)]
            for one in self.targets
        ])  # fmt: skip

    def rows(self, values: np.ndarray) -> list[Effect]:
        """Return a row for each measure."""
        return [self._row(one, found) for one, found in zip(self.targets, values, strict=True)]

    def _row(self, one: Target, values: np.ndarray) -> Effect:
        m, mean, half = one.measure, float(values.mean()), half_width(values)
        published = one.published
        low, high = (published.low, published.high) if published is not None else (math.nan, math.nan)
        about = published is not None and published.about == "effect"
        return Effect(
            self.kind, one.arm, one.role, one.text, m.outcome, " ".join(m.group), " ".join(m.to), " ".join(m.sectors),
            "log points x 100" if m.outcome == "knowledge" else "%", m.horizon, m.sign, mean, half, len(values),
            verdict(mean, half, m.sign), low, high, size_of(mean, half, low, high) if about else "",
            published.text if published is not None and about else "",
            published.place if published is not None and about else "",
            bool(published is not None and about and published.causal),
            published.fitted if published is not None else "", self.digest,
        )  # fmt: skip


def half_width(values: np.ndarray) -> float:
    """Return the half-width of Student's 95 % interval."""
    n = len(values)
    return float(stats.t.ppf(0.975, n - 1) * values.std(ddof=1) / np.sqrt(n))


def precise(values: np.ndarray) -> bool:
    """Whether the interval of every measure is narrow enough, (measures, n)."""
    return all(half_width(found) <= PRECISE * abs(found.mean()) for found in values)


def measure(
    kinds: Sequence[str], say: Callable[[str], None] = print, first: int = FIRST, most: int = MOST, workers: int = 2
) -> list[Effect]:
    """Measure effects of kinds with at least ``first`` seeds, more until intervals are narrow, at most ``most``.

    Parameters
    ----------
    kinds : sequence of str
    say : callable
        Takes a line when a kind is done.
    first, most : int
        Seeds.
    workers : int
        Processes.
    """
    found: list[Effect] = []
    baselines: dict[str, dict[tuple[str, int], Levels]] = {}
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for kind in kinds:
            trial, done = Trial(kind), 0
            runs: dict[tuple[str, int], Levels] = {}
            key = f"{canonical(trial.scenarios['baseline'])}{trial.names}{trial.ends}"
            runs |= baselines.setdefault(key, {})
            while done == 0 or (done < most and not precise(trial.values(runs, done))):
                upto = min(most, max(first, done + BATCH))
                jobs = [job for job in trial.jobs(range(done, upto)) if job[:2] not in runs]
                results = pool.map(_call, [given for _, _, given in jobs], chunksize=4)
                runs |= {job[:2]: one for job, one in zip(jobs, results, strict=True)}
                done = upto
            baselines[key] |= {k: v for k, v in runs.items() if k[0] == "baseline"}
            rows = trial.rows(trial.values(runs, done))
            found += rows
            say(f"{kind}: {done} seeds; " + "; ".join(map(str, rows)))
    return found


def _call(given: tuple[Any, ...]) -> Levels:
    return run_levels(*given)
