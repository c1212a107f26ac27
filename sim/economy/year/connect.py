"""Phase connect: transport links of the year, travel times, freeness of trade."""

from __future__ import annotations

import numpy as np

from sim.economy.results import Connection, Policy
from sim.economy.state import State


def connect(state: State, policy: Policy) -> Connection:
    """Update transport links of the year; hours and freeness change only if links did."""
    act = policy.actions
    state.links = state.links.changed(state.world, state.year, act.edges, act.speeds)
    hours, wedge = state.links.hours.information, act.wedges["information"]
    return Connection(hours * np.exp(wedge) if wedge.any() else hours)
