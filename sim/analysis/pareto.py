"""Several objectives at once: what no other trial beats in all of them, and how much of the space it beats.

References
----------
Zitzler & Thiele (1998), Multiobjective optimization using evolutionary algorithms (hypervolume). Fonseca, Paquete &
López-Ibáñez (2006), An improved dimension-sweep algorithm for the hypervolume indicator, as in ``moocore``.
"""

from __future__ import annotations

from collections.abc import Sequence

import moocore
import numpy as np


def front(values: np.ndarray, directions: Sequence[int]) -> np.ndarray:
    """Return which rows no other row beats: at least as good in every objective and better in one.

    Parameters
    ----------
    values : (n, k) float
        A row a trial; one with a missing value is never on the front.
    directions : (k,) of +1 (more is better) or -1 (less)

    Returns
    -------
    (n,) bool
        Equal rows are all on the front.

    Examples
    --------
    >>> front([[1.0, 1.0], [2.0, 0.0], [0.0, 0.5]], [1, 1])
    array([ True,  True, False])
    """
    values = _rows(values, directions)
    mask = np.isfinite(values).all(axis=1)
    if mask.any():
        mask[mask] = moocore.is_nondominated(values[mask], maximise=_maximise(directions), keep_weakly=True)
    return mask


def hypervolume(values: np.ndarray, directions: Sequence[int], reference: Sequence[float]) -> float:
    """Return the volume between a reference and the front: what some trial beats, of what beats the reference.

    Parameters
    ----------
    values : (n, k) float
        Rows with a missing value, and rows that do not beat the reference in every objective, add nothing.
    directions : (k,) of +1 (more is better) or -1 (less)
    reference : (k,) float

    Returns
    -------
    float
        In the product of the objectives' units.

    Examples
    --------
    >>> hypervolume([[1.0, 2.0], [2.0, 1.0]], [1, 1], [0.0, 0.0])
    3.0
    """
    values = _rows(values, directions)
    values = values[np.isfinite(values).all(axis=1)]
    if not len(values):
        return 0.0
    return float(moocore.hypervolume(values, ref=np.asarray(reference, dtype=float), maximise=_maximise(directions)))


def hypervolume_history(values: np.ndarray, directions: Sequence[int], reference: Sequence[float]) -> np.ndarray:
    """Return the hypervolume of the first trial, the first two, ...: (n,), never falling.

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
        if mask[-1]:  # else nothing changes
            kept = grown[mask]
            history[k] = hypervolume(kept, directions, reference)
    return history


def _rows(values: np.ndarray, directions: Sequence[int]) -> np.ndarray:
    return np.asarray(values, dtype=float).reshape(-1, len(directions))


def _maximise(directions: Sequence[int]) -> list[bool]:
    return [direction > 0 for direction in directions]
