"""The numbers of the page of a factorial experiment, by key."""

from __future__ import annotations

from functools import cached_property
from itertools import combinations, permutations

import numpy as np

from tests.pages import formulas
from tests.pages.common import Common
from tests.pages.formulas import NAN, Array
from tests.pages.store import COSTS, UNPRICED

NAMES = {"value": "mean"}
Set = frozenset[str]


class Factorial(Common):
    """Effects of factors, interactions of pairs, Shapley values."""

    def split(self, arm: str) -> tuple[str, str]:
        """Return an arm as it is: there are no variants."""
        return arm, ""

    def reference(self, arm: str) -> str:
        """Return the baseline."""
        return "baseline"

    @property
    def baseline(self) -> str:  # type: ignore[override]
        """The run without any factor."""
        return "baseline"

    @cached_property
    def factors(self) -> list[str]:
        """Factors in alphabetical order."""
        return sorted(self.config["factors"])

    def of_runs(self) -> float:
        """All finished runs."""
        return sum(self.counts())

    def of_arms(self, *what: str) -> float:
        """The number of arms, or of the seeds of each."""
        return {"least": min, "most": max}[what[-1]](self.counts()) if what else len(self.arms)

    def of_size(self, size: str) -> float:
        """A size."""
        assert float(size) in self.sizes
        return float(size)

    @cached_property
    def sizes(self) -> list[float]:
        """Sizes of the experiment."""
        return [float(size) for size in self.config.get("sizes") or (1.0,)]

    def of_design(self, what: str, which: str = "") -> float:
        """Factors, combinations or sizes of the design."""
        if what == "size":
            return self.sizes[int(which)]
        return {"factors": len(self.factors), "combinations": len(self.fraction), "possible": 2 ** len(self.factors)}[
            what
        ]

    def strength(self, arm: str) -> float:
        """Return the strength of the mechanisms of an arm relative to the config."""
        written = {m.get("name") or m["kind"]: m.get("strength", 1.0) for facts in self.config["factors"].values()
                   for m in facts["mechanisms"]}  # fmt: skip
        ran = next(m for m in self.configs[arm]["mechanisms"] if (m.get("name") or m["kind"]) in written)
        return float(ran["strength"] / written[ran.get("name") or ran["kind"]])

    def arm(self, on: Set, size: float) -> str:
        """Return the name of the arm in which some factors are on."""
        return "-".join(sorted(on)) + ("" if size == 1 else f".{size:g}") if on else "baseline"

    @cached_property
    def fraction(self) -> list[Set]:
        """The combinations of the design: a power of two; all factors together may be run in addition."""
        size = self.sizes[0]
        every = [frozenset(c) for k in range(len(self.factors) + 1) for c in combinations(self.factors, k)]
        found = [on for on in every if self.arm(on, size) in self.arms]
        whole = len(found) & (len(found) - 1) == 0
        return found if whole else [on for on in found if len(on) < len(self.factors)]

    def outcome(self, indicator: str, size: float, years: str = "") -> dict[Set, Array]:
        """Return the differences from the baseline by combination, one for each seed."""
        there = {*self.fraction, frozenset(self.factors)}
        return {on: self.pairs(indicator, self.arm(on, size), years) if on else
                self.pairs(indicator, "baseline", years) for on in there}  # fmt: skip

    def contrast(self, values: dict[Set, Array], on: set[str], off: set[str]) -> Array:
        """Return the mean over the combinations of the design with some factors on and others off."""
        return np.mean([values[c] for c in self.fraction if on <= c and not off & c], axis=0)

    def effect(self, values: dict[Set, Array], factor: str, effect: str) -> Array:
        """Return the effect of a factor for each seed."""
        every, one = frozenset(self.factors), frozenset({factor})
        if effect == "average":
            return self.contrast(values, {factor}, set()) - self.contrast(values, set(), {factor})
        return values[one] - values[frozenset()] if effect == "alone" else values[every] - values[every - one]

    def shapley(self, values: dict[Set, Array], factor: str) -> Array:
        """Return the mean effect of a factor over all orders of adding factors; of a fraction its average effect."""
        every = frozenset(self.factors)
        if factor == "(all)":
            return values[every] - values[frozenset()]
        if factor in ("(sum)", "(gap)"):
            total = np.sum([self.shapley(values, name) for name in self.factors], axis=0)
            return total - (self.shapley(values, "(all)") if factor == "(gap)" else 0.0)
        if len(self.fraction) < 2 ** len(self.factors):
            return self.effect(values, factor, "average")
        orders = list(permutations(self.factors))
        before = [frozenset(order[: order.index(factor)]) for order in orders]
        return np.mean([values[on | {factor}] - values[on] for on in before], axis=0)

    def pair(self, values: dict[Set, Array], a: str, b: str) -> Array:
        """Return the average difference in differences of two factors."""
        mean = self.contrast
        with_b = mean(values, {a, b}, set()) - mean(values, {b}, {a})
        return with_b - (mean(values, {a}, {b}) - mean(values, set(), {a, b}))

    def of_effects(self, size: str, indicator: str, factor: str, effect: str, what: str) -> float:
        """An effect of a factor."""
        found = self.effect(self.outcome(indicator, float(size)), factor, effect)
        return formulas.t_interval(found)[NAMES.get(what, what)]

    def of_shapley(self, size: str, indicator: str, factor: str, what: str) -> float:
        """A Shapley value, its share of the effect of all factors together, or its value per yuan."""
        values = self.outcome(indicator, float(size))
        if what == "per_billion":
            assert self.known_price([*self.config["factors"]] if factor == "(all)" else [factor])
            gained, paid = (self.outcome(name, float(size), "present") for name in (indicator, "public_outlay"))
            return self._per(indicator, self.shapley(gained, factor), self.shapley(paid, factor))
        found = formulas.t_interval(self.shapley(values, factor))
        if what == "share":
            return found["mean"] / formulas.t_interval(self.shapley(values, "(all)"))["mean"]
        return found[NAMES.get(what, what)]

    def of_pairs(self, size: str, indicator: str, a: str, b: str, what: str) -> float:
        """An interaction of two factors, or its value per yuan of the outlay for both."""
        if what == "per_billion":
            assert self.known_price([a, b])
            gained, paid = (self.outcome(name, float(size), "present") for name in (indicator, "public_outlay"))
            both = self.contrast(paid, {a, b}, set()) - self.contrast(paid, set(), {a, b})
            return self._per(indicator, self.pair(gained, a, b), both)
        found = formulas.t_interval(self.pair(self.outcome(indicator, float(size)), a, b))
        return found[NAMES.get(what, what)]

    def known_price(self, factors: list[str]) -> bool:
        """Return whether all mechanisms of some factors have a known price."""
        kinds = {m["kind"] for factor in factors for m in self.config["factors"][factor]["mechanisms"]}
        return not kinds & {*UNPRICED}

    def _per(self, indicator: str, gained: Array, paid: Array) -> float:
        """Return the mean over seeds of the ratio of effect and outlay, per billion yuan."""
        there = np.isfinite(gained) & np.isfinite(paid)
        known = indicator not in COSTS and bool(there.any()) and bool((paid[there] > 0).all())
        return 1000 * float((gained[there] / paid[there]).mean()) if known else NAN
