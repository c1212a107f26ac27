"""Attraction of regions with which a choice sends a given total to each of them."""

from __future__ import annotations

import numpy as np


def newton_step(shares: np.ndarray, leaving: np.ndarray, arrivals: np.ndarray, goal: np.ndarray) -> np.ndarray:
    """Return the step (R,) of log attraction by which Newton's method brings arrivals closer to their goal.

    Scaling converges slowly where few leave for elsewhere. Attraction has no level, which the last term fixes.

    Parameters
    ----------
    shares : (R, R) float
        Of those who leave a row, by destination.
    leaving, arrivals, goal : (R,) float
        Who choose, by origin; who arrive and who are to arrive, by destination.
    """
    slope = np.diag(arrivals) - shares.T @ (leaving[:, None] * shares) + leaving.sum() / len(leaving) ** 2
    return np.linalg.solve(slope, goal - arrivals)
