"""Division of public money between what a plan wants and what the market would choose."""

from __future__ import annotations

import numpy as np

from sim.mechanisms.finance.returns import gross_return
from sim.policy.view import View


def market(view: View, allowed: np.ndarray) -> np.ndarray:
    """Return what savers without a home bias would choose among the cells allowed, (R, S), 1 in sum or all 0."""
    weight = view.capital * gross_return(view) ** view.parameters.capital.return_elasticity * allowed
    return weight / max(weight.sum(), 1e-300)


def mixed(view: View, plan: np.ndarray, chosen: np.ndarray, share: float, error: float) -> np.ndarray:
    """Return the mean of a plan, seen with errors, and of what the market chooses, (R, S), 1 in sum or all 0.

    Parameters
    ----------
    plan, chosen : (R, S) float
        Weights of the plan; shares that the market chooses.
    share : float
        Weight of the plan.
    error : float, log
        Standard deviation of the errors about regions, which are drawn once.
    """
    seen = plan * np.exp(error * view.draw("target", len(plan), year=0))[:, None]
    return share * (seen / max(seen.sum(), 1e-300)) + (1.0 - share) * chosen
