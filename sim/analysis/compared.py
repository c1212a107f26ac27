"""What is told of an arm beside its baseline, of comparisons and sweeps alike."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from sim.analysis.statistics import adjusted, bca, interval, p_value, pairing, runs_saved

ADJUSTED = ("p_adjusted", "adjusted_low", "adjusted_high")
# how differences that are looked at together are corrected, for captions
CORRECTION = "Benjamini-Hochberg"


def compared(
    differences: np.ndarray, arm: np.ndarray, baseline: np.ndarray, outlay: np.ndarray | float
) -> dict[str, Any]:
    """Return the statistics of paired differences.

    Parameters
    ----------
    differences : (..., n) float
        Arm less baseline at the same replication; NaN for a pair with a missing run.
    arm, baseline : (..., n) float
        The values themselves; NaN for an indicator that is itself defined against the baseline.
    outlay : (..., n) float, million yuan, or NaN
        Public money of the arm beyond the baseline's.

    Returns
    -------
    dict of str to (...)
        ``difference`` (mean over pairs) with ``ci_low, ci_high`` (95 % t-interval) and ``bca_low, bca_high`` (95 %
        bootstrap interval), ``p`` (t test of no difference), ``sign_share`` (share of pairs with the mean's
        sign), ``n`` pairs, ``per_million_yuan`` (difference per million yuan of outlay; NaN without), ``pairing``
        (factor by which common random numbers cut the seeds that the interval needs) with ``pairing_low,
        pairing_high``, and ``runs_saved`` (runs of arm and baseline that independent seeds would need in addition).
    """
    there = np.isfinite(differences)
    mean, low, high, same = interval(differences)
    cost = interval(np.where(there, outlay, np.nan))[0]
    factor, least, most = pairing(arm, baseline)
    bootstrap = bca(differences)
    return {
        "difference": mean,
        "ci_low": low,
        "ci_high": high,
        "bca_low": bootstrap[0],
        "bca_high": bootstrap[1],
        "p": p_value(differences),
        "sign_share": same,
        "n": there.sum(axis=-1),
        "per_million_yuan": np.divide(mean, cost, out=np.full(mean.shape, np.nan), where=cost > 0),
        "pairing": factor,
        "pairing_low": least,
        "pairing_high": most,
        "runs_saved": runs_saved(factor, there.sum(axis=-1)),
    }


def correct(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows with ``p_adjusted, adjusted_low, adjusted_high``: corrected for looking at all of them.

    Parameters
    ----------
    rows : DataFrame
        ``indicator, difference, ci_high, n, p`` of each. Public outlay is what a policy is, not what it does: it
        is no comparison, and its interval stays.
    """
    p = rows["p"].where(rows["indicator"] != "public_outlay").to_numpy(dtype=float)
    mean, high, count = (rows[name].to_numpy(dtype=float) for name in ("difference", "ci_high", "n"))
    return rows.assign(**dict(zip(ADJUSTED, adjusted(mean, high, count, p), strict=True)))
