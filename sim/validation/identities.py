"""Identities that hold for any numbers: of the market, of choices, of draws, of complete runs.

Each measure is the violation of an identity; property tests call them with random inputs, `rows` with fixed ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.validation import choices, invariance, markets

Facts = tuple[str, float, float, float]


@dataclass(frozen=True)
class Row:
    """The check of one identity.

    Attributes
    ----------
    name : str
    expected, obtained, tolerance : float
        It holds if they differ by at most the tolerance.
    """

    name: str
    expected: float
    obtained: float
    tolerance: float

    @property
    def holds(self) -> bool:
        """Whether it holds; false for NaN."""
        return bool(abs(self.obtained - self.expected) <= self.tolerance)

    @property
    def verdict(self) -> str:
        """``holds`` or ``BROKEN``."""
        return "holds" if self.holds else "BROKEN"


def rows() -> list[Row]:
    """Check all identities on fixed inputs; takes seconds once the kernels are compiled."""
    return [Row(*facts) for part in (_of_markets, _of_choices, _of_gravity, _of_runs) for facts in part()]


def _of_markets() -> Iterator[Facts]:
    market, x = markets.small_market()
    elsewhere = x + 0.3 * np.random.default_rng(1).normal(size=x.size)
    yield "Walras' law: excess demands sum to zero at any prices", 0.0, markets.walras_break(market, elsewhere), 1e-12
    shocked, solved = markets.solve_shocked(market, x, np.random.default_rng(2), 0.2)
    yield "Every market clears at the solution", 0.0, markets.clearing_break(shocked, solved), 1e-8


def _of_choices() -> Iterator[Facts]:
    choice = choices.random_choice(np.random.default_rng(3), 8)
    kept = np.array([0, 2, 3, 6])
    yield "IIA: odds of two cities do not depend on others", 0.0, choices.iia_break(*choice, kept), 1e-12
    yield "IIA: a firm keeps its place when another closes", 0.0, choices.closing_break(11, 4000), 0.0
    yield "The logsum is the expected maximum", 0.0, choices.logsum_break(*choice), 1e-8
    yield "Derivatives of the logsum are choice probabilities", 0.0, choices.derivative_break(*choice), 1e-8
    score = choices.sampling_score(17, 200_000)
    yield "Firms' choices are drawn exactly (chi-square, standardised)", 0.0, score, 4.0


def _of_gravity() -> Iterator[Facts]:
    yield "Doubly-constrained gravity has the table's margins", 0.0, margins_break(19, 12), 1e-8


def _of_runs() -> Iterator[Facts]:
    yield "Money times 1000: money outputs times 1000, all else as it was", 0.0, invariance.money_break(1000.0), 1e-6
    yield "Regions in another order: the same results in that order", 0.0, invariance.order_break(23), 1e-6
    people, capital = invariance.conservation_breaks(29)
    yield "People are conserved", 0.0, people, 1e-9
    yield "Capital is conserved", 0.0, capital, 1e-9


def margins_break(seed: int, n: int) -> float:
    """Return the largest relative difference of margins of a fitted doubly-constrained table."""
    from sim.config.schema.estimation import Estimation
    from sim.estimation import Flows, fit
    from sim.estimation.table import Table

    rng = np.random.default_rng(seed)
    km = rng.uniform(50, 1500, (n, n))
    flow = rng.poisson(np.exp(rng.normal(size=(n, 1)) + rng.normal(size=n) + 3) * (km / 400) ** -1.0)
    origin, destination = (k.ravel() for k in np.indices((n, n)))
    keep = origin != destination
    names = np.array([f"p{k}" for k in range(n)], dtype=object)
    table = Table(Path("drawn.csv"), {"origin": [], "destination": [], "flow": []})
    flows = Flows(names[origin[keep]], names[destination[keep]], flow.ravel()[keep].astype(float), km.ravel()[keep],
                  {}, {}, table)  # fmt: skip
    spec = Estimation(name="drawn", table="drawn.csv", form="doubly", distance={"column": "km"})  # type: ignore[arg-type]
    found = fit(flows, spec)
    worst = 0.0
    for side in (found.origin, found.destination):
        labels, member = np.unique(side.astype(str), return_inverse=True)
        observed, fitted = (np.bincount(member, v, len(labels)) for v in (found.flow, found.fitted))
        worst = max(worst, float(np.abs(fitted / observed - 1).max()))
    return worst
