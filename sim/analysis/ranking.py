"""Selection of the best arm by sequential elimination (Kim and Nelson 2001)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sim.analysis.sequential import look_counts
from sim.analysis.statistics import interval

_MIN_REPLICATIONS = 2  # needed for a variance


@dataclass(frozen=True)
class Screened:
    """The state of one arm at one interim analysis.

    Attributes
    ----------
    replications : int
        Replications considered, including failed ones.
    arm : str
    n : int
        Replications among them available for all arms of this look.
    mean : float, in the indicator's unit
    stays : bool
        Whether it may still be the best.
    by : str
        The arm that eliminates it; empty if it stays.
    """

    replications: int
    arm: str
    n: int
    mean: float
    stays: bool
    by: str


@dataclass(frozen=True)
class Ranking:
    """Progress of the selection.

    Attributes
    ----------
    finished : bool
        Whether a single arm survives or the maximum number of replications is reached.
    surviving : tuple of str
        Arms that may still be the best.
    best : str
        The surviving arm with the best mean.
    guaranteed : bool
        Whether the probability of correct selection is guaranteed; False before the end or if `most` was reached.
    replications : dict of str to int
        By arm: the final number; for surviving arms before the end, the number needed for the next interim analysis.
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
    """Return the surviving arms and the current best, from the replications so far.

    The fully sequential procedure KN with c = 1. After `start` replications, which also give the variances of
    all differences, an arm is eliminated when its mean is below another's by more than a margin that shrinks to zero.
    The best arm is selected with at least the stated probability if its mean is better than all others by at
    least `indifference`; otherwise an arm within that distance is. Valid for normal values, with independent arms or
    common random numbers, which reduce the variances of differences and hence the number of replications.

    Parameters
    ----------
    values : mapping of str to (n,) float
        By arm and replication; NaN for a failed one. Eliminated arms need no further ones.
    highest : bool
        Whether the highest mean is best, or the lowest.
    indifference : float, in the unit of the values
    probability : float in (0.5, 1), 1
    start, step, most : int
        Replications at the first interim analysis, between analyses, and at most.

    References
    ----------
    Kim and Nelson (2001), A fully sequential procedure for indifference-zone selection in simulation, section 3.
    Looking only at every `step`-th replication preserves the guarantee, which concerns the path between looks.
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
        best = max(surviving, key=means.__getitem__)  # ties go to the first
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
    """Return (arms, n): the replications among the first `count` available for all arms."""
    table = np.stack([values[arm][:count] for arm in arms])
    return table[:, np.isfinite(table).all(axis=0)]


@dataclass(frozen=True)
class _Margins:
    """Elimination margins, eqs. (3)-(6) of the paper.

    Attributes
    ----------
    variances : dict of (str, str) to float
        Variances of differences in the first stage.
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
        # error probability per competitor; this form holds under common random numbers
        error = (1 - probability) / (len(arms) - 1)
        return cls(variances, ((2 * error) ** (-2 / degrees) - 1) * degrees, indifference)

    def margin(self, arm: str, other: str, n: int) -> float:
        """Return the margin after n replications; zero once the first-stage variance requires no more."""
        wanted = self.scale * self.variances[arm, other] / self.indifference**2
        return max(0.0, self.indifference / (2 * n) * (wanted - n))


def _eliminated(means: Mapping[str, float], n: int, margins: _Margins) -> dict[str, str]:
    """Return the arms that can no longer be the best, each with the arm furthest above it."""
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
