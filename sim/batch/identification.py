"""Which parameters the figures of later years identify: standard errors at the fit, from derivatives of the runs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from sim.analysis.forecast_errors import REFERENCE, law_of
from sim.batch.executors import run_tasks
from sim.batch.loss import modelled, runs_of
from sim.batch.session import Session
from sim.config.design.calibration import range_of
from sim.config.schema.calibration import Calibration
from sim.errors import RunFailed
from sim.world import load_history

STEP = 0.1  # of the range, to both sides: smaller ones are lost in the random draws of firms
IDENTIFIED = 0.29  # of the range, the standard deviation of a uniform distribution over it


def log_shares(config: Calibration, values: dict[str, float]) -> list[np.ndarray]:
    """Return the modelled log shares of each target by region, in a worker process."""
    scenario, runs = runs_of(config, values)
    history = load_history(scenario.world, scenario.start)
    found = []
    for target in config.targets:
        value = modelled(runs, target.year - scenario.start)[target.figure][history.good[target.figure]]
        found.append(np.log(value / value.sum()))
    return found


def identification(session: Session, values: dict[str, float]) -> pd.DataFrame:
    r"""Return standard errors of parameters relative to their ranges, at given values of all of them.

    With derivatives D of log shares and the covariance C of forecast errors (`sim.analysis.forecast_errors`), the
    precision is :math:`D' C^{-1} D`, summed over figures and years. A parameter is identified if the standard error,
    jointly with all fitted ones, is below the standard deviation of its range, `IDENTIFIED`.

    Parameters
    ----------
    session : Session
        Of a calibration with targets.
    values : dict of str to float
        Of the fitted parameters, and of those in ``identify``.

    Returns
    -------
    DataFrame
        ``parameter, fitted, value, range, alone, jointly, identified``.
    """
    config: Calibration = session.config
    names = list(values)
    ranges = {name: range_of(config, name) for name in names}
    width = {name: high - low for name, (low, high) in ranges.items()}
    # Within the range, beyond which a parameter may have no meaning.
    ends = {
        name: (max(values[name] - STEP * width[name], min(low, values[name])),
               min(values[name] + STEP * width[name], max(high, values[name])))
        for name, (low, high) in ranges.items()
    }  # fmt: skip
    points = [values | {name: end} for name in names for end in ends[name]]
    done = sorted(run_tasks(log_shares, [(config, p) for p in [values, *points]], session.pool()), key=_index)
    failed = [d.error for d in done if d.error]
    if failed:
        raise RunFailed(f"derivatives at the fit: {failed[0].splitlines()[0]}")
    centre, *moved = [d.value for d in done]
    steps = [float(np.ptp(ends[name])) for name in names]
    information = _information(config, centre, moved, steps)
    fitted = np.array([name in config.fit for name in names])
    rows = []
    for k, name in enumerate(names):
        joint = [int(i) for i in np.flatnonzero(fitted | (np.arange(len(names)) == k))]
        covariance = np.linalg.pinv(information[np.ix_(joint, joint)])
        jointly = float(np.sqrt(covariance[joint.index(k), joint.index(k)]))
        alone = float(information[k, k] ** -0.5) if information[k, k] > 0 else np.inf
        rows.append({
            "parameter": name, "fitted": bool(fitted[k]), "value": values[name], "range": width[name],
            "alone": alone / width[name], "jointly": jointly / width[name],
            "identified": bool(jointly / width[name] < IDENTIFIED),
        })  # fmt: skip
    return pd.DataFrame(rows)


def _information(
    config: Calibration, centre: list[np.ndarray], moved: list[list[np.ndarray]], steps: list[float]
) -> np.ndarray:
    """Return the precision of the parameters, (P, P); each figure and year counts once, by region."""
    history = load_history(config.scenario.world, config.scenario.start)
    province = history.world.regions["province"].to_numpy(str)
    total, seen = np.zeros((len(steps), len(steps))), set()
    for t, target in enumerate(config.targets):
        if (target.figure, target.year) in seen:
            continue
        seen.add((target.figure, target.year))
        law = law_of(target.figure)
        rows = history.good[target.figure]
        slope = np.column_stack([(moved[2 * k + 1][t] - moved[2 * k][t]) / steps[k] for k in range(len(steps))])
        own = law.city * (np.exp(centre[t]) / REFERENCE) ** law.slope
        same = province[rows][:, None] == province[rows][None, :]
        covariance = np.diag(own**2) + law.province**2 * same
        total += slope.T @ np.linalg.solve(covariance, slope)
    return total


def _index(done: Any) -> int:
    return int(done.index)
