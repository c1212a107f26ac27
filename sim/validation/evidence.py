"""Signs of published effects, tested by small experiments with paired differences over seeds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sim.analysis.inequality import theil_decomposition
from sim.analysis.statistics import half_width
from sim.batch.tasks import replication_seed
from sim.config import Comparison, Record, arm_scenarios, load
from sim.model import simulate
from sim.record import RunRecord
from sim.validation.rows import Row
from sim.world import World, select

LAST = 5  # final years over which levels are averaged
Measure = Callable[[RunRecord, RunRecord, World], float]


@dataclass(frozen=True)
class Evidence:
    """A published effect with its sign.

    Attributes
    ----------
    name : str
        Number in the list of signs, and the measured quantity.
    source : str
    experiment : str
        Bundled comparison with its conditions.
    arm, against : str
        Arms whose runs with the same seed are compared.
    measure : callable
        (run of the arm, run of the other arm, world) to one number per seed.
    sign : int
        Expected sign.
    less : (str, str), optional
        Two further arms whose difference, by the same measure, is subtracted.
    """

    name: str
    source: str
    experiment: str
    arm: str
    against: str
    measure: Measure
    sign: int
    less: tuple[str, str] | None = None

    @property
    def title(self) -> str:
        """Title in tables."""
        return f"{self.name} ({self.source})"


def level(run: RunRecord, name: str, rows: np.ndarray, sectors: Sequence[int] | None = None) -> float:
    """Return the sum of a variable over regions (and sectors or groups), mean over the last years."""
    values = run.series[name][-LAST:]
    values = values if sectors is None else values[..., list(sectors)]
    return float(values.reshape(*values.shape[:2], -1).sum(axis=2)[:, rows].sum(axis=1).mean())


def relative(name: str, *where: str, sectors: Sequence[int] | None = None) -> Measure:
    """Measure the relative difference of a variable in the regions of selectors."""

    def measure(a: RunRecord, b: RunRecord, w: World) -> float:
        rows = select(w, where)
        return level(a, name, rows, sectors) / level(b, name, rows, sectors) - 1.0

    return measure


def per_head(name: str, where: str) -> Measure:
    """Measure the relative difference of a variable per head, for the people of the other arm."""

    def measure(a: RunRecord, b: RunRecord, w: World) -> float:
        rows, heads = select(w, where), b.series["people"][-LAST:].sum(axis=2)
        one, two = ((r.series[name][-LAST:] * heads)[:, rows].sum() for r in (a, b))
        return float(one / two - 1.0)

    return measure


def excess(one: Measure, two: Measure) -> Measure:
    """Measure the excess of one measure over another."""
    return lambda a, b, w: one(a, b, w) - two(a, b, w)


def pair(origin: str, destination: str) -> Measure:
    """Measure the relative difference of investment between two regions, in both directions."""

    def measure(a: RunRecord, b: RunRecord, w: World) -> float:
        i, j = w.index(origin), w.index(destination)
        both = [r.series["capital_flow"][-10:, i, j].sum() + r.series["capital_flow"][-10:, j, i].sum() for r in (a, b)]
        return float(both[0] / both[1] - 1.0)

    return measure


def between_classes(a: RunRecord, b: RunRecord, w: World) -> float:
    """Measure the difference of the Theil index between zone classes."""
    zones = w.regions["zone"].to_numpy()

    def between(run: RunRecord) -> float:
        heads, added = run.series["people"][-LAST:].sum(axis=2), run.series["value_added"][-LAST:].sum(axis=2)
        return float(theil_decomposition(added / heads, zones, heads)[1].mean())

    return between(a) - between(b)


def multiplier(region: str) -> Measure:
    """Measure the gain in value added of a region per yuan of a grant."""

    def measure(a: RunRecord, b: RunRecord, w: World) -> float:
        i = w.index(region)
        gained = (a.series["value_added"] - b.series["value_added"])[1:].sum(axis=2)[:, i].sum()
        return float(gained / (a.series["public_outlay"] - b.series["public_outlay"])[1:].sum())

    return measure


def sector_gain_over(region: str, one: int, other: int) -> Measure:
    """Measure the excess of the relative gain of one sector of a region over another."""

    def measure(a: RunRecord, b: RunRecord, w: World) -> float:
        i = w.index(region)
        ratio = a.series["value_added"][1:, i].sum(axis=0) / b.series["value_added"][1:, i].sum(axis=0)
        return float(ratio[one] - ratio[other])

    return measure


def entry_over_relocation(hosts: Sequence[str]) -> Measure:
    """Measure the gain in capital of hosts beyond relocation, relative to their capital."""

    def measure(a: RunRecord, b: RunRecord, w: World) -> float:
        rows = np.isin(w.regions["id"].to_numpy(), list(hosts))
        gained = level(a, "capital", rows) - level(b, "capital", rows)
        came = [r.series["firm_capital_flow"].sum(axis=(0, 1)) for r in (a, b)]
        net = [(c.sum(axis=0) - c.sum(axis=1))[rows].sum() for c in came]
        return float(gained - (net[0] - net[1])) / level(b, "capital", rows)

    return measure


def moves(a: RunRecord, b: RunRecord, w: World) -> float:
    """Measure the relative difference of the number of people who move to another province."""
    flows = [[r.series[f][-LAST:, w.across_provinces].sum() for f in ("worker_flow", "talent_flow")] for r in (a, b)]
    return float(sum(flows[0]) / sum(flows[1]) - 1.0)


def entrants(region: str) -> Measure:
    """Measure the relative difference of the number of firms founded, in all years."""

    def measure(a: RunRecord, b: RunRecord, w: World) -> float:
        one, two = (r.series["firm_entry"][1:, w.index(region)].sum() for r in (a, b))
        return float(one / two - 1.0)

    return measure


def still(region: str, groups: Sequence[int]) -> Measure:
    """Measure a fifth less the change of the mean wage of skill groups, in logs, per log of more talent."""

    def measure(a: RunRecord, b: RunRecord, w: World) -> float:
        i, g = w.index(region), list(groups)
        people, wage = (
            np.array([r.series[name][-LAST:, i].mean(axis=0) for r in (a, b)]) for name in ("people", "wage")
        )
        mean = (people * wage)[:, g].sum(axis=1) / people[:, g].sum(axis=1)
        return float(0.2 - abs(np.log(mean[0] / mean[1])) / np.log(people[0, 1] / people[1, 1]))

    return measure


PARKS = ("qingyuan", "meizhou", "wuzhou", "guigang", "ganzhou", "chenzhou")
NEIGHBOURS = ("guangxi", "hunan", "yunnan", "sichuan", "chongqing")  # of Guizhou
INDUSTRY = (2, 3)  # manufacturing and high-tech industry
TRAINED = ("qingyuan", "meizhou", "heyuan", "shaoguan", "yunfu")


def trained(a: RunRecord, b: RunRecord, w: World) -> float:
    """Measure the relative difference of value added of the cities with more graduates."""
    rows = np.isin(w.regions["id"].to_numpy(), TRAINED)
    return level(a, "value_added", rows) / level(b, "value_added", rows) - 1.0


EVIDENCE: tuple[Evidence, ...] = (
    Evidence("D1 graduates in integrated labour markets: output of their cities falls", "human-capital drain",
             "evidence_graduates", "integrated_graduates", "integrated", trained, -1),
    Evidence("D2 graduates in separated labour markets: output of their cities rises", "human-capital drain",
             "evidence_graduates", "separated_graduates", "separated", trained, +1),
    Evidence("D3 technology subsidy: industry of the lagging province grows", "Dawid, Harting & Neugart 2014",
             "evidence_upgrading", "subsidy", "baseline", relative("value_added", "guizhou", sectors=INDUSTRY), +1),
    Evidence("D3 technology subsidy: industry of its neighbours shrinks", "Dawid, Harting & Neugart 2014",
             "evidence_upgrading", "subsidy", "baseline", relative("value_added", *NEIGHBOURS, sectors=INDUSTRY), -1),
    Evidence("D6 newcomers, capital responds: real income of the city rises", "di Giovanni, Levchenko & Ortega 2015",
             "evidence_inflow", "inflow", "baseline", relative("real_income", "guangzhou"), +1),
    Evidence("D6 newcomers, capital does not respond: real income of the city falls",
             "di Giovanni, Levchenko & Ortega 2015", "evidence_inflow", "fixed_inflow", "fixed",
             relative("real_income", "guangzhou"), -1),
    Evidence("D6 newcomers: real income of the city is higher if capital responds",
             "di Giovanni, Levchenko & Ortega 2015", "evidence_inflow", "inflow", "baseline",
             relative("real_income", "guangzhou"), +1, less=("fixed_inflow", "fixed")),
    Evidence("D7 lower borders: real income of supporting regions rises", "Tombe & Zhu 2019", "evidence_borders",
             "open", "baseline", per_head("real_income", "supporting"), +1),
    Evidence("D7 lower borders: it rises more than that of leading regions", "Tombe & Zhu 2019", "evidence_borders",
             "open", "baseline", excess(per_head("real_income", "supporting"), per_head("real_income", "leading")), +1),
    Evidence("D7 lower borders: it rises more than that of the centre", "Tombe & Zhu 2019", "evidence_borders",
             "open", "baseline", excess(per_head("real_income", "supporting"), per_head("real_income", "centre")), +1),
    Evidence("D7 lower borders: fewer people move to another province", "Tombe & Zhu 2019", "evidence_borders", "open",
             "baseline", moves, -1),
    Evidence("D8 high-speed rail: a stop gains", "Qin 2017", "corridor", "stopping", "baseline",
             relative("value_added", "longyan"), +1),
    Evidence("D8 high-speed rail: a passed city loses against stops", "Qin 2017", "corridor", "express", "baseline",
             excess(relative("value_added", "heyuan"), relative("value_added", "longyan")), -1),
    Evidence("D9 high-speed rail: investment between linked cities rises", "Lin et al. 2023", "corridor", "stopping",
             "baseline", pair("guangzhou", "longyan"), +1),
    Evidence("D10 development zones: output of hosts rises", "Lu, Wang & Zhu 2019", "main", "enclave", "baseline",
             lambda a, b, w: sum(relative("value_added", p)(a, b, w) for p in PARKS) / len(PARKS), +1),
    Evidence("D10 development zones: capital gained beyond what relocates", "Lu, Wang & Zhu 2019", "main", "enclave",
             "baseline", entry_over_relocation(PARKS), +1),
    Evidence("D11 talent subsidy: capital of firms grows", "Lin 2024, talent policies", "evidence_talent", "payment",
             "baseline", relative("capital", "qingyuan"), +1),
    Evidence("D11 talent subsidy: more firms are founded", "Lin 2024, talent policies", "evidence_talent", "payment",
             "baseline", entrants("qingyuan"), +1),
    Evidence("D11 talent subsidy: the mean wage changes by less than a fifth of the rise of talent",
             "Lin 2024, talent policies", "evidence_talent", "payment", "baseline", still("qingyuan", (0, 1)), +1),
    Evidence("D11 talent subsidy: the wage of talent changes by less than a fifth of the rise of talent",
             "Lin 2024, talent policies", "evidence_talent", "payment", "baseline", still("qingyuan", (1,)), +1),
    Evidence("D12 equal public services: people concentrate less", "Zhang & Fang 2019", "evidence_services", "equal",
             "baseline", relative("people", "supporting"), +1),
    Evidence("D13 local spending: value added rises per yuan", "local multipliers near 0.6", "evidence_spending",
             "grant", "baseline", multiplier("qingyuan"), +1),
    Evidence("D13 local spending: at least half of the published multiplier of 0.6", "local multipliers near 0.6",
             "evidence_spending", "grant", "baseline", lambda a, b, w: multiplier("qingyuan")(a, b, w) - 0.3, +1),
    Evidence("D13 local spending: consumer services gain more than manufacturing", "local multipliers",
             "evidence_spending", "grant", "baseline", sector_gain_over("qingyuan", 5, 2), +1),
    Evidence("D14 rich-to-poor transfer: inequality between classes falls", "equity and efficiency", "main", "transfer",
             "baseline", between_classes, -1),
    Evidence("D15 a more central position: people gather in the hub", "network position", "evidence_hub", "hub",
             "baseline", relative("people", "guangzhou"), +1),
    Evidence("D16 a growing centre on a line: output of the cities next to it falls", "Ikeda, Aizawa & Gaspar 2020",
             "evidence_line", "growth", "baseline", relative("value_added", "w1", "e1"), -1),
    Evidence("D16 a growing centre on a line: output of cities farther out rises", "Ikeda, Aizawa & Gaspar 2020",
             "evidence_line", "growth", "baseline", relative("value_added", "w4", "w5", "e4", "e5"), +1),
)  # fmt: skip


def evidence_rows(chosen: Sequence[Evidence] = EVIDENCE, seeds: int | None = None) -> list[Row]:
    """Run the experiments and return one row per sign: mean paired difference, half-width, verdict.

    Parameters
    ----------
    chosen : sequence of Evidence
    seeds : int, optional
        By default the number of replications of the experiment.
    """
    found: list[Row] = []
    runs: dict[tuple[str, str, int], RunRecord] = {}
    for place, entry in enumerate(chosen):
        config = load(entry.experiment)
        assert isinstance(config, Comparison)
        world = config.scenario.opened()
        pairs = [(entry.arm, entry.against), *([entry.less] if entry.less else [])]
        values = []
        for k in range(seeds or config.replications):
            effects = [entry.measure(_run(runs, config, a, k), _run(runs, config, b, k), world) for a, b in pairs]
            values.append(effects[0] - sum(effects[1:]))
        found.append(_row(entry, np.array(values)))
        later = {other.experiment for other in chosen[place + 1 :]}
        runs = {key: run for key, run in runs.items() if key[0] in later}
    return found


def _run(runs: dict[tuple[str, str, int], RunRecord], config: Comparison, arm: str, k: int) -> RunRecord:
    key = (config.name, arm, k)
    if key not in runs:
        scenario = arm_scenarios(config)[arm].model_copy(update={"record": Record(variables="all", flows=True)})
        runs[key] = simulate(scenario, replication_seed(config.seed, k))
    return runs[key]


def _row(entry: Evidence, values: np.ndarray) -> Row:
    mean = float(values.mean())
    half = half_width(values)
    near = mean - entry.sign * half
    word = "> 0" if entry.sign > 0 else "< 0"
    return Row("evidence", entry.title, word, mean, half, bool(np.sign(near) == entry.sign))
