"""Yardstick competition: cities respond to the growth and the bids of their peers."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from sim.policy.cities.rule import City, Decision, peers
from sim.policy.view import View


class Yardstick(City):
    r"""Cities that grow less than their peers bid more and build more; higher bids of the peers are matched in part.

    .. math:: b_i' = clip((1-d) b_i + m (b^*_i - b_i)^+ + r (g^*_i - g_i), 0, limit)

    with the peers' means marked by a star and g the growth of value added in the year before. The share of
    infrastructure follows the same growth gap around its default. Bidding becomes a race, which hurts the services of
    all cities.

    References
    ----------
    Besley & Case (1995), yardstick competition; Li & Zhou (2005), officials are compared by growth; Wilson (1999),
    tax competition.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"bids", "growth", "infrastructure_share"})
    settings: ClassVar[tuple[str, ...]] = (
        "peer_hours", "matching", "bid_response", "bid_decay", "bid_limit", "share_response", "lowest_share",
        "highest_share",
    )  # fmt: skip

    def decide(self, view: View) -> Decision:
        """Respond to the gaps in growth and bids."""
        rules, weight, bounds = view.parameters.cities, peers(view), self.bounds(view)
        gap = np.einsum("ij,j->i", weight, view.growth) - view.growth
        above = np.maximum(np.einsum("ij,j->i", weight, view.bids) - view.bids, 0.0)
        bids = (1.0 - rules.bid_decay) * view.bids + rules.matching * above + rules.bid_response * gap
        back = rules.bid_decay * (view.infrastructure_share - view.parameters.government.infrastructure_share)
        share = view.infrastructure_share - back + rules.share_response * gap
        return Decision(np.clip(bids, *bounds.bids), np.clip(share, *bounds.infrastructure_share))
