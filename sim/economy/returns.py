"""Returns to capital: unit profit, returns before and after depreciation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.economy.state import Returns, State
from sim.kernels.accounts import RegionalAccounts

# Share of base-year capital that replaces the capital of a cell without firms in denominators.
TRACE = 1e-6


def returns_of(
    state: State,
    sales: np.ndarray,
    regional: RegionalAccounts,
    capacity: np.ndarray,
    capital_price: np.ndarray,
    grants: Sequence[tuple[np.ndarray | None, np.ndarray]],
    composite: np.ndarray,
    talent: np.ndarray,
) -> Returns:
    """Return the returns to capital at the sales of a year.

    Parameters
    ----------
    sales : (N, S) million yuan/yr
    regional : RegionalAccounts
    capacity : (R, S)
    capital_price : (R,)
    grants : sequence of ((S,) bool or None, (R,) million yuan)
        Paid to firms of some sectors, or of all, in proportion to their profits.
    composite : (R, S)
        Real talent combined with capital.
    talent : (R,) persons
        Where they work.
    """
    p, g = state.parameters.production, state.parameters.government
    profit = sales[: state.n] / p.sigma
    keep = (1.0 - g.profit_tax) * (1.0 - g.value_added_tax)
    kappa = p.capital_share_of_profit
    factor = np.ones_like(profit)
    for sectors, amount in grants:
        chosen = slice(None) if sectors is None else sectors
        factor[:, chosen] += (amount / (keep * kappa * profit[:, chosen].sum(axis=1)))[:, None]
    unit_profit = profit / capacity
    if kappa < 1:
        wage = regional.talent_bill / talent
        composite = (1 - kappa) * profit / wage[:, None]
        unit_profit = kappa * unit_profit ** (1 / kappa) * ((1 - kappa) / wage[:, None]) ** ((1 - kappa) / kappa)
    _, capital, _ = state.firms.totals()
    unit_return = keep * unit_profit / capital_price[:, None]
    worth = capital_price[:, None] * np.maximum(capital, TRACE * state.base.capital)
    gross = np.where(capital > 0, keep * kappa * profit * factor / worth, unit_return)
    return Returns(capital, unit_profit, unit_return, gross - state.parameters.capital.depreciation, factor, composite)


def gross_return(state: State) -> np.ndarray:
    """Return last year's after-tax gross return (R, S), 1/yr."""
    return state.returns.return_to_capital + state.parameters.capital.depreciation
