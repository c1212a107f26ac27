"""The numbers of what an answer rests on, by key: evidence, plans and what came of them, stakes and debts, rules."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from sim.analysis.measured import read_effects
from sim.mechanisms import MECHANISMS
from sim.policy.evidence import Finding
from tests.pages import formulas
from tests.pages.comparison import Comparison
from tests.pages.formulas import Array
from tests.pages.validated import ROWS, VERDICTS

EFFECTS = read_effects().rows.to_dict("records")
EVIDENCE = {row["name"]: row for row in ROWS if row["suite"] == "evidence"}


class Grounded(Comparison):
    """Numbers that are compared with those of the runs, and facts of the instruments."""

    def of_assumed(self, kind: str) -> float:
        """Settings of a kind of mechanism that are assumptions."""
        return sum(basis.startswith("assumption") for basis in _bases(kind))

    def of_settings(self, *key: str) -> float:
        """All settings of a kind of mechanism with a basis; with a second word a setting of a variant."""
        return len(_bases(key[0])) if len(key) == 1 else super().of_settings(*key)

    def kinds(self) -> set[str]:
        """The kinds of mechanisms of all arms."""
        return {one["kind"] for arm in self.config["arms"].values() for one in arm.get("mechanisms") or ()}

    def of_assumptions(self) -> float:
        """Settings of the instruments that are assumptions."""
        return sum(self.of_assumed(kind) for kind in self.kinds())

    def of_all_settings(self) -> float:
        """Settings of the instruments with a basis."""
        return sum(len(_bases(kind)) for kind in self.kinds())

    def of_checks(self, what: str) -> float:
        """Rows of the validation that have some verdict."""
        return sum(row["verdict"] in VERDICTS[what] for row in ROWS)

    def of_validated(self, *key: str) -> float:
        """An effect of the model in the validation against published effects, with its interval."""
        side = key[-1] if key[-1] in ("low", "high") else ""
        row = EVIDENCE[":".join(key[: -1 if side else None])]
        return float(row["obtained"]) + {"": 0, "low": -1, "high": 1}[side] * float(row["tolerance"])

    def of_effect(self, kind: str, k: str, side: str = "") -> float:
        """An effect of an instrument at its defaults: mean, ends of the interval, seeds, published size."""
        row = [one for one in EFFECTS if one["kind"] == kind][int(k)]
        if side in ("n", "horizon", "published"):
            return float(row["published_low" if side == "published" else side])
        return float(row["mean"]) + {"": 0, "low": -1, "high": 1}[side] * float(row["half_width"])

    def of_published(self, *key: str) -> float:
        """A published effect."""
        known = (one for cls in MECHANISMS.values() for one in cls.evidence if isinstance(one, Finding))
        return next(one.low for one in known if one.row == ":".join(key))

    # Plans.

    def mechanism(self, arm: str, name: str) -> dict[str, Any]:
        """Return a mechanism of an arm, as in the config."""
        listed = self.config["arms"][arm]["mechanisms"]
        return dict(next(m for m in listed if (m.get("name") or m["kind"]) == name))

    def of_planned(self, arm: str, name: str, field: str) -> float:
        """A plan of a mechanism."""
        return float(self.mechanism(arm, name)[field])

    def of_delivery(self, arm: str, name: str) -> float:
        """The share of what is due that arrives, in per cent."""
        return 100 * self.of_planned(arm, name, "delivery")

    def of_realised(self, arm: str, name: str, item: str) -> float:
        """What runs realised: a ratio, or a share in per cent of reported items."""
        facts = MECHANISMS[self.mechanism(arm, name)["kind"]].realised
        fact = next(one for one in facts if one.item == item)
        value = self._reported(arm, f"{name}.{item}")
        if fact.of:
            value = value / np.sum([self._reported(arm, f"{name}.{other}") for other in fact.of], axis=0)
        return float(np.nanmean(value)) * (1 if fact.planned else 100)

    def _reported(self, arm: str, name: str) -> Array:
        values = self.at(self.read(name), arm)
        if self.ds[name].attrs["units"].endswith("/yr"):
            return np.nansum(values, axis=1)
        there = [t for t in range(self.years) if np.isfinite(values[:, t]).any()]
        return values[:, there[-1]]

    # Stakes and debts.

    def of_owned(self, arm: str, name: str) -> float:
        """Stakes or claims at the end beyond those of the baseline."""
        last = self.read(name)[..., -1]
        return float(np.nanmean(self.at(last, arm) - self.at(last, self.reference(arm))))

    def of_owed(self, arm: str, name: str, side: str = "mean") -> float:
        """Debt of cities at the end beyond that of the baseline."""
        last = self.read(name)[:, :, -1].sum(axis=-1)
        return formulas.t_interval(self.at(last, arm) - self.at(last, self.reference(arm)))[side]

    # Rules that add seeds.

    def of_looks(self, *key: str) -> float:
        """Seeds at the end of a rule, half-widths with the wanted ones, and the lead of the best arm."""
        rule = self.config.get("precision") or self.config["select"]
        if key[-1] == "seeds":
            arms = [arm for arm in self.arms if len(key) == 1 or self.split(arm)[1] == key[0]]
            return max(int(self.at(self.read("finished"), arm).sum()) for arm in arms)
        if key[1] == "lead":
            sign = 1 if rule["direction"] == "highest" else -1
            levels = [self.at(self.value(rule["indicator"]), arm) for arm in (key[0], key[2])]
            both = np.isfinite(levels).all(axis=0)
            return sign * float((levels[0] - levels[1])[both].mean())
        pairs = formulas.clean(self.pairs(rule["indicator"], key[0]))
        if key[1] == "wanted":
            return float(rule["half_width"] or rule["relative"] * abs(pairs.mean()))
        return float(stats.sem(pairs) * stats.t.ppf(0.5 + rule["confidence"] / 2, len(pairs) - 1))


def _bases(kind: str) -> list[str]:
    """Return what each setting of a kind of mechanism rests on."""
    extras = (field.json_schema_extra for field in MECHANISMS[kind].model_fields.values())
    return [str(extra["basis"]) for extra in extras if isinstance(extra, dict) and "basis" in extra]
