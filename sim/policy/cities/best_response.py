"""Best responses: each city weighs the growth that a bid or a road brings against the spending that it costs."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from sim.policy.cities.rule import City, Decision
from sim.policy.view import View

TINY = 1e-300


class BestResponse(City):
    r"""Each city maximises the value of its spending and of its value added, given the bids of the others.

    .. math:: b_i = clip((A_i - P_i) / (LT_i (1 + A_i / B_i)), 0, limit), \quad
        A_i = \omega x_i VA_i n_i \eta_K (1 - h_i)

    maximises ``B ln(1 - b LT/B) + omega VA x ln K'(b)``, see docs/model.md 9.16; all cities decide at once, on the
    allocation of savings to which last year's bids have led. Infrastructure is built until its last yuan adds as much
    as one of services. It hurts the services of cities that bid, and the nation, to which bids bring no capital.

    References
    ----------
    Zodrow & Mieszkowski (1986), mobile tax base; Wildasin (1988), Nash equilibria in rates and in spending;
    Bucovetsky (1991), small regions undercut large ones.
    """

    reads: ClassVar[frozenset[str]] = frozenset({
        "value_added", "sales", "local_tax", "revenue", "capital", "capital_price", "invested", "investment_shares",
        "public_capital",
    })  # fmt: skip
    settings: ClassVar[tuple[str, ...]] = ("growth_weight", "bid_limit", "lowest_share", "highest_share")

    def decide(self, view: View) -> Decision:
        """Return the solutions of the first-order conditions, within their bounds."""
        weight, bounds = view.parameters.cities.growth_weight, self.bounds(view)
        made = view.value_added.sum(axis=1)
        by_capital = elasticity_of_value_added(view)
        taxes, budget = view.local_tax.sum(axis=1), np.maximum(view.revenue, TINY)
        gain = weight * made * by_capital * elasticity_of_capital(view)
        bids = (gain - profit(view)) / np.maximum(taxes * (1.0 + gain / budget), TINY)
        government, psi = view.parameters.government, view.parameters.production.infrastructure_elasticity
        public_capital = np.maximum(view.capital_price * view.public_capital, TINY)
        marginal = weight * psi * (1.0 - by_capital) * made / public_capital
        together = government.services_share + government.infrastructure_share
        share = together - government.services_share / np.maximum(marginal, TINY)
        return Decision(np.clip(bids, *bounds.bids), np.clip(share, *bounds.infrastructure_share))


def profit(view: View) -> np.ndarray:
    """Return the after-tax profit of each city's firms before grants, (R,) million yuan/yr."""
    production, government = view.parameters.production, view.parameters.government
    keep = (1.0 - government.profit_tax) * (1.0 - government.value_added_tax)
    return keep * production.capital_share_of_profit * view.sales.sum(axis=1) / production.sigma


def elasticity_of_value_added(view: View) -> np.ndarray:
    """Return the elasticity of value added with respect to capital, (R,), people and demand given.

    More capital raises sales, and through the wage bill the wage of its people: ``1/(1 + (sigma-1)(1-iota))``.
    """
    sigma = view.parameters.production.sigma
    sales = np.maximum(view.sales.sum(axis=1), TINY)
    intermediates = (1.0 - view.value_added.sum(axis=1) / sales) * sigma / (sigma - 1.0)
    return 1.0 / (1.0 + (sigma - 1.0) * (1.0 - intermediates))


def elasticity_of_capital(view: View) -> np.ndarray:
    """Return the elasticity of next year's capital with respect to its gross return, (R,): logit of all savers.

    Each saver responds by ``eta_K (1 - share)``; the part of next year's capital that is new is weighted.
    """
    p = view.parameters.capital
    inflow = np.einsum("i,ij->j", view.invested, view.investment_shares)
    own = np.einsum("i,ij,ij->j", view.invested, view.investment_shares, view.investment_shares)
    kept = (1.0 - p.depreciation) * view.capital_price * view.capital.sum(axis=1)
    return p.return_elasticity * (inflow - own) / np.maximum(kept + inflow, TINY)
