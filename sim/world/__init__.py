"""Worlds: regions on a map, their accounts, networks and hours."""

from sim.world.build import load_world, travel_hours, world_names
from sim.world.check import check_rail_times, world_summary
from sim.world.selectors import select, vocabulary
from sim.world.types import Hours, Network, World

__all__ = [
    "Hours",
    "Network",
    "World",
    "check_rail_times",
    "load_world",
    "select",
    "travel_hours",
    "vocabulary",
    "world_names",
    "world_summary",
]
