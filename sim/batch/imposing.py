"""Setting people and value added of a run to observed figures in the middle of it, for fits to later years alone."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np

from sim.economy.state import State
from sim.model import year as one_year
from sim.world.types import History

RESPONSE = 0.67  # of value added to productivity: 1 - 1/(1 + (sigma - 1)(1 - iota)) at the defaults
ROUNDS, CLOSE = 12, 1e-3


class Imposed:
    """Sets shares of people and value added to those observed, when a run reaches the year.

    People change in place, and amenities such that as many move to a region per resident as before; productivity of a
    region changes until the market gives its value added. National totals and regions without published figures stay as
    they are. Capital and firms stay: what follows is their adjustment, too.

    Parameters
    ----------
    history : History
    year : int
    """

    def __init__(self, history: History, year: int) -> None:
        self.history, self.year = history, year

    def __call__(self, state: State) -> None:
        """Change the state if the year has come."""
        if state.year == self.year:
            self._people(state)
            self._productivity(state)

    def _ratio(self, figure: str, modelled: np.ndarray) -> np.ndarray:
        """Return observed over modelled shares, (R,); 1 where none is published."""
        rows, real = self.history.good[figure], self.history.figures[figure, self.year]
        ratio = np.ones(len(modelled))
        ratio[rows] = real[rows] / real[rows].sum() / (modelled[rows] / modelled[rows].sum())
        return ratio

    def _people(self, state: State) -> None:
        ratio = self._ratio("people", state.people.sum(axis=1))[:, None]
        people = state.people * ratio
        state.people = people * state.people.sum(axis=0) / people.sum(axis=0)
        m, c = state.parameters.migration, state.constants
        shift = np.log(ratio) / np.array([m.worker_elasticity, m.talent_elasticity])
        state.unregistered = np.minimum(state.unregistered, state.people)
        constants = replace(c, amenity=c.amenity + shift, lasting_amenity=c.lasting_amenity + shift)
        state.setup = replace(state.setup, constants=constants)

    def _productivity(self, state: State) -> None:
        for _ in range(ROUNDS):
            trial = copy.deepcopy(state, {id(state.setup): state.setup})
            made = one_year(trial, ()).observe.record["value_added"]
            step = np.log(self._ratio("value_added", np.asarray(made).sum(axis=1)))
            if np.abs(step).max() < CLOSE:
                break
            technology = state.constants.log_technology + step[:, None] / RESPONSE
            state.setup = replace(state.setup, constants=replace(state.constants, log_technology=technology))
