"""Capital created by directed money: that of funds and of their private partners, with diminishing returns."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.policy.settlement import Actions

# Directed money of a year is measured in this share of the capital of its cell, 1/yr.
REFERENCE = 0.1


class Created(NamedTuple):
    """Capital that directed money creates, (n_funds, R, S) million yuan at its price; the rest is scrapped."""

    public: np.ndarray  # of the funds
    private: np.ndarray  # of their partners


def created_capital(actions: Actions, worth: np.ndarray) -> Created:
    """Return the capital that the directed money of a year creates.

    The share of a yuan falls with the money of all funds in a cell: it is an average, which all of them bear.

    Parameters
    ----------
    actions : Actions
    worth : (R, S) float, million yuan
        Capital of cells at its price of the year.
    """
    room = REFERENCE * worth
    money = (actions.directed_public + actions.directed_private).sum(axis=0)
    created = Created(np.zeros_like(actions.directed_public), np.zeros_like(actions.directed_private))
    for post, public, private in actions.investments():
        full = room + money / post.saturation
        # A cell without capital takes no money, unless returns do not diminish.
        share = post.created * np.divide(room, full, out=np.ones_like(room), where=full > 0)
        created.public[post.fund] += share * public
        created.private[post.fund] += share * private
    return created
