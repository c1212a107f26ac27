"""Base class of city rules: how city governments decide on bids for firms and on their budgets."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import numpy as np

from sim.policy.view import View


class RefusedDecision(ValueError):
    """A decision of a city rule that is not finite or outside its bounds."""


class Decision(NamedTuple):
    """Decisions of city governments for a year; one number stands for all cities.

    Attributes
    ----------
    bids : float or (R,) float, 1
        Share of last year's local taxes that each city refunds to its firms.
    infrastructure_share : float or (R,) float, 1, or None
        Share of infrastructure in ordinary spending; ``government.infrastructure_share`` if None.
    contribution : float or (R,) float, 1, or None
        Share of the appropriation that bids and mechanisms may use together; ``government.city_limit`` if None.
    """

    bids: Any = 0.0
    infrastructure_share: Any = None
    contribution: Any = None


class Bounds(NamedTuple):
    """Lowest and highest value of each decision."""

    bids: tuple[float, float]
    infrastructure_share: tuple[float, float]
    contribution: tuple[float, float]


class City:
    """A rule by which all city governments decide; a subclass overrides `decide`.

    Rules have no memory: `decide` depends on the view only, which contains last year's bids and shares.

    Attributes
    ----------
    reads : frozenset of str
        Names of `sim.policy.outcome.OUTCOME` that it uses.
    settings : tuple of str
        Names of ``parameters.cities`` that it uses, for documentation.
    """

    reads: ClassVar[frozenset[str]] = frozenset()
    settings: ClassVar[tuple[str, ...]] = ()

    def decide(self, view: View) -> Decision:
        """Return the decisions of all cities for a year.

        Parameters
        ----------
        view : View
            Last year's outcome, read-only; the parameters, the world and the travel times.
        """
        raise NotImplementedError

    @staticmethod
    def bounds(view: View) -> Bounds:
        """Return the bounds of decisions; `decide` must stay within them."""
        rules, government = view.parameters.cities, view.parameters.government
        middle = government.infrastructure_share
        highest = min(rules.highest_share * middle, government.services_share + middle)
        return Bounds((0.0, rules.bid_limit), (rules.lowest_share * middle, highest), (0.0, government.city_limit))


def decide(rule: City, view: View) -> Decision:
    """Return the decisions of a rule as new arrays, (R,) each.

    Raises
    ------
    RefusedDecision
        If one is not finite or outside its bounds; names the rule, the city and the bounds.
    """
    given = rule.decide(view)
    name = type(rule).__name__
    if not isinstance(given, Decision):
        raise RefusedDecision(f"city rule {name}: decide returned {given!r}; expected a Decision")
    government = view.parameters.government
    defaults = Decision(0.0, government.infrastructure_share, government.city_limit)
    arrays = []
    for field, value, default, (low, high) in zip(Decision._fields, given, defaults, rule.bounds(view), strict=True):
        size = view.world.n_regions
        try:
            numbers = np.array(np.broadcast_to(default if value is None else value, size), dtype=float)
        except (TypeError, ValueError) as error:
            text = f"{field} is {value!r}; expected one number, or one for each of the {size} cities"
            raise RefusedDecision(f"city rule {name}: {text}") from error
        outside = np.flatnonzero(~((numbers >= low) & (numbers <= high)))
        if len(outside):
            city = view.world.regions["id"].iloc[outside[0]]
            text = f"{field} of {numbers[outside[0]]:g} in {city}; expected {low:g} to {high:g}"
            raise RefusedDecision(f"city rule {name}: {text}")
        arrays.append(numbers)
    return Decision(*arrays)


def peers(view: View) -> np.ndarray:
    """Return the (R, R) weights of a city's peers, rows sum to 1: cities nearby in its zone class.

    The peers of a city that is alone in its class are nearby cities of all classes. Regions of one home label are one
    city.
    """
    assert view.hours is not None
    home, people = view.world.home, view.world.people.sum(axis=1)
    other = home[:, None] != home[None, :]
    part = people / np.bincount(home, people)[home]
    near = np.exp(-view.hours.people / view.parameters.cities.peer_hours) * part * other
    zone = view.world.regions["zone"].to_numpy()
    same = zone[:, None] == zone[None, :]
    alone = ~(same & other).any(axis=1)
    weight = near * (same | alone[:, None])
    return weight / weight.sum(axis=1, keepdims=True)
