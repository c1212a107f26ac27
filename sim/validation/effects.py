"""Measure the effects of instruments at their defaults, in the bundled comparison of each kind."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, NamedTuple

import numpy as np

from sim.analysis.measured import Effect, size_of, verdict
from sim.analysis.statistics import half_width
from sim.batch.tasks import replication_seed
from sim.config import Comparison, Record, Scenario, arm_scenarios, canonical, load
from sim.mechanisms import MECHANISMS
from sim.model import simulate
from sim.policy.evidence import Finding, Harm, Measure, finding
from sim.results import model_version
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
    "price": ("price_index", "people"), "wage": ("wage", "people"), "knowledge": ("knowledge", "people"),
    "public_revenue": ("public_revenue",),
    "capital_flow": ("capital_flow",), "talent_flow": ("talent_flow",),
}  # fmt: skip
Levels = dict[str, np.ndarray]  # mean over final years, by variable
Runs = dict[tuple[str, int], dict[int, Levels]]  # by arm and seed, and by the year after the last


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
    targets = [Target(one.measure, one.arm, "effect", one.measure.text, one) for one in effects if one.measure]
    return targets + [Target(one.measure, one.arm, "harm", _harm(one), None) for one in cls.hurts]


def _harm(harm: Harm) -> str:
    return f"{harm.measure.text} ({harm.text})"


def level(levels: Levels, world: World, measure: Measure) -> float:
    """Return the level of an outcome in its group."""
    first, *weights = (levels[name] for name in NEEDS[measure.outcome])
    rows = select(world, list(measure.group)) if measure.group else np.ones(world.n_regions, bool)
    if measure.outcome.endswith("_flow"):
        there = select(world, list(measure.to)) if measure.to else ~rows
        return float(first[np.ix_(rows, there)].sum() + first[np.ix_(there, rows)].sum())
    if measure.outcome == "talent":
        first = first[:, 1]
    elif measure.sectors:
        first = first[:, [world.sectors.index(s) for s in measure.sectors]]
    elif measure.outcome == "wage":  # of workers
        first, weights = first[:, 0], [weights[0][:, :1]]
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


def run_levels(scenario: Scenario, seed: int, names: Sequence[str], ends: Sequence[int]) -> dict[int, Levels]:
    """Run a scenario and return means of variables over the three years before each of some years."""
    usual = tuple(name for name in names if not name.endswith("_flow"))
    record = Record(variables=usual, flows=len(usual) < len(names))
    series = simulate(scenario.model_copy(update={"record": record}), seed).series
    return {
        end: {n: series[n][end - scenario.start - MEAN_OVER : end - scenario.start].mean(axis=0) for n in names}
        for end in ends
    }


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
        self.names = {name for one in self.targets for name in NEEDS[one.measure.outcome]}
        starts = [m.start for s in self.scenarios.values() for m in s.mechanisms if m.start is not None]
        self.begin = min(starts, default=config.scenario.start)
        self.ends = {self.begin + one.measure.horizon for one in self.targets}
        if max(self.ends) > config.scenario.start + config.scenario.years:
            raise ValueError(f"instruments/{kind} ends before {max(self.ends)}, the horizon of a measure")

    @property
    def reference(self) -> str:
        """The baseline and its seeds: kinds for which it is equal share its runs."""
        return canonical(self.scenarios["baseline"].model_copy(update={"name": "baseline"})) + str(self.config.seed)

    @property
    def digest(self) -> str:
        """Digest of the comparison."""
        return hashlib.sha256(canonical(self.config).encode()).hexdigest()[:12]

    def jobs(self, arm: str, seeds: range) -> Iterator[tuple[tuple[str, int], tuple[Any, ...]]]:
        """Yield arm and seed number, and the arguments of `run_levels`, of an arm and of its baseline."""
        for k in seeds:
            for one in (arm, "baseline"):
                given = (
                    self.scenarios[one],
                    replication_seed(self.config.seed, k),
                    sorted(self.names),
                    sorted(self.ends),
                )
                yield (one, k), given

    def values(self, one: Target, runs: Runs, n: int) -> np.ndarray:
        """Return the effects of a measure by seed, (n,)."""
        end = self.begin + one.measure.horizon
        pairs = (((runs[arm, k][end]) for arm in (one.arm, "baseline")) for k in range(n))
        return np.array([difference(one.measure, *(level(r, self.world, one.measure) for r in pair)) for pair in pairs])

    def row(self, one: Target, values: np.ndarray) -> Effect:
        """Return the row of a measure with its effects by seed."""
        m, mean, half = one.measure, float(values.mean()), half_width(values)
        published = one.published if one.published is not None and one.published.about == "effect" else None
        # A size that is compared in a row of the suite of evidence is of another outcome.
        low, high, differs = math.nan, math.nan, ""
        if published is not None and published.row and published.sized:
            differs = "outcome: that of a row of the suite of evidence"
        elif published is not None:
            low, high, differs = published.low, published.high, published.differs
        return Effect(
            self.kind, one.arm, one.role, one.text, m.outcome, " ".join(m.group), " ".join(m.to), " ".join(m.sectors),
            "log points x 100" if m.outcome == "knowledge" else "%", m.horizon, m.sign, mean, half, len(values),
            verdict(mean, half, m.sign), low, high, size_of(mean, half, low, high) if published else "",
            differs, published.text if published else "", published.place if published else "",
            published is not None and published.causal, published is not None and published.memory,
            published.fitted if published else "", self.digest, model_version()[:12],
        )  # fmt: skip


def precise(values: np.ndarray) -> bool:
    """Whether an interval is narrow enough."""
    return half_width(values) <= PRECISE * abs(float(values.mean()))


def measure(
    kinds: Sequence[str], first: int = FIRST, most: int = MOST, workers: int = 2
) -> Iterator[tuple[str, list[Effect]]]:
    """Measure effects of kinds with at least ``first`` seeds, more until intervals are narrow, at most ``most``.

    Parameters
    ----------
    kinds : sequence of str
    first, most : int
        Seeds.
    workers : int
        Processes.

    Yields
    ------
    (str, list of Effect)
        Each kind with its rows.
    """
    trials = [Trial(kind) for kind in kinds]
    shared: dict[str, Runs] = {trial.reference: {} for trial in trials}
    for reference in shared:
        same = [trial for trial in trials if trial.reference == reference]
        names, ends = set().union(*(t.names for t in same)), set().union(*(t.ends for t in same))
        for trial in same:
            trial.names, trial.ends = names, ends
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for trial in trials:
            runs, done = dict(shared[trial.reference]), dict.fromkeys(trial.scenarios, 0)
            arms = {one.arm for one in trial.targets}
            while arms:
                jobs: dict[tuple[str, int], tuple[Any, ...]] = {}
                for arm in sorted(arms):
                    upto = min(most, max(first, done[arm] + BATCH))
                    jobs |= {key: given for key, given in trial.jobs(arm, range(done[arm], upto)) if key not in runs}
                    done[arm] = upto
                runs |= dict(zip(jobs, pool.map(_call, jobs.values(), chunksize=2), strict=True))
                values = [trial.values(one, runs, done[one.arm]) for one in trial.targets]
                wide = {one.arm for one, v in zip(trial.targets, values, strict=True) if not precise(v)}
                arms = {arm for arm in wide if done[arm] < most}
            shared[trial.reference] |= {key: run for key, run in runs.items() if key[0] == "baseline"}
            yield trial.kind, [trial.row(one, v) for one, v in zip(trial.targets, values, strict=True)]


def _call(given: tuple[Any, ...]) -> dict[int, Levels]:
    return run_levels(*given)
