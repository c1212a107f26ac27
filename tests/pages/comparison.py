"""The numbers of the page of a comparison, by key."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from tests.pages import formulas
from tests.pages.common import Common
from tests.pages.formulas import NAN, Array
from tests.pages.store import COSTS

NAMES = {"difference": "mean", "effect": "mean"}


class Comparison(Common):
    """The numbers of tables and text; those of the answer are in `tests.pages.answer`."""

    def slack(self, key: str) -> float:
        """Return the distance of the means of resamples."""
        section, *rest = key.split(":")
        return formulas.lattice(self.pairs(rest[0], rest[1])) if section == "certainty" and "bca" in key else 0.0

    def of_runs(self) -> float:
        """All finished runs."""
        return sum(self.counts())

    def of_arms(self, *what: str) -> float:
        """The number of arms, or of the seeds of each."""
        return {"least": min, "most": max}[what[-1]](self.counts()) if what else len(self.arms)

    def of_headline(self, indicator: str, arm: str, what: str = "mean") -> float:
        """An effect on an indicator."""
        pairs = self.pairs(indicator, self.others[0] if arm == "baseline" else arm)
        if arm == "baseline":
            level = self.at(self.value(indicator), self.baseline)
            return float(level[np.isfinite(pairs)].mean())
        if what == "percent":
            return float(formulas.clean(pairs).mean() / self.at(self.value(indicator), self.baseline)[
                np.isfinite(pairs)].mean())  # fmt: skip
        if what == "per_billion":
            return 1000 * float(self.per_outlay(indicator, arm))
        return formulas.t_interval(pairs)[NAMES.get(what, what)]

    @cached_property
    def corrected(self) -> tuple[dict[tuple[str, str], float], float]:
        """The corrected p values of the headline by indicator and arm, and the level of their intervals."""
        family = [(name, arm) for name in self.headline if name not in COSTS for arm in self.others]
        found, level = formulas.step_up([formulas.p_value(self.pairs(*one)) for one in family])
        return dict(zip(family, found, strict=True)), level

    def of_certainty(self, *key: str) -> float:  # noqa: PLR0911 - a case for each statistic
        """A statistic of an effect, or the number of comparisons or seeds."""
        if key == ("comparisons",):
            return int(np.isfinite(list(self.corrected[0].values())).sum())
        if key[0] == "seeds":
            counts = [np.isfinite(self.pairs(name, arm)).sum() for name in self.headline for arm in self.others]
            return float({"least": min, "most": max}[key[1]](counts))
        indicator, arm, what = key
        pairs = self.pairs(indicator, arm)
        side = int(what.endswith("_high"))
        match what:
            case "n":
                return int(np.isfinite(pairs).sum())
            case "p":
                return self.corrected[0][indicator, arm]
            case "bca_low" | "bca_high":
                return formulas.bca(pairs)[side]
            case "adjusted_low" | "adjusted_high":
                known = np.isfinite(self.corrected[0].get((indicator, arm), NAN))
                return formulas.adjusted(pairs, self.corrected[1] if known else 0.05)[side]
            case "joint_low" | "joint_high":
                table = np.array([self.pairs(indicator, one) for one in self.others])
                return formulas.joint(table)[self.others.index(arm)][side]
            case "pairing" | "pairing_low" | "pairing_high" | "saved":
                levels = self.value(indicator)
                found = formulas.pairing(self.at(levels, arm), self.at(levels, self.baseline))
                place = ("pairing", "pairing_low", "pairing_high").index(what) if what != "saved" else 0
                return found[place] if what != "saved" else round(2 * (found[0] - 1) * np.isfinite(pairs).sum())
        return formulas.t_interval(pairs)[NAMES[what]]

    # Variants.

    def of_variants(self, *key: str) -> float:
        """An effect under a variant, or by how much it differs from that under the main one."""
        if len(key) < 3:
            every = [(name, arm, v) for name in self.headline for arm in self.others for v in self._further]
            pairs = [self._between(*one) for one in every]
            p = [NAN if one[0] in COSTS else formulas.p_value(values) for one, values in zip(every, pairs, strict=True)]
            seeds = [np.isfinite(values).sum() for values in pairs]
            return float(
                np.isfinite(p).sum() if key[0] == "comparisons" else (min if key[1] == "least" else max)(seeds)
            )
        indicator, arm, variant, what = key
        if what != "effect":
            return formulas.t_interval(self._between(indicator, arm, variant))[NAMES.get(what, what)]
        main = variant == self.config["main_variant"]
        both = np.isfinite(self._between(indicator, arm, self._further[0] if main else variant))
        return float(self.pairs(indicator, arm if main else f"{arm}.{variant}")[both].mean())

    @property
    def _further(self) -> list[str]:
        return [str(v) for v in self.config["variants"] if v != self.config["main_variant"]]

    def _between(self, indicator: str, arm: str, variant: str) -> Array:
        return self.pairs(indicator, f"{arm}.{variant}") - self.pairs(indicator, arm)

    # Classes of firms.

    def of_firms(self, zone: str, kind: str, label: str, arm: str, what: str = "") -> float:
        """An effect on the value added of a class of firms."""
        place = [str(v) for v in self.ds[kind].values].index(label)
        values = self.read("value_added_by_class")[:, :, -1]  # arm, replication, then zone, age, size, ownership
        zones = [str(z) for z in self.ds["zone_class"].values]
        values = values.sum(axis=2) if zone == "nation" else values[:, :, zones.index(zone)]
        axis = 2 + ("age_class", "size_class", "ownership").index(kind)
        table = np.moveaxis(values, axis, 2)[:, :, place].sum(axis=(2, 3))
        base = self.at(table, self.baseline)
        pairs = self.at(table, self.others[0] if arm == "baseline" else arm) - base
        level = float(base[np.isfinite(pairs)].mean())
        if arm == "baseline":
            return level
        found = formulas.t_interval(pairs)
        return found["mean"] / level if what == "percent" else found[NAMES.get(what, what)]

    # Combinations of instruments.

    def of_interaction(self, arm: str, name: str, what: str) -> float:
        """The effect of a combination, that of the mixture of its parts, the difference, or a weight."""
        weights = {single: self._weight(arm, single) for single in self._parts(arm)}
        if what == "weight":
            return float(np.nanmean(weights[name]))
        mixture = np.sum([weights[single] * self.pairs(name, single) for single in weights], axis=0)
        actual = self.pairs(name, arm)
        both = np.isfinite(actual) & np.isfinite(mixture)
        mean = float(mixture[both].mean())
        found = formulas.t_interval((actual - mixture)[both])
        known = {"actual": float(actual[both].mean()), "mixture": mean, "interaction": found["mean"],
                 "relative": found["mean"] / abs(mean) if mean else NAN}  # fmt: skip
        return known[what] if what in known else found[what]

    def _parts(self, arm: str) -> dict[str, str]:
        """Return the arms that have each mechanism of a combination alone, with the name of the mechanism."""

        def same(one: dict[str, Any]) -> dict[str, Any]:
            return {key: value for key, value in one.items() if key != "strength"}

        arms, found = self.config["arms"], {}
        for mechanism in arms[arm]["mechanisms"]:
            for other in self.others:
                own = arms[other]["mechanisms"]
                if len(own) == 1 and same(own[0]) == same(mechanism) and arms[other]["set"] == arms[arm]["set"]:
                    found.setdefault(other, mechanism.get("name") or mechanism["kind"])
                    break
        return found

    def _weight(self, arm: str, single: str) -> Array:
        paid = self.read(f"{self._parts(arm)[single]}.public outlay") @ self.weight
        return self.at(paid, arm) / self.at(paid, single)

    # Mechanisms.

    def of_mechanisms(self, arm: str, mechanism: str, item: str, what: str) -> float:
        """What a mechanism reports: mean, least and most over seeds in the last year with a report."""
        values = self.at(self.read(f"{mechanism}.{item}"), arm)
        there = [t for t in range(self.years) if np.isfinite(values[:, t]).any()]
        last = formulas.clean(values[:, there[-1]])
        facts = {"mean": last.mean(), "low": last.min(), "high": last.max(), "year": self.ds["year"].values[there[-1]]}
        return float(facts[what])

    def of_additionality(self, arm: str, fund: str, what: str) -> float:
        """Capital that a fund adds to its cells, and the money that it and its partners invested by then."""
        if what == "year":
            return self.of_last()
        facts = next(m for m in self.config["arms"][arm]["mechanisms"] if (m.get("name") or m["kind"]) == fund)
        sectors = [str(s) for s in self.ds["sector"].values]
        regions = self.selected(facts.get("targets") or ["supporting"])
        cells = np.outer(regions, [s in (facts.get("sectors") or sectors) for s in sectors])
        assert not any("sectors" in own for own in (facts.get("overrides") or {}).values()), "overrides of sectors"
        capital = (self.read("capital")[..., -1, :, :] * cells).sum(axis=(-1, -2))
        added = self.at(capital, arm) - self.at(capital, self.reference(arm))
        public, leverage = (
            self.at(self.read(f"{fund}.{item}"), arm)[:, -2] for item in ("public invested", "leverage realised")
        )
        invested = public * (1 + leverage)
        there = np.isfinite(added) & (invested > 0)
        if what in ("added", "invested"):
            return float((added if what == "added" else invested)[there].mean())
        return formulas.t_interval((added / invested)[there])["mean" if what == "ratio" else what]
