"""Errors of forecasts of shares, and the model's relative to those of others, with intervals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.validation.hindcast.forecasts import Path, forecasts, observed_path
from sim.validation.hindcast.intervals import Estimate, holm, ratio
from sim.validation.hindcast.runs import END, FIGURES, START, Hindcast, eligible, provinces_of
from sim.world.china.history import History
from sim.world.china.tables import table

GUANGDONG = "guangdong"
REVISED = 0.2  # revision of accounts of 2010, relative to those first published, that counts as large
FAMILY = 0.95  # joint confidence of all comparisons


@dataclass(frozen=True)
class Level:
    """The units whose shares are scored.

    Attributes
    ----------
    name : str
    rows : (R,) bool
        Regions that belong to a unit.
    unit : (rows,) int
        Unit of each of these regions.
    whole, cluster : (units,) int
        What the shares of a unit are taken of, and with which other units its errors are correlated.
    weight : (units,) float
        Of its error in the mean.
    """

    name: str
    rows: np.ndarray
    unit: np.ndarray
    whole: np.ndarray
    cluster: np.ndarray
    weight: np.ndarray

    def shares(self, values: np.ndarray) -> np.ndarray:
        """Return the shares of the units in their wholes, (units,)."""
        sums = np.bincount(self.unit, values[self.rows])
        return np.asarray(sums / np.bincount(self.whole, sums)[self.whole])

    def errors(self, real: np.ndarray, forecast: np.ndarray) -> np.ndarray:
        """Return weighted absolute errors of shares, (units,) percentage points; their sum is the mean error."""
        gap = np.abs(self.shares(real) - self.shares(forecast))
        return np.asarray(100.0 * gap * self.weight / self.weight.sum())


def revised_provinces() -> list[str]:
    """Return the provinces whose value added of 2010 was revised by more than a fifth."""
    factors = table("prefectures").groupby("province")["benchmark_factor_2010"].first()
    return list(factors.index[(factors - 1).abs() > REVISED])


def levels(history: History, figure: str, without: tuple[str, ...] = ()) -> list[Level]:
    """Return the levels at which a figure is scored, without some provinces.

    Within provinces every province has the same weight, whatever the number of its regions. Errors of the cities of
    Guangdong, a single province, are taken as independent.
    """
    province = provinces_of(history)
    kept = ~np.isin(province, without)
    rows = eligible(history, figure) & kept
    names, size = np.unique(province[rows], return_counts=True)
    several = rows & np.isin(province, names[size > 1])
    return [
        _level("regions", rows, province),
        _level("provinces", history.world.national_taxes & kept, province, by_province=True),
        _level("within provinces", several, province, within=True),
        _level("Guangdong", rows & (province == GUANGDONG), np.arange(len(rows))),
    ]


def _level(name: str, rows: np.ndarray, cluster: np.ndarray, by_province: bool = False, within: bool = False) -> Level:
    code = np.unique(cluster[rows], return_inverse=True)[1]
    unit = code if by_province else np.arange(len(code))
    of_unit = np.unique(code) if by_province else code
    weight = 1.0 / np.bincount(code)[code] if within else np.ones(len(of_unit))
    return Level(name, rows, unit, of_unit if within else np.zeros_like(of_unit), of_unit, weight)


def mean_errors(hindcast: Hindcast, figure: str, path: Path | None = None) -> pd.DataFrame:
    """Return mean absolute errors of shares of 2020 in percentage points: rows levels, columns forecasts."""
    real, found = hindcast.history.figures[figure, END], forecasts(hindcast, figure, path=path)
    return pd.DataFrame(
        {
            level.name: {name: level.errors(real, values).sum() for name, values in found.items()}
            for level in levels(hindcast.history, figure)
        }
    ).T


@dataclass(frozen=True)
class Comparison:
    """The model compared with another forecast of 2020.

    Attributes
    ----------
    figure, level, rival : str
    given_path : bool
        Whether forecasts know the composition of the nation.
    model, other : float
        Mean absolute errors, percentage points.
    ratio : Estimate
        Of both.
    unrevised : Estimate or None
        Without the provinces whose accounts were revised most; None if none of them belongs to the level.
    """

    figure: str
    level: str
    rival: str
    given_path: bool
    model: float
    other: float
    ratio: Estimate
    unrevised: Estimate | None


def comparisons(run: Hindcast, on_path: Hindcast | None = None) -> list[Comparison]:
    """Return the comparisons of the model with all other forecasts, of all figures at all levels.

    Parameters
    ----------
    run : Hindcast
        Compared with forecasts that do not know the path of the nation.
    on_path : Hindcast, optional
        Runs that follow the observed path, compared with forecasts that know it, too. Without them `run` is compared
        with those of these forecasts that differ.
    """
    path = observed_path(run.history)
    found: list[Comparison] = []
    for figure in FIGURES:
        plain = forecasts(run, figure)
        found += _compared(run, figure, plain, given_path=False)
        known = forecasts(on_path or run, figure, path=path)
        if on_path is None:
            known = {k: v for k, v in known.items() if k == "model" or not np.array_equal(v, plain.get(k, []))}
        found += _compared(on_path or run, figure, known, given_path=True)
    return found


def _compared(
    hindcast: Hindcast, figure: str, found: Mapping[str, np.ndarray], given_path: bool
) -> Iterator[Comparison]:
    history = hindcast.history
    now, real = (history.figures[figure, year] for year in (START, END))
    rest = levels(history, figure, tuple(revised_provinces()))
    for level, other in zip(levels(history, figure), rest, strict=True):
        for rival in [name for name in found if name != "model"]:
            # what is known by province only says nothing within provinces
            if rival != "persistence" and np.allclose(level.shares(found[rival]), level.shares(now), rtol=1e-9):
                continue
            smaller = level.rows.sum() > other.rows.sum()
            without = against(other, real, found, rival) if smaller else None
            model, theirs = (level.errors(real, found[name]).sum() for name in ("model", rival))
            whole = against(level, real, found, rival)
            yield Comparison(figure, level.name, rival, given_path, model, theirs, whole, without)


def against(level: Level, real: np.ndarray, found: Mapping[str, np.ndarray], rival: str) -> Estimate:
    """Return the mean error of the model relative to that of another forecast."""
    return ratio(level.errors(real, found["model"]), level.errors(real, found[rival]), level.cluster)


def score_table(found: Sequence[Comparison]) -> pd.DataFrame:
    """Return comparisons as a table.

    Returns
    -------
    DataFrame
        ``figure, level, rival, given_path``; ``model, other``, mean absolute errors in percentage points; ``change``
        of the error, per cent, with ``low_90, high_90, low_95, high_95``, two-sided ``p``, and ``holm_p, low_holm,
        high_holm`` adjusted over the rows of the table; ``unrevised`` with ``low_unrevised, high_unrevised`` (90 %),
        without the provinces whose accounts were revised most.
    """
    p = np.array([one.ratio.p_value(1.0) for one in found])
    adjusted, confidences = holm(p, FAMILY)
    lines: list[dict[str, object]] = []
    for one, confidence in zip(found, confidences, strict=True):
        line = {name: getattr(one, name) for name in ("figure", "level", "rival", "given_path", "model", "other")}
        line |= _changes("change", one.ratio, {"90": 0.90, "95": 0.95, "holm": confidence})
        if one.unrevised is not None:
            line |= _changes("unrevised", one.unrevised, {"unrevised": 0.90})
        lines.append(line)
    return pd.DataFrame(lines).assign(p=p, holm_p=adjusted)


def _changes(name: str, one: Estimate, confidences: Mapping[str, float]) -> dict[str, float]:
    """Return a ratio and its intervals as changes in per cent."""
    found = {name: percent(one.value)}
    for key, confidence in confidences.items():
        found[f"low_{key}"], found[f"high_{key}"] = map(percent, one.interval(confidence))
    return found


def percent(value: float) -> float:
    """Return a ratio as a change in per cent."""
    return 100.0 * (value - 1.0)
