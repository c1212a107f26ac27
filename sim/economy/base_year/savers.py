"""Where savers of the base year invest, and the bias with which a given share stays at home (docs/model.md 9.23)."""

from __future__ import annotations

import numpy as np

from sim.economy.base_year.balance import newton_step
from sim.economy.frictions import investor_friction
from sim.parameters import Parameters

FASTEST = 1.5  # savings of others respond as well, so that larger steps overshoot
MOST_OWN = 0.8  # of the investment in a place: the rest comes from elsewhere
SCALINGS = 500  # after which slow convergence is taken for few savings that cross between regions
MOST_ONE = 0.9  # of what is invested away from home: what one place makes and receives of it


class Savers:
    """Choice of savers of the base year.

    Attributes
    ----------
    bias : (R,) log odds
        Against regions of other home labels.
    reduced : (R,) bool
        Where less than the given share stays at home, since savings are large relative to investment.

    Parameters
    ----------
    information : (R, R) float, h
    home : (R,) int
        Home labels.
    parameters : Parameters
    """

    def __init__(self, information: np.ndarray, home: np.ndarray, parameters: Parameters) -> None:
        self.bias = np.full(len(home), parameters.capital.home_bias)
        self.reduced = np.zeros(len(home), dtype=bool)
        self._share = parameters.capital.home_share
        self._scalings = 0
        self._information, self._home, self._parameters = information, home, parameters
        self._same = home[:, None] == home[None, :]
        self._friction = investor_friction(information, home, self.bias, parameters)

    def shares(self, attraction: np.ndarray) -> np.ndarray:
        """Return the shares (R, R) of savings of i by region j of investment, given the attraction (R,) of regions."""
        weight = attraction[None, :] * np.exp(-self._friction)
        return weight / weight.sum(axis=1, keepdims=True)

    def attracted(self, attraction: np.ndarray, saved: np.ndarray, target: np.ndarray) -> np.ndarray:
        """Return the attraction (R,) with which savers come closer to what they are to invest in each region.

        What a home label invests in itself does not depend on its attraction. Where that is most of its investment, the
        attraction changes by more, as the rest must.

        Parameters
        ----------
        attraction : (R,) float
        saved, target : (R,) million yuan/yr
            Savings by origin, and what savers are to invest by destination.
        """
        shares = self.shares(attraction)
        arrivals = shares.T @ saved
        ratio = target / arrivals
        if self._share == 0:
            self._scalings += 1
            if self._scalings <= SCALINGS:
                return attraction * ratio
            return attraction * np.exp(np.clip(newton_step(shares, saved, arrivals, target), -1.0, 1.0))
        placed, own = self._same @ arrivals, ((shares * self._same).T @ saved) @ self._same
        of_label = (self._same @ target) / placed
        faster = np.minimum(placed / np.maximum(placed - own, (1.0 - MOST_OWN) * placed), FASTEST)
        return attraction * ratio / of_label * of_label**faster

    def keep_at_home(self, attraction: np.ndarray, saved: np.ndarray, target: np.ndarray) -> None:
        """Set the bias such that the given share of savings stays at home; without such a share, keep the bias.

        Regions of one home label are one place. The share is reduced where it would be more than `MOST_OWN` of what
        savers are to invest in the place. Where one place makes or receives nearly all investment away from home, as
        always with two home labels, accounts leave the others no choice: the common bias applies from then on.

        Parameters
        ----------
        attraction : (R,) float
        saved, target : (R,) million yuan/yr
            Savings by origin, and what savers are to invest by destination.
        """
        if self._share == 0:
            return
        most = MOST_OWN * (self._same @ target) / (self._same @ saved)
        self.reduced = most < self._share
        share = np.minimum(self._share, most)
        away, first = (1.0 - share) * saved, np.unique(self._home, return_index=True)[1]
        touching = self._same @ (away + target) - share * (self._same @ saved)
        if touching[first].max() > MOST_ONE * away.sum():
            self._share, self.reduced = 0.0, np.zeros_like(self.reduced)
            self.bias = np.full(len(self.bias), self._parameters.capital.home_bias)
            self._friction = investor_friction(self._information, self._home, self.bias, self._parameters)
            return
        self._friction = investor_friction(self._information, self._home, 0.0 * self.bias, self._parameters)
        own = (self.shares(attraction) * self._same).sum(axis=1)
        self.bias = np.log((1.0 - own) / own * share / (1.0 - share))
        self._friction = investor_friction(self._information, self._home, self.bias, self._parameters)
