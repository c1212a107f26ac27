"""Global sensitivity analysis: Morris screening, Sobol' indices, PAWN."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from sim import samples
from sim.analysis.provenance import config_of
from sim.analysis.sweep import Measured
from sim.errors import UserError

COLUMNS = ("arm", "indicator", "input", "measure", "value", "low", "high", "n")
MOST_MISSING = 0.1  # maximum share of missing samples, beyond which the design is unbalanced
ROUNDING = 1e-12  # relative to levels: smaller variation counts as none
RESAMPLES = 200  # bootstrap resamples; standard errors are then accurate to 5 per cent
SLICES = 10  # conditioning intervals per input in PAWN
PAIR = " × "  # separator between the two inputs of a pair
SEEDS, DUMMY = "(seeds)", "(no input)"
Z = 1.959964  # standard normal quantile of 95 % intervals

# Measures that rank inputs by method, in order of priority.
RANKING = {"morris": ("mu_star",), "sobol": ("total", "first"), "pawn": ("pawn_median",)}


@dataclass(frozen=True)
class _Design:
    """The method, its settings, and the design in the unit cube."""

    method: str
    keys: list[str]
    seed: int
    second_order: bool
    unit: np.ndarray


def indices(ds: xr.Dataset, measured: Iterable[Measured]) -> pd.DataFrame:
    """Return the sensitivity indices of each outcome.

    The outcome at a point is the mean over seeds of the level or, with arms, of the difference from the baseline at the
    same point and seed.

    Parameters
    ----------
    ds : Dataset
        Of a sensitivity analysis, from `sim.results.open_results`.
    measured : iterable of Measured
        From `sim.analysis.measure`.

    Returns
    -------
    DataFrame
        ``arm, indicator, input, measure, value``, a 95 % interval ``low, high`` over resampled points, ``n`` complete
        samples (trajectories, blocks, points). Measures by method:

        morris : ``mu_star`` (mean absolute elementary effect over the full range of the input, in the unit of the
            outcome; Campolongo, Cariboni & Saltelli 2007), ``mu`` (mean elementary effect), ``sigma`` (its standard
            deviation: non-linearity and interactions).
        sobol : ``first`` and ``total`` (first-order and total-order indices; Saltelli et al. 2010), ``second``
            (second-order index of the pair ``a × b``; Saltelli 2002).
        pawn : ``pawn_median`` (median distance between the distributions of outcomes conditional on a tenth of the
        range of
            the input and unconditional; Pianosi & Wagener 2018); the input ``(no input)`` is a dummy: the value that
            an input without influence attains.

        With two or more seeds also ``noise_share`` of the input ``(seeds)``: the share of the variance between points
        due to seeds. Seeds are the same at every point, so effects common to all points are excluded. NaN if the
        outcome does not vary.

    Raises
    ------
    UserError
        If more than a tenth of the samples is missing.
    """
    design = _design_of(ds)
    sample_size = samples.points_per_sample(design.method, len(design.keys), design.second_order)
    rows = []
    for item in measured:
        size = float(np.nanmax(np.abs(item.levels.values), initial=0.0))
        for arm in (str(a) for a in item.shown["arm"].values):
            table = item.shown.sel(arm=arm).transpose("point", "replication").values
            kept = _complete_samples(table, sample_size, item.name)
            n, table = int(kept.sum()) // sample_size, table[kept]
            if np.ptp(table.mean(axis=1)) <= ROUNDING * size:
                table = np.zeros_like(table)
            indices = _METHODS[design.method](design, design.unit[kept], table.mean(axis=1))
            rows += [(arm, item.name, *found, n) for found in indices]
            if table.shape[1] > 1:
                rows.append((arm, item.name, SEEDS, "noise_share", noise_share(table), np.nan, np.nan, n))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _design_of(ds: xr.Dataset) -> _Design:
    config = config_of(ds)
    keys = [str(ds[key].attrs["key"]) for key in ds.attrs["keys"]]
    method, seed, pairs = str(config["method"]), int(config["seed"]), bool(config["second_order"])
    unit = samples.method_points(method, int(config["samples"]), len(keys), seed, pairs)
    return _Design(method, keys, seed % 2**31 + 1, pairs, unit)  # SALib treats seed 0 as none


def _complete_samples(table: np.ndarray, sample_size: int, indicator: str) -> np.ndarray:
    """Return the points of complete samples: the methods combine all points of a sample."""
    complete = np.isfinite(table).all(axis=1).reshape(-1, sample_size).all(axis=1)
    missing = 1 - complete.mean()
    if missing > MOST_MISSING or not complete.any():
        raise UserError(
            f"{indicator}: {missing:.0%} of the samples have a missing run or value, more than {MOST_MISSING:.0%}; "
            "run again to complete them, or narrow the inputs where runs fail."
        )
    return np.repeat(complete, sample_size)


def noise_share(table: np.ndarray) -> float:
    """Return the share of the variance of means between points that is due to seeds.

    Parameters
    ----------
    table : (P, R) float
        P points with the same R seeds. Two-way analysis of variance with one run per cell: the residual beyond the
        effects of point and seed is noise, and a mean over R seeds has 1/R of its variance.

    Returns
    -------
    float
        NaN if outcomes do not vary.
    """
    points, seeds = table.shape
    means = table.mean(axis=1)
    left = table - means[:, None] - table.mean(axis=0) + table.mean()
    between = float(np.var(means, ddof=1)) if points > 1 else 0.0
    noise = float((left**2).sum()) / ((points - 1) * (seeds - 1)) / seeds if points > 1 else np.nan
    return min(1.0, noise / between) if between > 0 else np.nan


Found = Iterator[tuple[str, str, float, float, float]]


def _morris(design: _Design, unit: np.ndarray, outcome: np.ndarray) -> Found:
    from SALib.analyze import morris  # slow to import

    problem = samples.unit_cube(len(design.keys))
    found = morris.analyze(
        problem, unit, outcome.astype(float), num_resamples=RESAMPLES, num_levels=samples.LEVELS, seed=design.seed
    )
    for k, key in enumerate(design.keys):
        star, half = float(found["mu_star"][k]), float(found["mu_star_conf"][k])
        yield key, "mu_star", star, star - half, star + half
        yield key, "mu", float(found["mu"][k]), np.nan, np.nan
        yield key, "sigma", float(found["sigma"][k]), np.nan, np.nan


def _sobol(design: _Design, unit: np.ndarray, outcome: np.ndarray) -> Found:
    from SALib.analyze import sobol  # slow to import

    keys, flat = design.keys, not np.ptp(outcome)
    found = {} if flat else sobol.analyze(
        samples.unit_cube(len(keys)), outcome, calc_second_order=design.second_order, num_resamples=RESAMPLES,
        seed=design.seed,
    )  # fmt: skip
    for k, key in enumerate(keys):
        for name, measure in (("S1", "first"), ("ST", "total")):
            yield key, measure, *((np.nan,) * 3 if flat else _around(found[name][k], found[f"{name}_conf"][k]))
    for a in range(len(keys) if design.second_order else 0):
        for b in range(a + 1, len(keys)):
            ends = (np.nan, np.nan) if flat else (found["S2"][a, b], found["S2_conf"][a, b])
            yield PAIR.join((keys[a], keys[b])), "second", *_around(*ends)


def _around(value: float, half: float) -> tuple[float, float, float]:
    return float(value), float(value - half), float(value + half)


def _pawn(design: _Design, unit: np.ndarray, outcome: np.ndarray) -> Found:
    draw = np.random.default_rng(design.seed)
    unit = np.column_stack([unit, draw.random(len(unit))])
    medians = pawn_medians(unit, outcome)
    again = [pawn_medians(unit[rows], outcome[rows]) for rows in draw.integers(len(unit), size=(RESAMPLES, len(unit)))]
    half = Z * np.std(again, axis=0, ddof=1)
    for key, value, width in zip([*design.keys, DUMMY], medians, half, strict=True):
        yield key, "pawn_median", *_around(value, width)


def pawn_medians(unit: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """Return PAWN's median index of each input, as SALib's ``pawn.analyze`` but omits its significance tests.

    Parameters
    ----------
    unit : (P, D) float
    outcome : (P,) float

    Returns
    -------
    (D,) float in [0, 1]
    """
    order = np.argsort(outcome, kind="stable")
    values, ends = outcome[order], np.append(np.flatnonzero(np.diff(outcome[order])), len(outcome) - 1)
    everywhere = (ends + 1) / len(values)
    medians = []
    for column in unit.T:
        cuts = np.quantile(column, np.linspace(0, 1, SLICES + 1))
        inside = (column[order] >= cuts[:-1, None]) & (column[order] < cuts[1:, None])
        counts = inside.sum(axis=1, keepdims=True)
        here = np.cumsum(inside, axis=1)[:, ends] / np.maximum(counts, 1)
        distance = np.abs(here - everywhere).max(axis=1)
        medians.append(np.median(distance[counts[:, 0] > 0]))
    return np.array(medians)


_METHODS: dict[str, Callable[[_Design, np.ndarray, np.ndarray], Found]] = {
    "morris": _morris,
    "sobol": _sobol,
    "pawn": _pawn,
}
