"""Phase connect: transport links of the year, travel times, freeness of trade."""

from __future__ import annotations

import numpy as np

from sim.economy.results import Connection, Policy
from sim.economy.state import State
from sim.policy.settlement import Actions
from sim.world import Terminals

# Largest fall of hours of information and of handling by policy: they are halved (assumption).
HALVED = float(np.log(2.0))


def connect(state: State, policy: Policy) -> Connection:
    """Update transport links of the year; hours and freeness change only if links did."""
    act = policy.actions
    state.links = state.links.changed(state.world, state.year, act.edges, act.speeds, terminals(act))
    hours = state.links.hours.information
    return Connection(hours * np.exp(act.within("information", HALVED)) if "information" in act.posted else hours)


def terminals(act: Actions) -> Terminals:
    """Return the terminals of goods of the year."""
    handling = act.within("handling", HALVED) if "handling" in act.posted else np.zeros(0)
    return Terminals(tuple(handling.tolist()) if handling.any() else (), act.ports)
