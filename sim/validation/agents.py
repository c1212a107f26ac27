"""What agents add: the effects of a comparison with agents, with expected shares, and without behaviour of firms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sim.analysis.statistics import interval
from sim.batch.tasks import replication_seed
from sim.config import Comparison, Scenario, arm_scenarios, load
from sim.config.design.arms import members_of
from sim.errors import UserError
from sim.model import RegionalEconomy, simulate
from sim.world import select

# Firms neither relocate, enter nor close, and productivity has no shocks: what a representative firm per cell would do.
OFF = {
    "relocation_rate": 0.0, "entry_rate": 0.0, "exit_rate": 0.0, "insolvency_exit": 0.0, "productivity_sd": 0.0,
}  # fmt: skip
OLD = 10  # years of age from which a firm is mature
LARGE = 2.0  # size relative to the mean from which a firm is large
EFFECTS = ("indicator", "arm", "method", "mean", "low", "high", "seeds")


class Methods(NamedTuple):
    """Scenarios of the three methods by which an effect is computed."""

    agents: Scenario
    expected: Scenario
    off: Scenario


def methods_of(scenario: Scenario) -> Methods:
    """Return a scenario with agents as it is, with expected shares of movers, and without behaviour of firms."""
    record = scenario.record.model_copy(update={"flows": False, "payments": False})
    scenario = scenario.model_copy(update={"record": record})
    industry = scenario.parameters.industry.model_copy(update=OFF)
    still = scenario.parameters.model_copy(update={"industry": industry})
    return Methods(
        scenario, scenario.model_copy(update={"draws": "expected"}),
        scenario.model_copy(update={"parameters": still, "draws": "expected"}),
    )  # fmt: skip


def what_agents_add(name: str = "main", seeds: int = 8, firms: int | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Run a bundled comparison, under its main variant, by three methods.

    Parameters
    ----------
    name : str
        A comparison.
    seeds : int
    firms : int, optional
        Agents at the start, instead of those of the comparison.

    Returns
    -------
    effects : DataFrame
        Columns `EFFECTS`: differences from the baseline of the same seed in the last year, with 95 % intervals, of
        value added (million yuan a year) of the supporting zone and of the nation; ``method`` is ``agents``,
        ``expected``, ``off`` or ``agents less off``.
    facts : DataFrame
        Columns ``fact, published, obtained``: what no representative firm shows, in the baseline and the first arm.

    Raises
    ------
    UserError
        If it is not a comparison.
    """
    config = load(name)
    if not isinstance(config, Comparison):
        raise UserError(f"{name}: is of kind {config.kind}; expected a comparison")
    members = members_of(config)
    arms = {arm: one for arm, one in arm_scenarios(config).items() if members[arm].reference == config.baseline}
    if firms is not None:
        arms = {arm: scenario.model_copy(update={"firms": firms}) for arm, scenario in arms.items()}
    numbers = [replication_seed(config.seed, k) for k in range(seeds)]
    return _effects(arms, config.baseline, numbers), facts_of(arms, config.baseline, numbers[0])


def _effects(arms: dict[str, Scenario], baseline: str, seeds: Sequence[int]) -> pd.DataFrame:
    first = arms[baseline]
    zone = select(first.opened(), ["supporting"])
    found: dict[tuple[str, str, str], list[float]] = {}
    # Without behaviour nothing is drawn.
    still = {arm: _final(methods_of(scenario).off, seeds[0]) for arm, scenario in arms.items()}
    for seed in seeds:
        levels = {(arm, "off"): value for arm, value in still.items()}
        for arm, plain in arms.items():
            agents, shares, _ = methods_of(plain)
            levels[arm, "agents"], levels[arm, "expected"] = _final(agents, seed), _final(shares, seed)
        for (arm, method), value in levels.items():
            if arm != baseline:
                gain = value - levels[baseline, method]
                found.setdefault(("supporting zone", arm, method), []).append(float(gain[zone].sum()))
                found.setdefault(("nation", arm, method), []).append(float(gain.sum()))
    for where, arm, method in list(found):
        if method == "agents":
            pairs = zip(found[where, arm, "agents"], found[where, arm, "off"], strict=True)
            found[where, arm, "agents less off"] = [a - b for a, b in pairs]
    rows = []
    for (where, arm, method), values in found.items():
        mean, low, high, _ = interval(np.array(values))
        rows.append((where, arm, method, mean, low, high, len(values)))
    return pd.DataFrame(rows, columns=EFFECTS)


def _final(scenario: Scenario, seed: int) -> np.ndarray:
    """Return value added of the last year by region, million yuan."""
    return simulate(scenario, seed).series["value_added"][-1].sum(axis=1)


def relocations(scenario: Scenario, seed: int) -> pd.DataFrame:
    """Return the firms of all years that live through them: city, age, weight, relative size, whether they move."""
    model, moved = RegionalEconomy(scenario, seed), []
    for _ in range(scenario.years):
        firms = model.state.firms
        columns = {name: np.array(getattr(firms, name)) for name in ("key", "city", "age", "weight")}
        size = np.array(firms.capital) / np.maximum(columns["weight"], 1e-9)
        mean = np.bincount(firms.sector, firms.capital) / np.bincount(firms.sector, firms.weight)
        before = pd.DataFrame({**columns, "size": size / mean[firms.sector]}).set_index("key")
        model.step()
        after = pd.Series(np.array(firms.city), index=np.array(firms.key), name="now")
        known = before.join(after, how="inner")
        moved.append(known.assign(moves=known["city"] != known["now"]))
    return pd.concat(moved)


def facts_of(arms: dict[str, Scenario], baseline: str, seed: int) -> pd.DataFrame:
    """Return what no representative firm shows: who relocates, and entry around parks."""
    whole = {"branch_share": 0.0}  # complete relocations keep the key of a firm
    plain = arms[baseline]
    industry = plain.parameters.industry.model_copy(update=whole)
    plain = plain.model_copy(update={"parameters": plain.parameters.model_copy(update={"industry": industry})})
    centre = plain.opened().centre
    table = relocations(plain, seed)

    def rate(rows: pd.Series | np.ndarray) -> float:
        part = table[rows]
        return float((part["weight"] * part["moves"]).sum() / part["weight"].sum())

    here = table["city"] == centre
    old = table["age"] >= OLD
    out = table[here & table["moves"]]
    rows: list[dict[str, Any]] = [
        {
            "fact": "firms that relocate between prefectures, per year",
            "published": "3.2 % in all (Tang, Li, Ni & Yuan 2020)", "obtained": rate(np.ones(len(table), bool)),
        },
        {
            "fact": "relocation of large over small firms, rates",
            "published": "below 1 (moving costs rise with size)",
            "obtained": rate(table["size"] >= LARGE) / rate(table["size"] < 1.0),
        },
        {
            "fact": "mature firms: share in those that leave the centre over their share there",
            "published": "above 1 (nursery cities, Duranton & Puga 2001)",
            "obtained": float(out.loc[out["age"] >= OLD, "weight"].sum() / out["weight"].sum())
            / float(table.loc[here & old, "weight"].sum() / table.loc[here, "weight"].sum()),
        },
    ]  # fmt: skip
    arm = next(name for name in arms if name != baseline)
    rows += _around_parks(arms[baseline], arms[arm], seed)
    return pd.DataFrame(rows)


def _around_parks(baseline: Scenario, parks: Scenario, seed: int) -> list[dict[str, Any]]:
    """Return entry and exit in the hosts of an arm's sites relative to the baseline, over all years."""
    models = RegionalEconomy(parks, seed), RegionalEconomy(baseline, seed)
    hosts = np.unique(models[0].state.accounts.site_host)
    if not len(hosts):
        return []
    found = []
    for _ in range(parks.years):
        for model in models:
            model.step()
        years = [model.latest.industry for model in models]
        found.append([[getattr(year, what)[hosts].sum() for year in years] for what in ("entry", "exit")])
    with_parks, without = np.moveaxis(np.array(found), 2, 0)
    ratio = (with_parks / np.maximum(without, 1.0)).mean(axis=0)
    published = "above 1 (zones act through entry, Lu, Wang & Zhu 2019)", ""
    return [
        {
            "fact": f"{what} of firm agents in the hosts of parks over the baseline's, mean of years",
            "published": said, "obtained": float(value),
        }
        for what, said, value in zip(("entry", "exit"), published, ratio, strict=True)
    ]  # fmt: skip
