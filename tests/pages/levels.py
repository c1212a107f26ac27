"""Bands of shares by the covariance of the errors of all regions, from the law as its file has it."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from scipy import stats

import sim
from tests.pages.formulas import Array

with (Path(sim.__file__).parent / "analysis" / "forecast_errors.csv").open(encoding="utf-8", newline="") as _file:
    next(_file)  # version of the model and date
    LAWS = {
        row["figure"]: {name: float(value) for name, value in row.items() if name != "figure"}
        for row in csv.DictReader(_file)
    }
AHEAD, SUPPORTED = 5, 10  # years ahead of the errors of the law; longest horizon of the hindcast


def end(figure: str, level: Array, province: Array, mask: Array, horizon: int, side: int, pace: str) -> float:
    """Return an end of the 90 % band of the share of some regions.

    Parameters
    ----------
    level : (R,)
        Of the nation's regions.
    province, mask : (R,)
    side : {-1, 1}
    pace : {"slow", "fast"}
        Growth of errors beyond the longest horizon.
    """
    law, share = LAWS[figure], level / level.sum()
    own = law["city"] * (share / 0.001) ** law["slope"]
    covariance = law["province"] ** 2 * (province[:, None] == province) + np.diag(own**2)
    part = share[mask].sum()
    slope = np.where(mask, share / part, 0.0) - share  # of the log share of the group in the logs of all regions
    kappa = law["kappa"] if horizon <= SUPPORTED else law[{"slow": "kappa_low", "fast": "kappa_high"}[pace]]
    error = np.sqrt(slope @ covariance @ slope) * (horizon / AHEAD) ** kappa
    return float(part * np.exp(side * stats.norm.ppf(0.95) * error))
