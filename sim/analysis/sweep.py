"""Analysis of sweeps: indicators and paired differences at every point."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from sim.analysis.costs import per_outlay, present
from sim.analysis.indicators import INDICATORS, evaluate
from sim.analysis.paired import ADJUSTED, COSTS, compared, correct, over_years, years_of
from sim.analysis.provenance import appraisal_of, baseline_of, comparable, config_of
from sim.analysis.statistics import interval, paired_difference
from sim.analysis.units import indicator_unit
from sim.analysis.unpriced import unpriced
from sim.currency import currency_of
from sim.groups import Group, reported_indicators, reported_regions

STATISTICS = (
    "mean", "mean_low", "mean_high", "difference", "ci_low", "ci_high", "sign_share", "n", "per_million_yuan",
    "bca_low", "bca_high", "p", *ADJUSTED, "pairing", "pairing_low", "pairing_high", "runs_saved",
)  # fmt: skip
RUNS = 256  # runs evaluated at a time, a compromise of speed and memory
MEMORY = 512e6  # bytes, upper limit for these runs


@dataclass(frozen=True)
class Measured:
    """One indicator at every point.

    Attributes
    ----------
    name, title, unit : str
    years : {"last", "sum", "present"}
        Aggregation over years.
    levels : DataArray (point, arm, replication)
        NaN for a missing run, and for indicators that are differences themselves.
    differences : DataArray (point, arm, replication) or None
        From the baseline at the same point and replication, without the baseline; None without a
        baseline.
    present : DataArray (point, arm, replication) or None
        Present values of the differences; see `sim.analysis.costs.present`.
    """

    name: str
    title: str
    unit: str
    years: str
    levels: xr.DataArray
    differences: xr.DataArray | None
    present: xr.DataArray | None = None

    @property
    def shown(self) -> xr.DataArray:
        """The values shown in figures: differences if available, otherwise levels."""
        return self.levels if self.differences is None else self.differences


def measured_indicators(config: Mapping[str, Any]) -> list[str]:
    """Return the indicators of a sweep by its config, plain data: those of ``report.regions`` first."""
    usual = list(config.get("indicators", ()))
    there = (name for name in usual if reported_regions(config) and name in INDICATORS and INDICATORS[name].group)
    own = (INDICATORS[name].of(Group.REGIONS) for name in there)
    return list(dict.fromkeys([*own, *usual, *reported_indicators(config)]))


def shown_measures(ds: xr.Dataset, measured: Sequence[Measured]) -> list[Measured]:
    """Return what figures and report show: the indicators of ``report.indicators`` in their order, or all."""
    by_name = {item.name: item for item in measured}
    return [by_name[name] for name in reported_indicators(config_of(ds)) or by_name if name in by_name]


def shown_rows(ds: xr.Dataset, table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `summary` that terminal and report show, in the order of ``report.indicators``."""
    names = reported_indicators(config_of(ds))
    return pd.concat([table[table["indicator"] == name] for name in names]) if names else table


def measure(ds: xr.Dataset, indicators: Sequence[str] | None = None, present_sums: bool = False) -> list[Measured]:
    """Return indicators at every point of a sweep.

    Parameters
    ----------
    ds : Dataset
        Of a sweep, from `sim.results.open_results`.
    indicators : sequence of str, optional
        By default those of the config, first of the regions of its report.
    present_sums : bool
        Whether sums of money over years are present values.
    """
    names = measured_indicators(config_of(ds)) if indicators is None else list(indicators)
    baseline = baseline_of(ds) if comparable(ds) else None
    values = _by_point(ds, names, baseline or "baseline")
    if present_sums:
        values = {name: [found[1], found[1]] if _summed_money(name) else found for name, found in values.items()}
    result = []
    for name in names:
        levels, valued = values[name]
        differences, gained = (
            None if baseline is None else paired_difference(found, baseline) for found in (levels, valued)
        )
        facts, years = INDICATORS[name], years_of(name)
        levels, unit = levels * np.nan if facts.paired else levels, indicator_unit(name, years, currency_of(ds.attrs))
        result.append(Measured(name, facts.title, unit, years, levels, differences, gained))
    return result


def _summed_money(indicator: str) -> bool:
    return years_of(indicator) == "sum" and INDICATORS[indicator].unit.startswith("million yuan")


def _by_point(ds: xr.Dataset, names: Sequence[str], baseline: str) -> dict[str, list[xr.DataArray]]:
    """Return each indicator aggregated over years and as present value, (point, arm, replication) each.

    It is evaluated a block of points at a time.
    """
    rate = appraisal_of(ds).discount
    needed = {variable for name in names if name in INDICATORS for variable in INDICATORS[name].needs}
    ds = ds.drop_vars([v for v in ds.data_vars if v not in needed])
    ds = ds.drop_vars([c for c in ds.coords if {"point", "replication"} & {*ds[c].dims} - {c}])
    size = ds.sizes["arm"] * ds.sizes["replication"]
    bytes_per_run = max(1.0, sum(v.nbytes for v in ds.data_vars.values()) / (size * ds.sizes["point"]))
    step = max(1, int(min(RUNS, MEMORY / bytes_per_run) / size))
    parts: dict[str, list[list[xr.DataArray]]] = {name: [] for name in names}
    for first in range(0, ds.sizes["point"], step):
        block = _as_replications(ds.isel(point=slice(first, first + step)))
        for name in names:
            series = evaluate(block, name, baseline)
            found = over_years(series, years_of(name), rate), present(series, rate)
            parts[name].append([value.transpose("replication", "arm") for value in found])
    shape = (ds.sizes["point"], ds.sizes["replication"], ds.sizes["arm"])
    labels = {dim: ds[dim].values for dim in ("point", "replication", "arm")}

    def whole(blocks: Iterable[xr.DataArray]) -> xr.DataArray:
        table = np.concatenate([block.values for block in blocks]).reshape(shape)
        return xr.DataArray(table, labels, tuple(labels)).transpose("point", "arm", "replication")

    return {name: [whole(blocks) for blocks in zip(*found, strict=True)] for name, found in parts.items()}


def _as_replications(block: xr.Dataset) -> xr.Dataset:
    """Return a block of points stacked along replications, which preserves the pairing of arms."""
    data = {}
    for name, variable in block.load().data_vars.items():
        ordered = variable.transpose("arm", "point", "replication", ...)
        values = ordered.values.reshape(ordered.sizes["arm"], -1, *ordered.shape[3:])  # rows as for a single point
        data[name] = (("arm", "replication", *ordered.dims[3:]), values, variable.attrs)
    labels = {name: c for name, c in block.coords.items() if name not in ("point", "replication")}
    return xr.Dataset(data, labels, block.attrs)


def summary(ds: xr.Dataset, measured: Iterable[Measured]) -> pd.DataFrame:
    """Return one row per point, arm and indicator.

    Returns
    -------
    DataFrame
        ``point``, the values of the varied keys, ``arm, indicator, title, unit, years``; ``mean`` of the level
        over seeds with its 95 % t-interval ``mean_low, mean_high``; the statistics of `sim.analysis.paired.compared`
        for the difference from the baseline at the same point and seed; ``p_adjusted`` and ``adjusted_low,
        adjusted_high``, corrected for multiple comparisons over all points, arms and indicators; ``n`` pairs, or
        runs without a baseline.
    """
    keys = list(ds.attrs["keys"])
    outlay = next(iter(measure(ds, ["public_outlay"]))).present if "public_outlay" in ds else None
    if outlay is not None:
        outlay = outlay.where(~outlay["arm"].isin(list(unpriced(ds))))
    table = pd.concat([_rows(item, outlay) for item in measured], ignore_index=True)
    table = table.sort_values("place", kind="stable", ignore_index=True)  # point by point
    for key in ["point", *keys]:
        table[key] = ds[key].values[table["place"]]
    full = correct(table) if "difference" in table else table
    return full.reindex(columns=["point", *keys, "arm", "indicator", "title", "unit", "years", *STATISTICS])


def _rows(item: Measured, outlay: xr.DataArray | None) -> pd.DataFrame:
    """Return one row per point and arm; ``place`` is the index of the point."""
    parts = []
    head = {"indicator": item.name, "title": item.title, "unit": item.unit, "years": item.years}
    others = [] if item.differences is None else list(item.differences["arm"].values)
    baseline = item.levels.sel(arm=~item.levels["arm"].isin(others)).values[:, 0]
    for arm in item.levels["arm"].values:
        levels = item.levels.sel(arm=arm).values
        mean, low, high, _ = interval(levels)
        found = {"mean": mean, "mean_low": low, "mean_high": high, "n": np.isfinite(levels).sum(axis=1)}
        if item.differences is not None and arm in others:
            found |= compared(item.differences.sel(arm=arm).values, levels, baseline)
            if outlay is not None and item.present is not None and item.name not in COSTS:
                found["per_million_yuan"] = per_outlay(item.present.sel(arm=arm).values, outlay.sel(arm=arm).values)
        parts.append(pd.DataFrame({"place": np.arange(len(levels)), "arm": str(arm), **head, **found}))
    return pd.concat(parts, ignore_index=True)


def varying(ds: xr.Dataset) -> list[str]:
    """Return the keys with more than one value, in the order of the sweep; at least one key."""
    keys = list(ds.attrs["keys"])
    return [key for key in keys if len(np.unique(ds[key].values)) > 1] or keys[:1]


def is_grid(ds: xr.Dataset) -> bool:
    """Return whether the points form a full grid of the values of the keys."""
    keys = list(ds.attrs["keys"])
    combinations = {tuple(ds[key].values[k] for key in keys) for k in range(ds.sizes["point"])}
    return len(combinations) == int(np.prod([len(np.unique(ds[key].values)) for key in keys])) == ds.sizes["point"]


def effects(ds: xr.Dataset, measured: Iterable[Measured]) -> dict[str, float]:
    """Return the effect size of each key of a grid, largest first.

    The range of the conditional means by value of the key, as a share of the range over all points; averaged over
    indicators and arms.
    """
    shares: dict[str, list[float]] = {key: [] for key in varying(ds)}
    for item in measured:
        for arm in item.shown["arm"].values:
            table = item.shown.sel(arm=arm).mean("replication", skipna=True).values
            full = np.ptp(table[np.isfinite(table)]) if np.isfinite(table).any() else 0.0
            for key in shares if full > 0 else ():
                means = pd.Series(table).groupby(ds[key].values).mean()
                shares[key].append(float(means.max() - means.min()) / full)
    found = {key: float(np.mean(parts)) if parts else 0.0 for key, parts in shares.items()}
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))


def key_title(key: str) -> str:
    """Return the display name of a varied key.

    Examples
    --------
    >>> key_title("mechanisms.fund.invest_years")
    'fund invest years'
    """
    first, _, rest = key.partition(".")
    return (rest if first in ("mechanisms", "parameters", "scenario") else key).replace(".", " ").replace("_", " ")


def value_text(value: object) -> str:
    """Return a value of a varied key as text.

    Examples
    --------
    >>> value_text(20000), value_text(0.25)
    ('20,000', '0.25')
    """
    if isinstance(value, (int, float, np.number)):
        amount = float(value)
        return f"{amount:,.{6 if abs(amount) >= 1000 else 4}g}".replace("-", "−")
    return str(value)
