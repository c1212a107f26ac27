"""Rows about the phases of firms: against memory, against others, by size, by threads."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from benchmarks import naive, ours
from benchmarks.expert_numpy import NumpyFirms
from benchmarks.harness import Figure, Plan, Rounds, exponents, interleaved, number, threads
from benchmarks.memory import BYTES, ReadPass
from benchmarks.mesa_objects import ObjectFirms
from benchmarks.stand_in import StandIn, put_in
from sim.model import RegionalEconomy


def case(firms: float, cities: int) -> str:
    """Return how the table names a size; the sizes of a short look are smaller."""
    return f"{firms:.0e} firms, {cities} cities".replace("e+0", "e")


def _firms(model: RegionalEconomy) -> int:
    return int(model.state.firms.totals()[0].sum())


def _year(model: RegionalEconomy):
    return lambda: ours.firm_phases(model)


def _by_firm(model: RegionalEconomy) -> Callable[[], float]:
    """Return a year that times itself by firm: from year to year there are more of them."""

    def year() -> float:
        n, begin = _firms(model), time.perf_counter()
        ours.firm_phases(model)
        return (time.perf_counter() - begin) / n

    return year


def over_read_pass(plan: Plan) -> dict[str, Figure]:
    found = {}
    for firms in (1e6, 1e7):
        for cities in (30, 340):
            model = ours.model(plan, cities, firms)
            n, reading = _firms(model), ReadPass(_firms(model))
            with threads(1):
                took = interleaved(
                    {
                        "ours": _by_firm(model),
                        "read": lambda r=reading, n=n: r.seconds() / n,
                        "cached": lambda r=reading, n=n: r.cached() / n,
                    },
                    plan.rounds,
                )
            ns = {name: 1e9 * took[name] for name in ("ours", "read", "cached")}
            found[case(firms, cities)] = Figure(
                took.ratio("ours", "read"),
                f"ours {ns['ours']:.1f} ns a firm, pass {ns['read']:.2f} ns a firm = {BYTES / ns['read']:.0f} GB/s, "
                f"from cache {ns['cached']:.2f} ns",
                {"firms": n, "ours_ns": ns["ours"], "read_ns": ns["read"], "cached_read_ns": ns["cached"]},
            )
            del model
    return found


def _against(plan: Plan, kind: type[StandIn], cities: int, firms: float) -> tuple[Figure, Figure]:
    """An alternative implementation of firms over ours: firm phases, and a complete year of the model."""
    mine, other = ours.model(plan, cities, firms), put_in(ours.model(plan, cities, firms), kind)
    n = _firms(mine)

    def figure(took: Rounds) -> Figure:
        return Figure(
            took.ratio("other", "ours"),
            f"{number(1e9 * took['other'] / n)} over {number(1e9 * took['ours'] / n)} ns a firm, {n} firms",
            {"firms": n, "other_s": took["other"], "ours_s": took["ours"]},
        )

    with threads(1):
        years = interleaved({"other": other.step, "ours": mine.step}, plan.rounds)
        phases = interleaved({"other": _year(other), "ours": _year(mine)}, plan.rounds)
    return figure(phases), figure(years)


def objects_over_ours(plan: Plan) -> dict[str, Figure]:
    found = {}
    for firms, cities in ((1e4, 30), (1e5, 30), (1e4, 340)):
        name = case(firms, cities)
        found[name], found[f"{name}, whole year"] = _against(plan, ObjectFirms, cities, firms)
    return found


def numpy_over_ours(plan: Plan) -> dict[str, Figure]:
    name = case(1e6, 340)
    phases, year = _against(plan, NumpyFirms, 340, 1e6)
    return {name: phases, f"{name}, whole year": year}


def naive_over_ours(plan: Plan) -> dict[str, Figure]:
    """The naive kernel has no cost but that of each firm, so that a sample of firms shows its cost."""
    found = {}
    for cities, sample in ((30, 200_000), (340, 20_000), (2800, 3_000)):
        model = ours.kept(plan, cities, 1e6)
        terms, table, n = ours.offered(model), ours.columns(model.state.firms), _firms(model)
        rows = np.linspace(0, n - 1, min(n, plan.firms(sample))).astype(int)
        some = naive.choosers(table, terms, rows)
        years = iter(range(10_000))
        with threads(1):
            took = interleaved(
                {
                    "ours": ours.relocation(model),
                    "naive": lambda some=some, terms=terms, years=years: naive.choose(some, terms, next(years)),
                    "skipping": lambda some=some, terms=terms, years=years: naive.choose(
                        some, terms, next(years), skip=True
                    ),
                },
                plan.rounds,
            )
        for name, of in (("naive", ""), ("skipping", ", only those who reconsider")):
            ratio = float(np.median(took.seconds[name] / len(rows) / (took.seconds["ours"] / n)))
            each = 1e9 * took[name] / len(rows), 1e9 * took["ours"] / n
            found[f"{cities} cities{of}"] = Figure(
                ratio, f"{number(each[0])} over {number(each[1])} ns a firm, {n} firms",
                {"firms": n, "other_ns": each[0], "ours_ns": each[1]},
            )  # fmt: skip
    return found


def naive_sums(plan: Plan) -> dict[str, Figure]:
    model = ours.kept(plan, 340, 1e6)
    state, n = model.state, _firms(model)
    table = [ours.columns(state.firms)[name] for name in ("sector", "city", "capital", "log_z", "weight")]
    given = *table, state.parameters.production.sigma - 1, *state.base.capital.shape
    with threads(1):
        took = interleaved({"ours": lambda: ours.sums(model), "naive": lambda: naive.sums(*given)}, plan.rounds)
    note = f"{1e9 * took['naive'] / n:.1f} over {1e9 * took['ours'] / n:.1f} ns a firm"
    return {case(1e6, 340): Figure(took.ratio("naive", "ours"), note, {"firms": n})}


def two_threads(plan: Plan) -> dict[str, Figure]:
    found = {}
    for cities in (30, 340):
        took = Rounds({"one": [], "two": []})
        # Rounds are short and a core may be lent to others for one: several models, so that no population grows old.
        for seed in (1, 2, 3):
            year = _by_firm(ours.model(plan, cities, 1e6, seed))
            took += interleaved({"one": lambda y=year: _on(1, y), "two": lambda y=year: _on(2, y)}, plan.rounds)
        ns = {name: 1e9 * took[name] for name in ("one", "two")}
        found[case(1e6, cities)] = Figure(
            took.ratio("one", "two"), f"{ns['one']:.1f} over {ns['two']:.1f} ns a firm",
            {"one_ns": ns["one"], "two_ns": ns["two"]},
        )  # fmt: skip
    return found


def _on(number: int, year: Callable[[], float]) -> float:
    with threads(number):
        return year()


def growth(plan: Plan) -> dict[str, Figure]:
    """Slope of log seconds over log size, from all sizes in turn."""
    by_firms = {_firms(model): model for model in (ours.model(plan, 340, 1e5), ours.model(plan, 340, 1e7))}
    by_cities = {model.state.n: model for model in (ours.kept(plan, cities, 1e6) for cities in (30, 340, 2800))}
    found = {}
    for name, models in (("firms 1e5 to 1e7, 340 cities", by_firms), ("cities 30 to 2,800, 1e6 firms", by_cities)):
        with threads(1):
            took = interleaved({str(size): _year(model) for size, model in models.items()}, plan.rounds)
        note = ", ".join(f"{size}: {number(1000 * took[str(size)])} ms" for size in models)
        value = float(np.median(exponents(list(models), [took.seconds[str(size)] for size in models])))
        found[name] = Figure(value, note, {str(size): took[str(size)] for size in models})
    return found
