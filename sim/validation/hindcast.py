"""Hindcast of all regions from 2010 to 2020, compared with observations and naive forecasts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.analysis.inequality import theil
from sim.config import Scenario
from sim.model import simulate
from sim.validation.rows import Row
from sim.world.china.history import History, load_history
from sim.world.china.shares import by_province, share
from sim.world.china.tables import table

START, MIDDLE, END = 2010, 2015, 2020
CONFIDENCE = 0.90
FIRMS = 100_000  # with fewer agents, chance affects the shares of cities
Z90 = 1.6448536269514722
GUANGDONG = "guangdong"
# Errors of two five-year periods are assumed to correlate by one half, like changes of provincial output shares in
# 2005-2010 and 2010-2015 (.51): the error over both is sqrt(2 (1 + .5)) times that of one.
TWICE = 3.0**0.5


@dataclass(frozen=True)
class Hindcast:
    """Runs from 2010 and the observed history.

    Attributes
    ----------
    history : History
    people, value_added : (N, T, R, 2), (N, T, R) float
        By replication, year from 2010 on and region; people at the start of each year.
    """

    history: History
    people: np.ndarray
    value_added: np.ndarray

    def modelled(self, figure: str, year: int) -> np.ndarray:
        """Return a figure by replication and region, (N, R)."""
        t = year - START
        if figure == "value_added":
            return self.value_added[:, t]
        return self.people[:, t, :, 1] if figure == "talent" else self.people[:, t].sum(axis=2)


def run_hindcast(world: str = "china", seeds: Sequence[int] = range(1, 11), **changes: object) -> Hindcast:
    """Run the baseline from 2010 with the defaults of the world.

    Parameters
    ----------
    world : str
    seeds : sequence of int
    **changes
        Changed keys of the scenario, such as ``parameters`` or ``firms``.
    """
    data: dict[str, object] = {
        "name": "hindcast", "world": world, "start": START, "years": END - START + 1, "firms": FIRMS,
        "record": {"flows": False, "payments": False},
    }  # fmt: skip
    scenario = Scenario.model_validate({**data, **changes})
    people, added = [], []
    for seed in seeds:
        series = simulate(scenario, seed).series
        people.append(series["people"])
        added.append(series["value_added"].sum(axis=2))
    return Hindcast(load_history(world), np.array(people), np.array(added))


def levels(history: History, figure: str) -> dict[str, np.ndarray]:
    """Return the regions of each level at which a figure is scored."""
    good, mainland = history.good[figure], history.world.national_taxes
    guangdong = history.world.regions["province"].to_numpy() == GUANGDONG
    found = {"region": good, "province": mainland}
    return {**found, "Guangdong": guangdong} if figure != "talent" else found


def forecasts(hindcast: Hindcast, figure: str) -> dict[str, np.ndarray]:
    """Return forecasts of 2020 by region, (R,): the mean of the model and the naive ones available for the figure."""
    history = hindcast.history
    now = history.figures[figure, START]
    found = {"persistence": now, "model": hindcast.modelled(figure, END).mean(axis=0)}
    if (figure, MIDDLE) in history.figures:
        middle = history.figures[figure, MIDDLE]
        growth = np.divide(middle / middle.sum(), now / now.sum(), out=np.ones_like(now), where=now > 0)
        found["doubled"] = now * growth**2
    if figure == "people":
        found["regression"] = _regression(history)
    return found


def _regression(history: History) -> np.ndarray:
    """Return population in 2020 forecast by a cross-section regression of share growth 2010-2015, applied twice."""
    rows = history.good["people"]
    before, after = (share(history.figures["people", y], rows) for y in (START, MIDDLE))
    covariates = history.covariates.to_numpy()
    design = np.column_stack([np.ones(len(covariates)), covariates])
    slope, *_ = np.linalg.lstsq(design[rows], np.log(after / before), rcond=None)
    return history.figures["people", START] * np.exp(2.0 * design @ slope)


def errors(hindcast: Hindcast, figure: str) -> pd.DataFrame:
    """Return mean absolute errors of shares of 2020 in percentage points: rows levels, columns forecasts."""
    history = hindcast.history
    real, found = history.figures[figure, END], forecasts(hindcast, figure)
    table_: dict[str, dict[str, float]] = {}
    for level, rows in levels(history, figure).items():
        part = {}
        for name, values in found.items():
            if level == "province":
                one, other = (by_province(v, history.world, rows) for v in (real, values))
                one, other = one / one.sum(), other / other.sum()
            else:
                one, other = share(real, rows), share(values, rows)
            part[name] = 100.0 * float(np.abs(one - other).mean())
        table_[level] = part
    if figure == "people":
        table_["province"]["trend 2000-2010"] = _province_trend(history)
    return pd.DataFrame(table_).T


def _province_trend(history: History) -> float:
    """Return the error of provincial population shares if the trend 2000-2010 continued."""
    rows = history.world.national_taxes
    known = table("provinces").set_index("province")["population_2000"]
    names = sorted(set(history.world.regions["province"].to_numpy()[rows]))
    old = known[names].to_numpy(float)
    now, real = (by_province(history.figures["people", y], history.world, rows) for y in (START, END))
    guess = now / now.sum() * (now / now.sum()) / (old / old.sum())
    return 100.0 * float(np.abs(guess / guess.sum() - real / real.sum()).mean())


def intervals(hindcast: Hindcast, figure: str) -> dict[str, float]:
    """Return coverage, mean width and interval score of 90 % intervals of regions' shares of 2020.

    Ensemble members are perturbed with the errors of the model in 2015, in logs and by size class, scaled by `TWICE`
    for twice the horizon; the intervals of persistence are built in the same way from the changes until 2015.
    """
    history, rows = hindcast.history, hindcast.history.good[figure]
    real = share(history.figures[figure, END], rows)
    middle, start = (share(history.figures[figure, y], rows) for y in (MIDDLE, START))
    now, then = (share(hindcast.modelled(figure, y), rows) for y in (MIDDLE, END))
    spread = np.log(then).std(axis=0, ddof=1) if len(then) > 1 else 0.0
    model = np.hypot(TWICE * _by_size(np.log(middle / now.mean(axis=0)), start), spread)
    naive = TWICE * _by_size(np.log(middle / start), start)
    out = {}
    for name, centre, sd in (("model", then.mean(axis=0), model), ("persistence", start, naive)):
        low, high = centre * np.exp(-Z90 * sd), centre * np.exp(Z90 * sd)
        missed = np.maximum(low - real, 0.0) + np.maximum(real - high, 0.0)
        out[f"{name} coverage"] = float(((real >= low) & (real <= high)).mean())
        out[f"{name} width"] = 100.0 * float((high - low).mean())
        out[f"{name} score"] = 100.0 * float((high - low + 2.0 / (1.0 - CONFIDENCE) * missed).mean())
    return out


def _by_size(error: np.ndarray, size: np.ndarray, classes: int = 4) -> np.ndarray:
    """Return the root mean square error of each region's size class: small regions vary more."""
    rank = np.argsort(np.argsort(size)) * classes // len(size)
    return np.array([np.sqrt(np.mean(error[rank == k] ** 2)) for k in range(classes)])[rank]


def paths(hindcast: Hindcast) -> list[Row]:
    """Return rows on direction of migration, sigma-convergence and the Theil index between provinces."""
    history = hindcast.history
    rows = history.world.national_taxes
    start, end = (share(history.figures["people", y], rows) for y in (START, END))
    then = share(hindcast.modelled("people", END), rows).mean(axis=0)
    moved = np.abs(np.log(end / start)) > 0.02
    right = float((np.sign(end - start) == np.sign(then - start))[moved].mean())
    found = [Row("hindcast", "direction of the change of people, regions", "> 0.5", right, None, right > 0.5)]
    for word, measure in (("spread of log income (sigma)", _sigma), ("Theil index", _theil)):
        real = [measure(history, history.figures["people", y], history.figures["value_added", y]) for y in (START, END)]
        people, added = (hindcast.modelled(f, END).mean(axis=0) for f in ("people", "value_added"))
        got = measure(history, people, added) - real[0]
        want = real[1] - real[0]
        same = bool(np.sign(got) == np.sign(want))
        found.append(Row("hindcast", f"change of the {word} of provinces", want, got, None, same))
    return found


def _income(history: History, people: np.ndarray, added: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    rows = history.world.national_taxes
    heads, value = (by_province(v, history.world, rows) for v in (people, added))
    return value / heads, heads


def _sigma(history: History, people: np.ndarray, added: np.ndarray) -> float:
    return float(np.log(_income(history, people, added)[0]).std())


def _theil(history: History, people: np.ndarray, added: np.ndarray) -> float:
    return float(theil(*_income(history, people, added)))


def hindcast_rows(hindcast: Hindcast) -> list[Row]:
    """Return all claims about the hindcast as rows with verdicts."""
    rows: list[Row] = []
    for figure in ("people", "talent", "value_added"):
        found = errors(hindcast, figure)
        for level, line in found.iterrows():
            name, model = f"{figure} shares, {level}, mean absolute error", float(line["model"])
            rows.append(Row("hindcast", name, "below persistence", model, float(line["persistence"]),
                            model < line["persistence"]))  # fmt: skip
            if "regression" in line and level == "region":
                rows.append(Row("hindcast", name, "below the regression", model, float(line["regression"]),
                                model < line["regression"]))  # fmt: skip
            rows += [
                Row("hindcast", name, f"reported beside: {other}", model, float(line[other]), True)
                for other in ("doubled", "trend 2000-2010")
                if other in line and np.isfinite(line[other])
            ]
        if (figure, MIDDLE) in hindcast.history.figures:
            rows += _interval_rows(hindcast, figure)
    return rows + paths(hindcast)


def _interval_rows(hindcast: Hindcast, figure: str) -> list[Row]:
    got = intervals(hindcast, figure)
    cover, width, naive = got["model coverage"], got["model width"], got["persistence width"]
    score, other = got["model score"], got["persistence score"]
    return [
        Row("hindcast", f"{figure}, regions within 90 % intervals", "0.80 to 0.97", cover, None, 0.80 <= cover <= 0.97),
        Row("hindcast", f"{figure}, width of 90 % intervals", "at most persistence's", width, naive, width <= naive),
        Row("hindcast", f"{figure}, interval score", "reported beside: persistence", score, other, True),
    ]
