"""Phase connect: transport links of the year, travel times, freeness of trade."""

from __future__ import annotations

import numpy as np

from sim.economy.results import Connection, Policy
from sim.economy.state import State

# Largest fall of information hours by policy: they are halved (assumption).
FASTER = float(np.log(2.0))


def connect(state: State, policy: Policy) -> Connection:
    """Update transport links of the year; hours and freeness change only if links did."""
    act = policy.actions
    state.links = state.links.changed(state.world, state.year, act.edges, act.speeds)
    hours = state.links.hours.information
    return Connection(hours * np.exp(act.within("information", FASTER)) if "information" in act.posted else hours)
