"""Phase connect: ways of the year, hours and freeness."""

from __future__ import annotations

import numpy as np

from sim.economy.frictions import freeness
from sim.economy.state import State
from sim.kernels.products import turned
from sim.world import edges_in_use, travel_hours


def connect(state: State) -> None:
    """Open the ways of the year; hours and freeness change only where edges did."""
    act, world = state.actions, state.world
    ways = world.network.open_by(state.year), act.edges, act.speeds
    if ways != state.ways:
        edges = edges_in_use(world, state.year, act.edges, act.speeds)
        state.hours = travel_hours(world, edges, (state.edges, state.hours))
        state.ways, state.edges = ways, edges
        free = freeness(world, state.hours, state.parameters)
        state.base.market = state.base.market._replace(freeness=free, freeness_turned=turned(free))
    wedge = act.wedges["information"]
    state.now["information"] = state.hours.information * np.exp(wedge) if wedge.any() else state.hours.information
