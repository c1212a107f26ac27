"""Indices of inequality over regions, the last axis, from amounts and people, each by its definition."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def shares(values: Array) -> Array:
    """Return shares of the sum over regions."""
    return values / values.sum(axis=-1, keepdims=True)


def theil(made: Array, people: Array) -> Array:
    """Return Theil's T of value added per head: the sum of ``y ln(y / p)``, with shares of value added and people."""
    y, p = shares(made), shares(people)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = y * np.log(y / p)
    return np.where(y > 0, terms, 0.0).sum(axis=-1) + 0.0 * made.sum(axis=-1)


def summed(made: Array, people: Array, labels: Array) -> tuple[Array, Array]:
    """Return value added and people of groups of regions."""
    groups = [labels == label for label in dict.fromkeys(labels)]
    return tuple(np.stack([v[..., g].sum(axis=-1) for g in groups], axis=-1) for v in (made, people))  # type: ignore


def heads(made: Array, people: Array) -> Array:
    """Return value added per head; where nobody lives any number will do."""
    return made / np.where(people == 0, 1.0, people)


def gini(made: Array, people: Array) -> Array:
    """Return half the mean absolute difference of value added per head between two people, relative to the mean."""
    x, p = heads(made, people), shares(people)
    flat_x, flat_p = x.reshape(-1, x.shape[-1]), p.reshape(-1, x.shape[-1])
    found = [
        (np.outer(w, w) * np.abs(v[:, None] - v[None, :])).sum() / (2 * (w * v).sum())
        for v, w in zip(flat_x, flat_p, strict=True)
    ]
    return np.array(found).reshape(x.shape[:-1])


def variation(made: Array, people: Array) -> Array:
    """Return the coefficient of variation of value added per head."""
    x, p = heads(made, people), shares(people)
    mean = (p * x).sum(axis=-1)
    return np.sqrt((p * x**2).sum(axis=-1) - mean**2) / mean


def krugman(table: Array) -> Array:
    """Return the mean over value added of the index of specialisation of each region."""
    made = table.sum(axis=-1)
    index = np.zeros_like(made)
    for r in range(table.shape[-2]):
        own = table[..., r, :]
        rest = table.sum(axis=-2) - own
        difference = own / own.sum(axis=-1, keepdims=True) - rest / rest.sum(axis=-1, keepdims=True)
        index[..., r] = np.abs(difference).sum(axis=-1)
    return (index * shares(made)).sum(axis=-1)
