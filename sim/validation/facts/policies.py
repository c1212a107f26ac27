"""Facts of policies: lines that opened, jobs that follow jobs, money that multiplies."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar, Literal

import numpy as np

from sim.config import arm_scenarios, load
from sim.config.schema.comparison import Comparison
from sim.model import RegionalEconomy
from sim.policy.mechanism import Mechanism
from sim.record import RunRecord
from sim.validation.evidence import PARKS
from sim.validation.facts.fact import Measure
from sim.validation.facts.measures import excess_growth, per_yuan
from sim.validation.facts.runs import END, FAST, FIRST, HORIZONS, SOUTHWEST, START, Runs
from sim.world import World, load_world, select
from sim.world.china.tables import table

MANUFACTURING, SERVICES = slice(2, 4), slice(4, 6)  # manufacturing and high-tech; producer and consumer services
TREATED = 10  # every tenth prefecture of the mainland
GAIN = 0.1  # log productivity of manufacturing
NATION, TARGETS = "the nation", "the targets"
ARMS = {"transfer": ("main", "transfer"), "fund": ("main", "fund"), "corridor": ("corridor", "stopping")}


def first_stops(world: World, lines: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return stations of lines that no other high-speed line had reached before they opened, and all stations, (R,)."""
    every = table("lines")
    every = every[every["mode"] == FAST]
    named = every["line"].isin(lines)
    earlier = every[~named & (every["opened"] < every["opened"][named].min())]
    codes = world.regions["adcode"].to_numpy()

    def stations(rows: Any) -> np.ndarray:
        return np.isin(codes, [int(code) for text in rows["stations"] for code in str(text).split("|")])

    return stations(every[named]) & ~stations(earlier), stations(every[named])


def opening(what: str, runs: Runs) -> float:
    """Return the gain of 2020 at the first stops of the lines of `SOUTHWEST`, relative to regions without a station.

    Parameters
    ----------
    what : {"value_added", "people", "per_head"}
    runs : Runs
    """
    world = load_world("china", START)
    stops, stations = first_stops(world, SOUTHWEST)
    others = world.national_taxes & ~stations

    def final(run: RunRecord) -> np.ndarray:
        people, added = (run.series[name][END - START].sum(axis=1) for name in ("people", "value_added"))
        return {"value_added": added, "people": people, "per_head": added / people}[what]

    pairs = zip(runs.history, runs.without_southwest, strict=True)
    return float(np.mean([excess_growth(final(a), final(b), stops, others) for a, b in pairs]))


class Upgrade(Mechanism):
    """Raises the productivity of manufacturing in some regions for good; it hurts their competitors."""

    writes: ClassVar[frozenset[str]] = frozenset({"productivity"})
    kind: Literal["upgrade"] = "upgrade"
    cost: ClassVar[str] = "none: a shock, no policy"
    regions: tuple[int, ...]
    gain: float = GAIN

    def planned_cost(self, world: World, years: int) -> float:
        """Return 0: no one pays for it."""
        return 0.0

    def decide(self, view: Any, act: Any, memory: Any) -> None:
        """Post the shock, which is the same in every year."""
        for region in self.regions:
            act.shift("productivity", self.gain, (region, MANUFACTURING))


def employed(runs: Runs, regions: tuple[int, ...]) -> np.ndarray:
    """Return employment (R, S) in 2020 after a run from 2010 in which some regions are upgraded."""
    mechanisms = (Upgrade.model_validate({"name": "upgrade", "regions": regions}),) if regions else ()
    scenario = runs.scenario(draws="expected", record={"flows": False})
    model = RegionalEconomy(scenario.model_copy(update={"mechanisms": mechanisms}), runs.seeds[0])
    while model.running:
        model.step()
    return model.latest.produce.employment.copy()


def jobs_per_job(gained: np.ndarray, before: np.ndarray, treated: np.ndarray) -> float:
    """Return jobs gained in services per job gained in manufacturing, by treatment (Wald estimator).

    Parameters
    ----------
    gained : (R, S) float, persons
        Employment less that without the shock.
    before : (R,) float, persons
        All employed without the shock, to which gains are relative.
    treated : (R,) bool
    """
    services, manufacturing = (gained[:, part].sum(axis=1) / before for part in (SERVICES, MANUFACTURING))
    one, two = (rate[treated].mean() - rate[~treated].mean() for rate in (services, manufacturing))
    return float(one / two)


def local_jobs(runs: Runs) -> float:
    """Return jobs in services per job in manufacturing after a decade, from a shock to every tenth prefecture."""
    inside = np.flatnonzero(load_world("china", START).national_taxes)
    treated = np.zeros(load_world("china", START).n_regions, dtype=bool)
    treated[inside[::TREATED]] = True
    without = employed(runs, ())
    gained = employed(runs, tuple(np.flatnonzero(treated).tolist())) - without
    return jobs_per_job(gained[inside], without[inside].sum(axis=1), treated[inside])


def _targets(comparison: str, arm: str) -> np.ndarray:
    """Return the regions that the first mechanism of an arm is for, (R,) bool."""
    config = load(comparison)
    assert isinstance(config, Comparison)
    scenario = arm_scenarios(config)[arm]
    mechanism: Any = scenario.mechanisms[0]
    chosen = mechanism.cities if hasattr(mechanism, "cities") else mechanism.targets
    return select(scenario.opened(), chosen)


def multiplier(comparison: str, arm: str, years: int, where: str, runs: Runs) -> float:
    """Return value added gained per yuan of public outlay, both summed from the first payment on.

    Parameters
    ----------
    comparison, arm : str
        A bundled comparison, whose baseline is named ``baseline``.
    years : int
        From the first payment on.
    where : str
        `TARGETS` or `NATION`.
    runs : Runs
    """
    rows = _targets(comparison, arm) | (where == NATION)

    def measure(a: RunRecord, b: RunRecord) -> float:
        since = a.years >= FIRST
        gained = (a.series["value_added"] - b.series["value_added"])[since].sum(axis=2)[:, rows].sum(axis=1)
        return per_yuan(gained, (a.series["public_outlay"] - b.series["public_outlay"])[since], years)

    pairs = zip(runs.arm(comparison, arm), runs.arm(comparison, "baseline"), strict=True)
    return float(np.mean([measure(a, b) for a, b in pairs]))


def hosts_gain(runs: Runs) -> float:
    """Return the mean relative gain in value added of the hosts of parks fifteen years after the first payment."""
    world = load_world("guangzhou", END)
    rows = np.isin(world.regions["id"].to_numpy(str), PARKS)
    ends = [
        [run.series["value_added"][-1].sum(axis=1)[rows] for run in runs.arm("main", arm)]
        for arm in ("enclave", "baseline")
    ]
    return float(np.mean([a / b - 1.0 for a, b in zip(*ends, strict=True)]))


MODELS: dict[str, Measure] = {
    "opening_output": partial(opening, "per_head"),
    "opening_people": partial(opening, "people"),
    "local_jobs": local_jobs,
    "local_spending": partial(multiplier, "evidence_spending", "grant", HORIZONS[0], TARGETS),
    "parks": hosts_gain,
    "clusters": lambda runs: np.nan,
    **{f"{key}_{years}": partial(multiplier, *arm, years, TARGETS) for key, arm in ARMS.items() for years in HORIZONS},
    **{f"{key}_nation": partial(multiplier, *arm, HORIZONS[-1], NATION) for key, arm in ARMS.items()},
}
