"""Choice of cells of regions and sectors by public investors, and response of private partners."""

from __future__ import annotations

import numpy as np

from sim.policy.view import View


def gross_return(view: View) -> np.ndarray:
    """Return last year's return before depreciation, (R, S) 1/yr, with a small positive lower bound."""
    return np.maximum(view.return_to_capital + view.parameters.capital.depreciation, 1e-4)


def shares(
    view: View, allowed: np.ndarray, by_return: float, by_need: float, listed: np.ndarray | None = None
) -> np.ndarray:
    """Return the share of each cell in an outlay, (R, S), 1 in sum or all 0.

    Parameters
    ----------
    view : View
        Of a mechanism that reads ``return_to_capital``, ``services``, ``capital``.
    allowed : (R, S) bool
    by_return, by_need : float
        Response of log shares to log gross return, and to need: the gap of services to the national mean.
    listed : (R,) float, optional
        Shares by region, instead of the response between regions.
    """
    need = np.maximum(0.0, 1.0 - view.services)
    # a cell without capital has no firms whose equity could be bought
    weight = np.exp(by_return * np.log(gross_return(view)) + by_need * need[:, None]) * (allowed & (view.capital > 0))
    if listed is not None:
        weight = weight / np.maximum(weight.sum(1, keepdims=True), 1e-300) * listed[:, None]
    total = weight.sum()
    return weight / total if total > 0 else weight


def partners(view: View) -> np.ndarray:
    """Return the share of a planned match that private partners invest, (R, S), at most 1.

    Partners respond to a return below the national mean as savers do.
    """
    gross = gross_return(view)
    mean = (gross * view.capital).sum() / view.capital.sum()
    return np.minimum(1.0, (gross / mean) ** view.parameters.capital.return_elasticity)
