"""Which arm is best: arms that cannot be it are left out step by step (Kim and Nelson 2001)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sim.analysis.sequential import look_counts
from sim.analysis.statistics import interval

_MIN_REPLICATIONS = 2  # replications that a variance needs


@dataclass(frozen=True)
class Screened:
    """What was seen of one arm at one look.

    Attributes
    ----------
    replications : int
        Those looked at, failed ones included.
    arm : str
    n : int
        Replications among them that all arms of this look have.
    mean : float, in the indicator's unit
    stays : bool
        Whether it may still be the best.
    by : str
        The arm that rules it out; empty where it stays.
    """

    replications: int
    arm: str
    n: int
    mean: float
    stays: bool
    by: str


@dataclass(frozen=True)
class Ranking:
    """How far the search for the best arm is.

    Attributes
    ----------
    finished : bool
        Whether it is over: one arm stays, or there are as many replications as there may be.
    surviving : tuple of str
        Arms that may still be the best.
    best : str
        The arm with the best mean among these.
    guaranteed : bool
        Whether `best` is the best with the stated probability; not so before the end or where `most` cut it short.
    replications : dict of str to int
        By arm: those it ends with; for surviving arms, before the end, those wanted for the next look.
    looks : tuple of Screened
    """

    finished: bool
    surviving: tuple[str, ...]
    best: str
    guaranteed: bool
    replications: dict[str, int]
    looks: tuple[Screened, ...]


def select_best(
    values: Mapping[str, np.ndarray],
    *,
    highest: bool,
    indifference: float,
    probability: float = 0.95,
    start: int = 20,
    step: int = 5,
    most: int,
) -> Ranking:
    """Return which arms may still be the best, and which is, from the replications so far.

    The fully sequential procedure KN with c = 1. After `start` replications, which also give the variances of
    all differences, an arm leaves when its mean is below another's by more than a margin that shrinks to nothing.
    The best arm is found with at least the stated probability if its mean is better than every other's by at
    least `indifference`; else an arm so near to it is. Valid for normal values, independent arms and common random
    numbers alike: with these the variances of differences are small and so is the number of replications.

    Parameters
    ----------
    values : mapping of str to (n,) float
        By arm, replication by replication; NaN for a failed one. An arm that is out needs no further ones.
    highest : bool
        Whether the highest mean is best, or the lowest.
    indifference : float, in the unit of the values
    probability : float in (0.5, 1), 1
    start, step, most : int
        Replications of the first look, between looks, at the end in any case.

    References
    ----------
    Kim and Nelson (2001), A fully sequential procedure for indifference-zone selection in simulation, section 3.
    Looking at every `step`-th replication only keeps its guarantee: it rests on the path between the looks.
    """
    sign = 1.0 if highest else -1.0
    signed = {arm: sign * np.asarray(x, dtype=float) for arm, x in values.items()}
    surviving, best = list(values), next(iter(values))
    used: dict[str, int] = {}
    looks: list[Screened] = []
    margins: _Margins | None = None
    for count in look_counts(start, step, most):
        if count > min(len(signed[arm]) for arm in surviving):
            wanted = {**used, **dict.fromkeys(surviving, count)}
            return Ranking(False, tuple(surviving), best, False, wanted, tuple(looks))
        table = _complete_replications(signed, surviving, count)
        means = dict(zip(surviving, interval(table)[0], strict=True))
        n = table.shape[1]
        if margins is None and n >= _MIN_REPLICATIONS:
            margins = _Margins.of(surviving, table, indifference, probability)
        eliminated = _eliminated(means, n, margins) if margins else {}
        best = max(surviving, key=means.__getitem__)  # the first of equals
        looks += [
            Screened(count, arm, n, sign * float(means[arm]), arm not in eliminated, eliminated.get(arm, ""))
            for arm in surviving
        ]
        used |= dict.fromkeys(surviving, count)
        surviving = [arm for arm in surviving if arm not in eliminated]
        if len(surviving) == 1:
            break
    return Ranking(True, tuple(surviving), best, len(surviving) == 1, used, tuple(looks))


def _complete_replications(values: Mapping[str, np.ndarray], arms: list[str], count: int) -> np.ndarray:
    """Return (arms, n): the replications among the first `count` that all of these arms have."""
    table = np.stack([values[arm][:count] for arm in arms])
    return table[:, np.isfinite(table).all(axis=0)]


@dataclass(frozen=True)
class _Margins:
    """How far below another an arm's mean may be: eqs. (3)-(6) of the paper.

    Attributes
    ----------
    variances : dict of (str, str) to float
        Of the differences in the first stage.
    scale : float, 1
        h squared.
    indifference : float
    """

    variances: dict[tuple[str, str], float]
    scale: float
    indifference: float

    @classmethod
    def of(cls, arms: list[str], table: np.ndarray, indifference: float, probability: float) -> _Margins:
        pairs = [(i, k) for i in range(len(arms)) for k in range(len(arms)) if i != k]
        variances = {(arms[i], arms[k]): float(np.var(table[i] - table[k], ddof=1)) for i, k in pairs}
        degrees = table.shape[1] - 1
        # the share of the error that one rival may make; this form holds under common random numbers
        error = (1 - probability) / (len(arms) - 1)
        return cls(variances, ((2 * error) ** (-2 / degrees) - 1) * degrees, indifference)

    def margin(self, arm: str, other: str, n: int) -> float:
        """Return the margin after n replications; zero once the first-stage variance asks for no more."""
        wanted = self.scale * self.variances[arm, other] / self.indifference**2
        return max(0.0, self.indifference / (2 * n) * (wanted - n))


def _eliminated(means: Mapping[str, float], n: int, margins: _Margins) -> dict[str, str]:
    """Return the arms that cannot be the best any more, each with the arm that is furthest above it."""
    order = list(means)
    eliminated = {}
    for arm in order:
        above = {}
        for other in order:
            if other == arm:
                continue
            gap, margin = float(means[other] - means[arm]), margins.margin(arm, other, n)
            tie = margin == 0 and gap == 0 and order.index(other) < order.index(arm)
            if gap > margin or tie:
                above[other] = gap
        if above:
            eliminated[arm] = max(above, key=above.__getitem__)
    return eliminated
