"""Routes of lines: links between stops, length by region, by-passed cities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.errors import UserError, nearest
from sim.policy.posts import Edge
from sim.policy.targets import pick_one
from sim.world import line_edges
from sim.world.types import World


@dataclass(frozen=True)
class Route:
    """A line on the map.

    Attributes
    ----------
    edges : list of Edge
        From stop to stop.
    passed : list of (int, int)
        By-passed cities and other cities along the line.
    """

    edges: list[Edge]
    passed: list[tuple[int, int]]

    @property
    def km(self) -> float:
        """Length, km."""
        return sum(edge.km for edge in self.edges)

    def weights(self, n_regions: int) -> np.ndarray:
        """Return the share of the length in each region, (R,): half of each link at either end."""
        weights = np.zeros(n_regions)
        for edge in self.edges:
            weights[[edge.a, edge.b]] += edge.km / 2
        return weights / max(weights.sum(), 1e-300)


def planned_line(world: World, name: str, line: str, faster: float) -> Route:
    """Return a line of the world that is not open at its start, at ``faster`` times its speed.

    Raises
    ------
    UserError
        If the world has no such line, or it is open at the start.
    """
    edges = line_edges(world, line)
    if not edges:
        known = line_edges(world)
        hint = f"expected one of {', '.join(known)}{nearest(line, known)}" if known else "it plans none"
        raise UserError(f"{name}.line: world {world.name} has no line '{line}' to be opened; {hint}")
    return Route([Edge(e.a, e.b, e.mode, e.km, e.speed * faster, name) for e in edges], [])


def line_through(
    world: World, name: str, cities: list[str], bypass: list[str], mode: str, detour: float, speed: float
) -> Route:
    """Return a line through cities from end to end, some of them without a stop.

    Parameters
    ----------
    cities, bypass : list of str
        Selectors of one region each.
    detour : float
        Length over the great circle.
    speed : float, km/h
    """
    along = [pick_one(world, f"{name}.cities", city) for city in cities]
    passed = {pick_one(world, f"{name}.bypass", city) for city in bypass}
    km = detour * world.distances
    edges, start, length = [], along[0], 0.0
    for here, there in zip(along[:-1], along[1:], strict=True):
        length += km[here, there]
        if there not in passed:
            edges.append(Edge(start, there, mode, float(length), speed, name))
            start, length = there, 0.0
    return Route(edges, [(p, other) for p in sorted(passed) for other in along if other != p])
