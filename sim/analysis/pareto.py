"""Multi-objective comparison: Pareto front and hypervolume.

References
----------
Zitzler & Thiele (1998), Multiobjective optimization using evolutionary algorithms (hypervolume). Fonseca, Paquete &
López-Ibáñez (2006), An improved dimension-sweep algorithm for the hypervolume indicator, as in ``moocore``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def front(values: np.ndarray, directions: Sequence[int]) -> np.ndarray:
    """Return the non-dominated rows: no other row is at least as good in every objective and better in one.

    Parameters
    ----------
    values : (n, k) float
        One row per trial; rows with a missing value are never on the front.
    directions : (k,) of +1 (maximise) or -1 (minimise)

    Returns
    -------
    (n,) bool
        Duplicates of a non-dominated row are all on the front.

    Examples
    --------
    >>> front([[1.0, 1.0], [2.0, 0.0], [0.0, 0.5]], [1, 1])
    array([ True,  True, False])
    """
    import moocore  # an extra

    values = _rows(values, directions)
    mask = np.isfinite(values).all(axis=1)
    if mask.any():
        mask[mask] = moocore.is_nondominated(values[mask], maximise=_maximise(directions), keep_weakly=True)
    return mask


def hypervolume(values: np.ndarray, directions: Sequence[int], reference: Sequence[float]) -> float:
    """Return the hypervolume dominated by the rows, bounded by a reference point.

    Parameters
    ----------
    values : (n, k) float
        Rows with a missing value, or that do not dominate the reference, contribute nothing.
    directions : (k,) of +1 (maximise) or -1 (minimise)
    reference : (k,) float

    Returns
    -------
    float
        In the product of the units of the objectives.

    Examples
    --------
    >>> hypervolume([[1.0, 2.0], [2.0, 1.0]], [1, 1], [0.0, 0.0])
    3.0
    """
    import moocore  # an extra

    values = _rows(values, directions)
    values = values[np.isfinite(values).all(axis=1)]
    if not len(values):
        return 0.0
    return float(moocore.hypervolume(values, ref=np.asarray(reference, dtype=float), maximise=_maximise(directions)))


def hypervolume_history(values: np.ndarray, directions: Sequence[int], reference: Sequence[float]) -> np.ndarray:
    """Return the cumulative hypervolume after each trial, (n,), non-decreasing.

    Parameters
    ----------
    values, directions, reference
        As in `hypervolume`; rows in the order of the trials.
    """
    values = _rows(values, directions)
    history = np.zeros(len(values))
    kept = np.empty((0, len(directions)))
    for k, row in enumerate(values):
        history[k] = history[k - 1] if k else 0.0
        grown = np.vstack([kept, row])
        mask = front(grown, directions)
        if mask[-1]:  # otherwise nothing changes
            kept = grown[mask]
            history[k] = hypervolume(kept, directions, reference)
    return history


def _rows(values: np.ndarray, directions: Sequence[int]) -> np.ndarray:
    return np.asarray(values, dtype=float).reshape(-1, len(directions))


def _maximise(directions: Sequence[int]) -> list[bool]:
    return [direction > 0 for direction in directions]
