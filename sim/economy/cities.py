"""City governments that respond to their peers and to their own past: budget shares and bids for firms."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from sim.economy.state import State
from sim.policy.settlement import Actions

# Cities post under this name; no mechanism may have it.
CITIES = "cities"


def peers(state: State) -> np.ndarray:
    """Return the (R, R) weights of a city's peers, rows sum to 1: cities nearby in its zone class.

    The peers of a city that is alone in its class are nearby cities of all classes. Regions of one home label are one
    city.
    """
    rules, home = state.parameters.cities, state.world.home
    people = state.world.people.sum(axis=1)
    part = people / np.bincount(home, people)[home]
    other = home[:, None] != home[None, :]
    near = np.exp(-state.links.hours.people / rules.peer_hours) * part * other
    zone = state.world.regions["zone"].to_numpy()
    same = zone[:, None] == zone[None, :]
    alone = ~(same & other).any(axis=1)
    weight = near * (same | alone[:, None])
    return weight / weight.sum(axis=1, keepdims=True)


def decide(state: State, act: Actions) -> None:
    """Set infrastructure shares and bids for firms of cities, and pay the bids.

    .. math:: b_i' = clip((1-d) b_i + m (b^*_i - b_i)^+ + r (g^*_i - g_i), 0, limit)

    with the peers' means marked by a star and g the growth of value added in the year before. The share of
    infrastructure follows the same growth gap around its default. Passive cities change nothing.

    Parameters
    ----------
    state : State
        ``bids`` and ``infrastructure_share``, (R,) each, are updated.
    act : Actions
        Receives the grants to firms.

    References
    ----------
    Besley & Case (1995), yardstick competition; Li & Zhou (2005), officials are compared by growth; Wilson (1999),
    tax competition.
    """
    rules, government = state.parameters.cities, state.parameters.government
    if rules.reaction == "passive":
        return
    weight = peers(state)
    gap = np.einsum("ij,j->i", weight, state.outcome.growth) - state.outcome.growth
    above = np.maximum(np.einsum("ij,j->i", weight, state.bids) - state.bids, 0.0)
    bids = (1.0 - rules.bid_decay) * state.bids + rules.matching * above + rules.bid_response * gap
    state.bids = np.clip(bids, 0.0, rules.bid_limit)
    middle = government.infrastructure_share
    back = rules.bid_decay * (state.infrastructure_share - middle)
    share = state.infrastructure_share - back + rules.share_response * gap
    state.infrastructure_share = np.clip(share, rules.lowest_share * middle, rules.highest_share * middle)
    handle = act.for_mechanism(SimpleNamespace(name=CITIES, writable=frozenset({"grant_firms"})), prices=1.0)
    wanted = state.bids * state.outcome.local_tax.sum(axis=1)
    some = np.flatnonzero(wanted > 0)
    if len(some):
        handle.grant_firms(state.accounts.treasury[some], some, wanted[some], "bids for firms")
