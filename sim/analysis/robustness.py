"""Robustness of policies under deep uncertainty: regret, satisficing, scenario discovery.

Shares refer to the futures drawn; their intervals (Wilson 1927) assume futures drawn at random from the ranges and are
slightly conservative for stratified designs. Values are means over seeds, so a regret smaller than the interval of a
paired difference is noise.

References
----------
Savage (1951), The theory of statistical decision. Starr (1963), Product design and decision theory (domain
criterion). Lempert, Groves, Popper & Bankes (2006), A general, analytic method for generating robust strategies.
McPhail et al. (2018), Robustness metrics: how are they calculated, when should they be used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis.prim import Box, Limit, find_boxes
from sim.errors import UserError, nearest

ALL = "all"  # all thresholds jointly
REGRET = ("policy", "indicator", "maximum", "percentile_90", "mean", "best", "best_low", "best_high", "futures",
          "dropped")  # fmt: skip
REGRETS = ("future", "policy", "indicator", "regret")
SATISFICING = ("policy", "threshold", "indicator", "least", "most", "share", "share_low", "share_high", "met",
               "futures", "dropped")  # fmt: skip
MET = ("future", "policy", "met")
BOXES = ("policy", "box", "uncertainty", "low", "high", "values", "quasi_p", "coverage", "density", "mass", "p_value")
TRAJECTORY = ("policy", "box", "step", "stage", "coverage", "density", "mass", "restricted")

Threshold = Mapping[str, Any]


def robustness_tables(
    outcomes: pd.DataFrame, futures: pd.DataFrame, thresholds: Sequence[Threshold], seed: int = 0
) -> dict[str, pd.DataFrame]:
    """Return the tables of a robustness analysis.

    Parameters
    ----------
    outcomes : DataFrame
        ``future, policy, indicator, value`` (mean over seeds; NaN where runs are missing), ``better`` (+1 higher is
        better, -1 lower, 0 neither); each future, policy and indicator once.
    futures : DataFrame, (F, uncertainties)
        Index ``future``; numbers, or text and booleans as categories.
    thresholds : sequence of mapping
        ``{"indicator": name, "least": x}`` or ``{"indicator": name, "most": x}``, or both.
    seed : int
        Seed of the permutation tests.

    Returns
    -------
    dict of str to DataFrame
        ``regret``: `REGRET`, see `regret_table`; ``regrets``: `REGRETS`, every future's;
        ``satisficing``: `SATISFICING`, see `satisficing_table`; ``met``: `MET`, whether all thresholds are met in
        a future (those with a missing value omitted); ``boxes``: `BOXES`, where they are missed, see
        `box_rows`; ``trajectory``: `TRAJECTORY`, the peeling of the boxes. Without thresholds the last four
        are empty. Policies and indicators are in the order of `outcomes`.

    Raises
    ------
    UserError
        If a threshold names an indicator that is not among the outcomes.
    """
    known = list(pd.unique(outcomes["indicator"]))
    wrong = [t["indicator"] for t in thresholds if t["indicator"] not in known]
    if wrong:
        raise UserError(
            f"thresholds: no indicator {name!r} among the outcomes; expected one of {', '.join(known)}"
            f"{nearest(name, known)}." for name in wrong
        )  # fmt: skip
    holds = _holds(outcomes, thresholds)
    met = _met(holds)
    found = _discover(met, futures, seed)
    return {
        "regret": regret_table(outcomes),
        "regrets": _frame((row for name, table in _regrets(outcomes).items() for row in _long(table, name)), REGRETS),
        "satisficing": satisficing_table(holds, thresholds),
        "met": met,
        "boxes": _frame((row for policy, boxes in found.items() for row in box_rows(policy, boxes)), BOXES),
        "trajectory": _frame((row for policy, boxes in found.items() for row in _steps(policy, boxes)), TRAJECTORY),
    }


def regret_table(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Return regret by policy and indicator: the loss relative to the best policy in the same future.

    Futures in which the value of any policy is missing are dropped, separately by indicator. Indicators without a
    preferred direction have no regret.

    Returns
    -------
    DataFrame
        ``maximum, percentile_90, mean`` regret in the indicator's unit; ``best``: share of futures in which no
        other policy is better (ties count for each), with its 95 % Wilson interval ``best_low, best_high``;
        ``futures`` used and ``dropped``.
    """
    rows = []
    tables = _regrets(outcomes)
    for name, table in tables.items():
        every = outcomes.loc[outcomes["indicator"] == name, "future"].nunique()
        for policy in table.columns:
            values = table[policy].to_numpy()
            best = int((values == 0).sum())
            rows.append({
                "policy": policy, "indicator": name, "maximum": _or_nan(np.max, values),
                "percentile_90": _or_nan(lambda v: np.percentile(v, 90), values), "mean": _or_nan(np.mean, values),
                **wilson("best", best, len(values)), "futures": len(values), "dropped": every - len(values),
            })  # fmt: skip
    return _frame(rows, REGRET)


def _regrets(outcomes: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return by indicator the regret of every policy (columns) in every complete future (rows)."""
    tables = {}
    for name, rows in outcomes.groupby("indicator", sort=False):
        better = int(rows["better"].iloc[0])
        if better:
            values = better * _wide(rows).dropna()
            tables[str(name)] = values.rsub(values.max(axis=1), axis=0)
    return tables


def _wide(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one indicator as futures x policies; NaN if a policy has no value."""
    table = rows.pivot(index="future", columns="policy", values="value")
    return table[list(pd.unique(rows["policy"]))].astype(float)


def _long(table: pd.DataFrame, indicator: str) -> list[dict[str, Any]]:
    return [
        {"future": future, "policy": policy, "indicator": indicator, "regret": float(value)}
        for policy, column in table.items()
        for future, value in column.items()
    ]


def _or_nan(function: Any, values: np.ndarray) -> float:
    return float(function(values)) if len(values) else np.nan


def wilson(name: str, count: int, of: int) -> dict[str, float]:
    """Return a share with its 95 % Wilson (1927) interval; NaN without observations."""
    if not of:
        return {name: np.nan, f"{name}_low": np.nan, f"{name}_high": np.nan}
    from scipy.stats import binomtest  # slow to import

    low, high = binomtest(count, of).proportion_ci(0.95, method="wilson")
    return {name: count / of, f"{name}_low": float(low), f"{name}_high": float(high)}


def threshold_text(threshold: Threshold) -> str:
    """Return a threshold as text.

    Examples
    --------
    >>> threshold_text({"indicator": "theil", "most": 0.25})
    'theil at most 0.25'
    """
    ends = [f"at {end} {float(threshold[end]):,.12g}" for end in ("least", "most") if threshold.get(end) is not None]
    return f"{threshold['indicator']} {' and '.join(ends)}"


def _holds(outcomes: pd.DataFrame, thresholds: Sequence[Threshold]) -> list[pd.DataFrame]:
    """Return for each threshold futures x policies: 1 if met, 0 if not, NaN if a value is missing."""
    tables = []
    futures, policies = (pd.unique(outcomes[name]) for name in ("future", "policy"))
    for threshold in thresholds:
        values = _wide(outcomes[outcomes["indicator"] == threshold["indicator"]])
        values = values.reindex(index=sorted(futures), columns=list(policies))
        ends = threshold.get("least"), threshold.get("most")
        low, high = (limit if end is None else float(end) for end, limit in zip(ends, (-np.inf, np.inf), strict=True))
        tables.append(((values >= low) & (values <= high)).astype(float).where(values.notna()))
    return tables


def satisficing_table(holds: Sequence[pd.DataFrame], thresholds: Sequence[Threshold]) -> pd.DataFrame:
    """Return the share of futures in which thresholds are met: jointly, then individually.

    Futures with a missing value are dropped, separately by policy.

    Parameters
    ----------
    holds : sequence of DataFrame, futures x policies
        One per threshold: 1, 0, or NaN if a value is missing.
    thresholds : sequence of mapping

    Returns
    -------
    DataFrame
        ``threshold`` as text or ``all``, its ``indicator, least, most``; ``share`` with its 95 % Wilson interval
        ``share_low, share_high``; the number of futures in which it is ``met``, out of ``futures``; ``dropped``.
    """
    rows = []
    for policy in holds[0].columns if holds else ():
        for threshold, table in [(None, _together(holds)), *zip(thresholds, holds, strict=True)]:
            there = table[policy].dropna()
            facts: Threshold = threshold or {}
            rows.append({
                "policy": policy, "threshold": threshold_text(threshold) if threshold else ALL,
                "indicator": facts.get("indicator", ""), "least": _end(facts, "least"), "most": _end(facts, "most"),
                **wilson("share", int(there.sum()), len(there)),
                "met": int(there.sum()), "futures": len(there), "dropped": len(table) - len(there),
            })  # fmt: skip
    return _frame(rows, SATISFICING)


def _end(threshold: Threshold, name: str) -> float:
    value = threshold.get(name)
    return np.nan if value is None else float(value)


def _together(holds: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return where all thresholds are met; a missing value gives NaN even if another threshold is missed."""
    stack = np.stack([table.to_numpy() for table in holds])
    return pd.DataFrame(stack.min(axis=0), index=holds[0].index, columns=holds[0].columns)


def _met(holds: Sequence[pd.DataFrame]) -> pd.DataFrame:
    if not holds:
        return _frame([], MET)
    table = _together(holds)
    return _frame(
        (
            {"future": future, "policy": policy, "met": bool(value)}
            for policy, column in table.items()
            for future, value in column.dropna().items()
        ),
        MET,
    )


def _discover(met: pd.DataFrame, futures: pd.DataFrame, seed: int) -> dict[str, list[Box]]:
    return {
        str(policy): find_boxes(futures.loc[rows["future"]], ~rows["met"].to_numpy(dtype=bool), seed)
        for policy, rows in met.groupby("policy", sort=False)
    }


def box_rows(policy: str, boxes: Iterable[Box]) -> list[dict[str, Any]]:
    """Return one row per restriction of each box of failures.

    Returns
    -------
    list of dict
        ``box`` from 1 on; ``low, high`` (inclusive, NaN for an open end) or the ``values`` of a categorical
        uncertainty; ``quasi_p``; and for the box: ``coverage`` (share of the failures in it and in no earlier box),
        ``density`` (share of failures among these futures), ``mass`` (share of all futures), ``p_value`` (share of
        permutations with as good a trajectory).
    """
    rows = []
    for k, box in enumerate(boxes, start=1):
        facts_of_box = {"coverage": box.coverage, "density": box.density, "mass": box.mass, "p_value": box.p_value}
        for name in sorted(box.limits, key=lambda n: box.quasi_p[n]):
            row = {"policy": policy, "box": k, "uncertainty": name, "quasi_p": box.quasi_p[name]}
            rows.append(row | _limit(box.limits[name]) | facts_of_box)
    return rows


def _limit(limit: Limit) -> dict[str, Any]:
    if isinstance(limit, frozenset):
        return {"low": np.nan, "high": np.nan, "values": ", ".join(sorted(limit))}
    low, high = (end if np.isfinite(end) else np.nan for end in limit)
    return {"low": low, "high": high, "values": ""}


def _steps(policy: str, boxes: Iterable[Box]) -> list[dict[str, Any]]:
    tables = [box.trajectory.assign(policy=policy, box=k) for k, box in enumerate(boxes, start=1)]
    return [row for table in tables for row in table.to_dict("records")]


def _frame(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(columns))
