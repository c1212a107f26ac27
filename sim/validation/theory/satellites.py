"""Checks of satellites: a centre in the middle of a line of equal cities (Ikeda, Aizawa & Gaspar 2020)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from scipy.optimize import brentq

from sim.validation.theory import closed
from sim.validation.theory.dynamics import equilibrium
from sim.validation.theory.engine import PresetMarket
from sim.validation.theory.preset import Preset
from sim.validation.theory.rows import Check, Numbers, outside_input, static_preset

CITIES, MIDDLE = 11, 5
BELOW = 0.99  # freeness at which satellites have formed, over that at which the first one gains
RANGE = (0.3, 0.95)  # in which freeness between neighbours is searched


def line(freeness: float) -> np.ndarray:
    """Return the freeness of trade (R, R) on a line, by that between neighbours."""
    place = np.arange(CITIES)
    return freeness ** np.abs(place[:, None] - place[None, :])


def satellite_checks(sigma: float, mu: float) -> Iterator[Check]:
    """Yield checks of where satellites form: at which freeness, how far out, and that no one is in their shadow.

    All entrepreneurs start in the middle. As freeness falls, a single one first gains some steps away: cities nearer
    to the centre remain empty.
    """
    model, numbers = "footloose-entrepreneur", f"sigma={sigma:g},mu={mu:g}"
    core = np.eye(CITIES)[MIDDLE]

    def preset(freeness: float) -> Preset:
        return static_preset(
            model, sigma=sigma, mu=mu, freeness=tuple(map(tuple, line(freeness).tolist())), start=tuple(core.tolist()),
            immobile=(1.0 / CITIES,) * CITIES, **outside_input(sigma, mu, 1.0 / CITIES),
        )  # fmt: skip

    def alone(freeness: float) -> np.ndarray:
        return closed.entrepreneur_alone(line(freeness), MIDDLE, sigma, mu)

    def engine(freeness: float) -> np.ndarray:
        reward = PresetMarket(preset(freeness)).rewards(core)
        return reward - reward[MIDDLE]

    def first(gains: Callable[[float], np.ndarray]) -> float:
        return float(brentq(lambda freeness: np.delete(gains(freeness), MIDDLE).max(), *RANGE, xtol=1e-9))

    def point() -> Numbers:
        return first(alone), first(engine), 1e-6

    def distance() -> Numbers:
        limit = first(alone)
        expected = abs(int(np.argmax(np.where(core > 0, -np.inf, alone(limit)))) - MIDDLE)
        chosen = np.flatnonzero(equilibrium(PresetMarket(preset(BELOW * limit))) * (1.0 - core))
        return float(expected), float(np.abs(chosen - MIDDLE).min(initial=CITIES)), 0.0

    yield Check(f"{model}/satellites,{numbers}", model, point)
    yield Check(f"{model}/satellites,distance,{numbers}", model, distance)
