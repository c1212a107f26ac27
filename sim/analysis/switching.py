"""Which policy wins per public yuan in how many futures, and at which value of an uncertainty another one does.

Of each two policies as well: with several, the first place alone does not say how the others compare.

A switching value is that of one uncertainty, the others at their means over the futures, at which a linear model of the
difference of the two best policies per yuan is zero (HM Treasury, The Green Book, 2022: switching values).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis.costs import per_outlay
from sim.analysis.paired import COSTS
from sim.analysis.robustness import wilson
from sim.analysis.sweep import Measured

WINNERS = ("indicator", "policy", "per_million_yuan", "won", "share", "share_low", "share_high", "futures", "dropped")
SWITCHING = ("indicator", "first", "second", "uncertainty", "effect", "effect_low", "effect_high", "value", "low",
             "high", "switches", "r_squared", "futures")  # fmt: skip
PAIRWISE = ("indicator", "first", "second", "difference", "won", "share", "share_low", "share_high", "decided",
            "futures", "dropped", "uncertainty", "effect", "value", "low", "high", "switches", "r_squared")  # fmt: skip
DECIDED = 0.8  # share of futures from which on one policy is said to be better than another


def switching_tables(
    measured: Sequence[Measured], futures: pd.DataFrame, better: Mapping[str, int], unpriced: Collection[str] = ()
) -> dict[str, pd.DataFrame]:
    """Return winners per public yuan and switching values, for indicators with a present value.

    Parameters
    ----------
    measured : sequence of Measured
        With ``public_outlay`` among them, otherwise the tables are empty.
    futures : DataFrame, (F, uncertainties)
    better : mapping of str to {+1, 0, -1}
        Preferred direction of each indicator.
    unpriced : collection of str
        Policies without a known price, which are not ranked.

    Returns
    -------
    dict of str to DataFrame
        ``winners``, columns `WINNERS`: effect per million yuan of gross outlay (present values, mean over futures) and
        the share of futures in which it is the largest, with its 95 % Wilson interval. ``switching``, columns
        `SWITCHING`: for the two policies that win most often, the effect of each uncertainty, over its range, on the
        difference of their effects per million yuan, with its 95 % interval, and the value at which it is zero;
        ``switches`` if that is within the range ``low`` to ``high`` of the futures. ``pairwise``, columns `PAIRWISE`:
        every two policies, the one that is ahead in more futures first; mean difference per million yuan, share of
        futures in which the first is ahead, ``decided`` if that is at least `DECIDED`, and the most influential
        uncertainty with its switching value.
    """
    outlay = next((item.present for item in measured if item.name == "public_outlay"), None)
    winners: list[dict[str, Any]] = []
    switching: list[dict[str, Any]] = []
    pairwise: list[dict[str, Any]] = []
    for item in measured if outlay is not None else ():
        if item.present is None or item.name in COSTS or not better[item.name]:
            continue
        assert outlay is not None
        paid = outlay.transpose("arm", "point", "replication")
        gained = better[item.name] * item.present.transpose("arm", "point", "replication")
        table = pd.DataFrame(per_outlay(gained.values, paid.values).T, futures.index, gained["arm"].values.astype(str))
        table = table.drop(columns=list(unpriced), errors="ignore").dropna(axis=1, how="all")
        pairwise += _pairwise(item.name, table, futures)
        complete = table.dropna()
        if complete.shape[1] < 2 or complete.empty:
            continue
        rows = _winners(item.name, complete, len(table) - len(complete), better[item.name])
        winners += rows
        first, second = (row["policy"] for row in sorted(rows, key=lambda row: -row["won"])[:2])
        switching += _switches(
            item.name, complete[first] - complete[second], futures.loc[complete.index], first, second
        )
    return {
        "winners": pd.DataFrame(winners, columns=WINNERS),
        "switching": pd.DataFrame(switching, columns=SWITCHING),
        "pairwise": pd.DataFrame(pairwise, columns=PAIRWISE),
    }


def _winners(indicator: str, table: pd.DataFrame, dropped: int, better: int) -> list[dict[str, Any]]:
    best = table.to_numpy().argmax(axis=1)
    return [
        {
            "indicator": indicator, "policy": policy, "per_million_yuan": better * float(table[policy].mean()),
            "won": int((best == k).sum()), **wilson("share", int((best == k).sum()), len(table)),
            "futures": len(table), "dropped": dropped,
        }
        for k, policy in enumerate(table.columns)
    ]  # fmt: skip


def _pairwise(indicator: str, table: pd.DataFrame, futures: pd.DataFrame) -> list[dict[str, Any]]:
    """Return one row for every two policies; a tie counts for neither."""
    rows = []
    for one, other in combinations(table.columns, 2):
        both = table[[one, other]].dropna()
        if both.empty:
            continue
        ahead = {name: int((both[name] > both[rest]).sum()) for name, rest in ((one, other), (other, one))}
        first, second = (one, other) if ahead[one] >= ahead[other] else (other, one)
        difference = both[first] - both[second]
        most = next(iter(_switches(indicator, difference, futures.loc[both.index], first, second)), {})
        rows.append({
            **dict.fromkeys(PAIRWISE), **most, "indicator": indicator, "first": first, "second": second,
            "difference": float(difference.mean()), "won": ahead[first], **wilson("share", ahead[first], len(both)),
            "decided": ahead[first] >= DECIDED * len(both), "futures": len(both), "dropped": len(table) - len(both),
        })  # fmt: skip
    return [{name: row[name] for name in PAIRWISE} for row in rows]


def _switches(
    indicator: str, difference: pd.Series, futures: pd.DataFrame, first: str, second: str
) -> list[dict[str, Any]]:
    """Return one row per numeric uncertainty, the most influential first; none with too few futures for the fit."""
    numbers = futures.select_dtypes("number")
    numbers = numbers.loc[:, numbers.nunique() > 1]
    n, k = numbers.shape
    if k == 0 or n < k + 3:
        return []
    low, high, mean = numbers.min().to_numpy(), numbers.max().to_numpy(), numbers.mean().to_numpy()
    x = np.column_stack([np.ones(n), (numbers.to_numpy() - mean) / (high - low)])
    y = difference.to_numpy()
    coefficients, *_ = np.linalg.lstsq(x, y, rcond=None)
    rest = y - x @ coefficients
    freedom = n - k - 1
    from scipy.stats import t

    error = np.sqrt(np.diag(np.linalg.pinv(x.T @ x)) * (rest @ rest) / freedom) * t.ppf(0.975, freedom)
    spread = ((y - y.mean()) ** 2).sum()
    fit = 1.0 - float(rest @ rest / spread) if spread > 0 else np.nan
    rows = []
    for j in np.argsort(-np.abs(coefficients[1:])):
        slope = coefficients[1 + j]
        value = mean[j] - coefficients[0] / slope * (high[j] - low[j]) if slope else np.nan
        rows.append({
            "indicator": indicator, "first": first, "second": second, "uncertainty": numbers.columns[j],
            "effect": slope,
            "effect_low": slope - error[1 + j], "effect_high": slope + error[1 + j], "value": value, "low": low[j],
            "high": high[j], "switches": bool(low[j] <= value <= high[j]), "r_squared": fit, "futures": n,
        })  # fmt: skip
    return rows
