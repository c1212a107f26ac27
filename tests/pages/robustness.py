"""The numbers of the page of a robustness analysis, by key."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from scipy import stats

from sim.indicators import INDICATORS
from tests.pages import formulas, peeling
from tests.pages.formulas import NAN, Array
from tests.pages.points import Points

ENDS = {"": 0, "low": 1, "high": 2}


class Robustness(Points):
    """Regret, winners, switching values, thresholds and boxes."""

    def split(self, arm: str) -> tuple[str, str]:
        """Return an arm as it is: policies have no variants."""
        return arm, ""

    def reference(self, arm: str) -> str:
        """Return the baseline."""
        return self.baseline

    def outcome(self, name: str) -> Array:
        """Return an outcome, (futures, policies): a level or a difference; NaN where a run is missing."""
        plain = name.removesuffix(" (difference)")
        if plain != name or INDICATORS[plain].paired:
            return np.stack([self.pairs(plain, arm).mean(axis=-1) for arm in self.arms], axis=1)
        return self.value(plain).mean(axis=-1)

    def of_regret(self, indicator: str, policy: str, what: str) -> float:
        """The regret of a policy, or the share of futures in which none is better."""
        values = INDICATORS[indicator].better * self.outcome(indicator)
        values = values[np.isfinite(values).all(axis=1)]
        regret = (values.max(axis=1) - values[:, self.place(policy)]).round(12)
        if what.startswith("best"):
            won = int((values[:, self.place(policy)] == values.max(axis=1)).sum())
            return formulas.wilson(won, len(values))[ENDS[what.removeprefix("best").removeprefix("_")]]
        return float({"maximum": regret.max(), "mean": regret.mean(), "percentile_90": np.percentile(regret, 90)}[what])

    # Effects per yuan.

    @cached_property
    def _ratios(self) -> dict[str, tuple[Array, list[str], Array]]:
        return {}

    def ratios(self, indicator: str) -> tuple[Array, list[str], Array]:
        """Return effects per million yuan in complete futures, the policies that have them, and these futures."""
        if indicator not in self._ratios:
            arms = self.ranked
            table = np.stack([self.per_outlay(indicator, arm) for arm in arms], axis=1)
            there = np.isfinite(table).any(axis=0)
            complete = np.isfinite(table[:, there]).all(axis=1)
            names = [arm for arm, known in zip(arms, there, strict=True) if known]
            self._ratios[indicator] = table[complete][:, there], names, complete
        return self._ratios[indicator]

    def won(self, indicator: str) -> list[int]:
        """Return the number of futures in which each policy has the largest effect per yuan."""
        table, names, _ = self.ratios(indicator)
        best = (INDICATORS[indicator].better * table).argmax(axis=1)
        return [int((best == k).sum()) for k in range(len(names))]

    def of_winners(self, indicator: str, policy: str, what: str = "") -> float:
        """The effect of a policy per yuan, or the share of futures in which it is the largest."""
        table, names, _ = self.ratios(indicator)
        if policy == "futures":
            return len(table)
        k = names.index(policy)
        if what == "per_million_yuan":
            return float(table[:, k].mean())
        share = formulas.wilson(self.won(indicator)[k], len(table))
        return share[ENDS[what.removeprefix("share").removeprefix("_")]]

    def of_pairwise(self, indicator: str, first: str, second: str, what: str) -> float:
        """By how much, or in which share of futures, a policy is ahead of another per yuan; where they are equal."""
        one, other = (INDICATORS[indicator].better * self.per_outlay(indicator, arm) for arm in (first, second))
        known = np.isfinite(one) & np.isfinite(other)
        lead = (one - other)[known]
        if what == "difference":
            return float(lead.mean())
        if what == "value":
            width = {k: float(np.ptp(v)) for k, v in self._numbers(known).items()}
            key = max(width, key=lambda k: abs(self._coefficient(lead, known, k, ("effect",))))
            return self._coefficient(lead, known, key, ("value",))
        return formulas.wilson(int((lead > 0).sum()), len(lead))[ENDS[what.removeprefix("share").removeprefix("_")]]

    def of_decided(self) -> float:
        """The share of futures from which on a policy is better."""
        return 0.8

    def of_switching(self, indicator: str, *key: str) -> float:
        """A coefficient of the linear model of the lead of the policy that wins most often, or what follows."""
        table, names, complete = self.ratios(indicator)
        order = sorted(range(len(names)), key=lambda k: -self.won(indicator)[k])
        y = INDICATORS[indicator].better * (table[:, order[0]] - table[:, order[1]])
        return self._coefficient(y, complete, key[0], key[-1:])

    def _numbers(self, which: Array) -> dict[str, Array]:
        """Return the numeric uncertainties that vary over some futures."""
        keys = [k for k in self.ds.attrs["keys"] if np.issubdtype(self.ds[k].dtype, np.number)]
        values = {k: self.ds[k].values[which].astype(float) for k in keys}
        return {k: v for k, v in values.items() if np.ptp(v) > 0}

    def _coefficient(self, y: Array, which: Array, name: str, what: tuple[str, ...]) -> float:
        """Return a coefficient of the linear model of a difference, or what follows from it."""
        values = self._numbers(which)
        fit = _least_squares(np.stack([v - v.mean() for v in values.values()], axis=1), y)
        if what == ("r_squared",):
            return fit["r_squared"]
        k, own = list(values).index(name), values[name]
        width, slope = float(np.ptp(own)), fit["slopes"][k]
        return float({
            "from": own.min(), "to": own.max(), "effect": slope * width,
            "effect_low": (slope - fit["half"][k]) * width, "effect_high": (slope + fit["half"][k]) * width,
            "value": own.mean() - fit["constant"] / slope,
        }[what[0]])  # fmt: skip

    def of_levers(self, policy: str, key: str) -> float:
        """The value of a lever of a policy, from the config of a run of it."""
        path, config = key.split("."), self.configs[policy]
        node: Any = config
        for word in path:
            if isinstance(node, list):
                node = next(m for m in node if (m.get("name") or m["kind"]) == word)
            else:
                node = node[word]
        return float(node)

    # Thresholds.

    def of_threshold(self, name: str, end: str) -> float:
        """A limit of a threshold."""
        return float(self.config["thresholds"][name.removesuffix(" (difference)")][end])

    @cached_property
    def goals(self) -> dict[str, Array]:
        """By outcome, whether its threshold is met, (futures, policies): 1, 0 or NaN."""
        found = {}
        for name, facts in (self.config.get("thresholds") or {}).items():
            own = name + " (difference)" * (facts["of"] == "difference" and not INDICATORS[name].paired)
            values = self.outcome(own)
            low, high = (limit if facts.get(end) is None else facts[end]
                         for end, limit in (("least", -np.inf), ("most", np.inf)))  # fmt: skip
            found[own] = np.where(np.isfinite(values), (values >= low) & (values <= high), NAN)
        return found

    def met(self, name: str, policy: str) -> Array:
        """Return whether a threshold, or all, are met in each future."""
        tables = list(self.goals.values()) if name == "all" else [self.goals[name]]
        return np.prod([table[:, self.place(policy)] for table in tables], axis=0)

    def of_satisficing(self, policy: str, name: str, what: str) -> float:
        """The share of futures in which a threshold is met."""
        there = formulas.clean(self.met(name, policy))
        share = formulas.wilson(int(there.sum()), len(there))
        return share[ENDS[what.removeprefix("share").removeprefix("_")]]

    # Boxes.

    @cached_property
    def _boxes(self) -> dict[str, list[peeling.Found]]:
        return {}

    def boxes(self, policy: str) -> list[peeling.Found]:
        """Return the boxes of futures in which a policy misses its thresholds."""
        if policy not in self._boxes:
            missed = self.met("all", policy)
            there = np.isfinite(missed)
            columns = {key: self.ds[key].values[there] for key in self.ds.attrs["keys"]}
            self._boxes[policy] = peeling.boxes(columns, missed[there] == 0)
        return self._boxes[policy]

    def of_boxes(self, policy: str, which: str, *key: str) -> float:
        """A share of a box, or a limit of it."""
        box = self.boxes(policy)[int(which) - 1]
        if len(key) == 1:
            return float(getattr(box, key[0]))
        name, what = key
        return box.quasi_p[name] if what == "quasi_p" else box.limits[name][what == "high"]


def _least_squares(x: Array, y: Array) -> dict[str, Any]:
    """Return the fit of a linear model with a constant, by its normal equations."""
    n, k = x.shape
    design = np.column_stack([np.ones(n), x])
    inverse = np.linalg.inv(design.T @ design)
    coefficients = inverse @ design.T @ y
    rest = y - design @ coefficients
    error = np.sqrt(np.diag(inverse) * (rest**2).sum() / (n - k - 1))
    return {
        "constant": coefficients[0], "slopes": coefficients[1:],
        "half": error[1:] * stats.t.ppf(0.975, n - k - 1), "r_squared": 1 - rest.var() / y.var(),
    }  # fmt: skip
