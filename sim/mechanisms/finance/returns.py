"""Returns to capital that investors see, and the response of private partners to them."""

from __future__ import annotations

import numpy as np

from sim.policy.view import View


def gross_return(view: View) -> np.ndarray:
    """Return last year's return before depreciation, (R, S) 1/yr, with a small positive lower bound."""
    return np.maximum(view.return_to_capital + view.parameters.capital.depreciation, 1e-4)


def partners(view: View) -> np.ndarray:
    """Return the share of a planned match that private partners invest, (R, S), at most 1.

    Partners respond to a return below the national mean as savers do.
    """
    gross = gross_return(view)
    mean = (gross * view.capital).sum() / view.capital.sum()
    return np.minimum(1.0, (gross / mean) ** view.parameters.capital.return_elasticity)
