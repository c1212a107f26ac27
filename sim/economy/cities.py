"""City governments: the decisions of their rule, and payment of their bids for firms."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from sim.economy.outcome import setting_of
from sim.economy.state import State
from sim.policy.cities import decide as decided
from sim.policy.settlement import Actions
from sim.policy.view import View

# Cities post under this name; no mechanism may have it.
CITIES = "cities"


def decide(state: State, act: Actions) -> np.ndarray:
    """Let the city rule decide on last year's outcome, and post the bids that it decides.

    Parameters
    ----------
    state : State
        ``bids`` and ``infrastructure_share``, (R,) each, are replaced.
    act : Actions
        Receives the grants to firms.

    Returns
    -------
    (R,) float
        Share of the appropriation of each city that bids and mechanisms may use.
    """
    rule = state.setup.city_rule
    view = View(state.outcome, rule.reads, setting_of(state, act.prices), CITIES)
    state.bids, state.infrastructure_share, contribution = decided(rule, view)
    handle = act.for_mechanism(SimpleNamespace(name=CITIES, writable=frozenset({"grant_firms"})), prices=1.0)
    wanted = state.bids * state.outcome.local_tax.sum(axis=1)
    some = np.flatnonzero(wanted > 0)
    if len(some):
        handle.grant_firms(state.accounts.treasury[some], some, wanted[some], "bids for firms")
    return contribution
