"""What a sweep shows: indicators and paired differences at every point."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from sim.analysis.indicators import INDICATORS, evaluate
from sim.analysis.paired import HEADLINE, discounted, interval, over_years
from sim.analysis.settings import baseline_of, comparable, config_of
from sim.analysis.units import summed_unit

STATISTICS = ("mean", "mean_low", "mean_high", "difference", "ci_low", "ci_high", "sign_share", "n", "per_million_yuan")
_FLOWS = ("_net_", "_gross_")  # yearly flows are summed; all else is told for the last year


@dataclass(frozen=True)
class Measured:
    """One indicator at every point.

    Attributes
    ----------
    name, title, unit : str
    years : {"last", "sum"}
        How its years became one number.
    levels : DataArray (point, arm, replication)
        NaN for a missing run, and for an indicator that is a difference itself.
    differences : DataArray (point, arm, replication) or None
        From the baseline at the same point and replication, without the baseline; None where there is
        nothing to compare with.
    """

    name: str
    title: str
    unit: str
    years: str
    levels: xr.DataArray
    differences: xr.DataArray | None

    @property
    def shown(self) -> xr.DataArray:
        """What figures show: differences where there are any, else levels."""
        return self.levels if self.differences is None else self.differences


def years_of(indicator: str) -> str:
    """Return how the years of an indicator become one number."""
    return HEADLINE.get(indicator, "sum" if any(word in indicator for word in _FLOWS) else "last")


def measure(ds: xr.Dataset, indicators: Sequence[str] | None = None, discount: float = 0.0) -> list[Measured]:
    """Return indicators at every point of a sweep.

    Parameters
    ----------
    ds : Dataset
        Of a sweep, from `sim.results.open_results`.
    indicators : sequence of str, optional
        By default those of the sweep's config.
    discount : float, 1/yr
        Sums of money over years are present values at this rate in the first year.
    """
    names = list(config_of(ds).get("indicators", ()) if indicators is None else indicators)
    baseline = baseline_of(ds) if comparable(ds) else None
    found: dict[str, list[xr.DataArray]] = {name: [] for name in names}
    for k in range(ds.sizes["point"]):
        at = ds.isel(point=k)  # point by point: memory holds one point's tables at most
        for name in names:
            found[name].append(_summed(evaluate(at, name, baseline or "baseline"), discount))
    result = []
    for name, parts in found.items():
        values = xr.concat(parts, xr.Variable("point", ds["point"].values)).transpose("point", "arm", "replication")
        years = years_of(name)
        differences = None
        if baseline is not None:
            others = [arm for arm in values["arm"].values if arm != baseline]
            differences = values.sel(arm=others) - values.sel(arm=baseline, drop=True)
        facts = INDICATORS[name]
        levels = values * np.nan if facts.paired else values
        result.append(Measured(name, facts.title, summed_unit(facts.unit, years), years, levels, differences))
    return result


def _summed(values: xr.DataArray, discount: float) -> xr.DataArray:
    years = years_of(str(values.name))
    money = values.attrs["units"].startswith("million yuan")
    return discounted(values, discount) if years == "sum" and money else over_years(values, years)


def summary(ds: xr.Dataset, measured: Iterable[Measured]) -> pd.DataFrame:
    """Return one row for each point, arm and indicator.

    Returns
    -------
    DataFrame
        ``point``, the values of the varied keys, ``arm, indicator, title, unit, years``; ``mean`` of the level
        over seeds with its 95 % t-interval ``mean_low, mean_high``; ``difference`` from the baseline at the
        same point and seed with ``ci_low, ci_high``, ``sign_share`` (share of seeds with the mean's sign);
        ``n`` pairs, or runs where there is no baseline; ``per_million_yuan`` (difference per million yuan of
        public outlay beyond the baseline's, summed over years; NaN without outlay).
    """
    keys = list(ds.attrs["keys"])
    outlay = next(iter(measure(ds, ["public_outlay"]))).differences if "public_outlay" in ds else None
    rows = []
    for k, point in enumerate(ds["point"].values):
        place = {"point": int(point), **{key: ds[key].values[k] for key in keys}}
        for item in measured:
            head = {"indicator": item.name, "title": item.title, "unit": item.unit, "years": item.years}
            for arm in (str(a) for a in item.levels["arm"].values):
                rows.append({**place, "arm": arm, **head, **_statistics(item, k, arm, outlay)})
    return pd.DataFrame(rows, columns=["point", *keys, "arm", "indicator", "title", "unit", "years", *STATISTICS])


def _statistics(item: Measured, k: int, arm: str, outlay: xr.DataArray | None) -> dict[str, float]:
    levels = item.levels.sel(arm=arm).values[k]
    mean, low, high, _ = interval(levels[np.isfinite(levels)])
    row = {"mean": mean, "mean_low": low, "mean_high": high, "n": int(np.isfinite(levels).sum())}
    if item.differences is None or arm not in item.differences["arm"].values:
        return row
    values = item.differences.sel(arm=arm).values[k]
    there = np.isfinite(values)
    difference, low, high, same = interval(values[there])
    row |= {"difference": difference, "ci_low": low, "ci_high": high, "sign_share": same, "n": int(there.sum())}
    if outlay is not None and there.any() and item.name != "public_outlay":
        cost = float(np.mean(outlay.sel(arm=arm).values[k][there]))
        row["per_million_yuan"] = difference / cost if cost > 0 else np.nan
    return row


def varying(ds: xr.Dataset) -> list[str]:
    """Return the varied keys that have more than one value, in the order of the sweep; at least one."""
    keys = list(ds.attrs["keys"])
    return [key for key in keys if len(np.unique(ds[key].values)) > 1] or keys[:1]


def is_grid(ds: xr.Dataset) -> bool:
    """Return whether the points are all combinations of the values of the keys."""
    keys = list(ds.attrs["keys"])
    places = {tuple(ds[key].values[k] for key in keys) for k in range(ds.sizes["point"])}
    return len(places) == int(np.prod([len(np.unique(ds[key].values)) for key in keys])) == ds.sizes["point"]


def effects(ds: xr.Dataset, measured: Iterable[Measured]) -> dict[str, float]:
    """Return how much each key of a grid moves the outcomes, the largest first.

    The range of the means by value of the key (over all else), as a share of the range over all points; the
    mean of these shares over indicators and arms.
    """
    shares: dict[str, list[float]] = {key: [] for key in varying(ds)}
    for item in measured:
        for arm in item.shown["arm"].values:
            table = item.shown.sel(arm=arm).mean("replication", skipna=True).values
            whole = np.ptp(table[np.isfinite(table)]) if np.isfinite(table).any() else 0.0
            for key in shares if whole > 0 else ():
                means = pd.Series(table).groupby(ds[key].values).mean()
                shares[key].append(float(means.max() - means.min()) / whole)
    found = {key: float(np.mean(parts)) if parts else 0.0 for key, parts in shares.items()}
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))


def key_title(key: str) -> str:
    """Return a varied key for readers.

    Examples
    --------
    >>> key_title("mechanisms.fund.invest_years")
    'fund invest years'
    """
    first, _, rest = key.partition(".")
    return (rest if first in ("mechanisms", "parameters", "scenario") else key).replace(".", " ").replace("_", " ")


def value_text(value: object) -> str:
    """Return a value of a varied key for readers.

    Examples
    --------
    >>> value_text(20000), value_text(0.25)
    ('20,000', '0.25')
    """
    if isinstance(value, (int, float, np.number)):
        amount = float(value)
        return f"{amount:,.{6 if abs(amount) >= 1000 else 4}g}".replace("-", "−")
    return str(value)
