"""The numbers of the answer of a comparison, by key."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path

import numpy as np

from tests.pages import formulas, levels
from tests.pages.formulas import Array
from tests.pages.grounds import Grounded
from tests.pages.robustness import Robustness


class Answered(Grounded):
    """The numbers of the page of a comparison, those of its answer included."""

    @cached_property
    def first_group(self) -> str:
        """The group of regions on which instruments are judged."""
        reported = (self.config.get("report") or {}).get("regions")
        return "regions" if reported else "targets"

    def members(self, group: str) -> Array:
        """Return the regions of a group; the first group belongs to no zone class."""
        if group == self.first_group:
            return self.mask(group)
        if group == "nation":
            return np.ones(self.ds.sizes["region"], dtype=bool)
        return self.mask(group.removeprefix("other ")) & ~self.mask(self.first_group)

    def gain(self, arm: str, mask: Array) -> Array:
        """Return differences in value added by replication and year."""
        made = self.read("value_added").sum(axis=-1)[..., mask].sum(axis=-1)
        return self.at(made, arm) - self.at(made, self.reference(arm))

    def of_levels(self, *key: str) -> float:
        """The share of a group of regions in the last year, an end of its band, or what the law rests on."""
        horizon = int(self.of_last() - self.of_first())
        match key:
            case [what]:
                return {"horizon": horizon, "ahead": levels.AHEAD, "supported": levels.SUPPORTED}[what]
            case ["seeds", _]:
                return self.counts()[self.place(self.baseline if self.baseline in self.arms else self.arms[0])]
            case [figure, what]:
                return levels.LAWS[figure][what]
        group, figure, what, *pace = key
        inside = self.ds["area"].values != "sar" if "area" in self.ds.coords else np.ones(self.ds.sizes["region"], bool)
        arm = self.baseline if self.baseline in self.arms else self.arms[0]
        level = np.nanmean(self.at(self.read(figure), arm)[:, -1].sum(axis=-1), axis=0)[inside]
        mask, province = self.members(group)[inside], self.ds["province"].values[inside]
        if what == "share":
            return float(level[mask].sum() / level.sum())
        return levels.end(figure, level, province, mask, horizon, {"low": -1, "high": 1}[what], *pace)

    def per_yuan(self, arm: str) -> Array:
        """Return the effect on the first group per yuan, both present values, by replication."""
        paid = self.pairs("public_outlay", arm, "present")
        return self.gain(arm, self.members(self.first_group)) @ self.weight / paid

    def losers(self, arm: str) -> int:
        """Return the number of regions that clearly lose value added, corrected for all arms and regions."""
        made = self.read("value_added").sum(axis=-1)[:, :, -1]
        table = {one: self.at(made, one) - self.at(made, self.reference(one)) for one in self.others}
        everyone = [(one, r) for one in self.others for r in range(made.shape[-1])]
        p, _ = formulas.step_up([formulas.p_value(table[one][:, r]) for one, r in everyone])
        lost = [one == arm and q <= 0.05 and np.nanmean(table[one][:, r]) < 0
                for q, (one, r) in zip(p, everyone, strict=True)]  # fmt: skip
        return int(sum(lost))

    def lead(self) -> Array:
        """Return by how much the arm with the largest effect per yuan leads the second, by replication."""
        first, second, *_ = sorted(self.ranked, key=lambda arm: -np.nanmean(self.per_yuan(arm)))
        return self.per_yuan(first) - self.per_yuan(second)

    @cached_property
    def nearby(self) -> Robustness:
        """The robustness analysis of the same arms in a neighbouring folder."""
        found = []
        arms, world = set(self.config["arms"]) - {self.baseline}, self.config["scenario"]["world"]
        for path in sorted(self.folder.resolve().parent.glob("*/winners.csv")):
            other = json.loads((path.parent / "experiment.json").read_text(encoding="utf-8"))["config"]
            common = len(arms & set(other["arms"]))
            if other["kind"] == "robustness" and common > 1 and other["scenario"]["world"] == world:
                found.append((common, str(path.parent)))
        return Robustness(Path(max(found)[1]))

    @cached_property
    def nearby_indicator(self) -> str:
        """The indicator by which that analysis tells winners: of the first group, or of the supporting zone."""
        same = np.array_equal(self.mask(self.first_group), self.mask("supporting"))
        wanted = ("supporting_value_added",) if same else (f"{self.first_group}_value_added", "supporting_value_added")
        return next(name for name in wanted if name in self.nearby.measured)

    def number(self, key: str) -> float:  # noqa: PLR0911, C901 - a case for each number
        """Recompute the number of a key."""
        match key.split(":"):
            case ["n"]:
                return max(len(formulas.clean(self.gain(arm, self.members("nation"))[:, -1])) for arm in self.others)
            case ["lead", "n"]:
                return len(formulas.clean(self.lead()))
            case ["discount"]:
                return 100 * self.discount
            case ["funds_cost"]:
                return self.funds_cost
            case ["firms"]:
                return self.config["scenario"]["firms"]
            case ["futures", "firms"]:
                return self.nearby.config["scenario"]["firms"]
            case ["regions"]:
                return self.ds.sizes["region"]
            case ["per_yuan", group, arm, *side] if group == self.first_group:
                return formulas.t_interval(self.per_yuan(arm))["".join(side) or "mean"]
            case ["incidence", arm, group, "loss", *side]:
                return formulas.t_interval(-self.gain(arm, self.members(group))[:, -1])["".join(side) or "mean"]
            case ["region", arm, region]:
                return float(np.nanmean(self.gain(arm, self.ds["region"].values == region)[:, -1]))
            case ["region", arm, region, "low" | "high" as side]:
                return formulas.t_interval(self.gain(arm, self.ds["region"].values == region)[:, -1])[side]
            case ["region", arm, region, "percent"]:
                here = self.read("value_added").sum(axis=-1)[..., self.ds["region"].values == region].sum(axis=-1)
                one, base = (self.at(here, each)[:, -1] for each in (arm, self.reference(arm)))
                base = float(base[np.isfinite(one) & np.isfinite(base)].mean())
                return 100 * float(np.nanmean(self.gain(arm, self.ds["region"].values == region)[:, -1])) / base
            case ["losers", arm]:
                return self.losers(arm)
            case ["risk", arm, group, "decile"]:
                return float(np.quantile(formulas.clean(self.gain(arm, self.members(group))[:, -1]), 0.1))
            case ["risk", arm, group, "loss"]:
                return 100 * float((formulas.clean(self.gain(arm, self.members(group))[:, -1]) < 0).mean())
            case ["lead", "share"]:
                return 100 * float((formulas.clean(self.lead()) > 0).mean())
            case ["lead", what]:
                return formulas.t_interval(self.lead())["mean" if what == "difference" else what]
            case ["uncertainties"]:
                return len(self.nearby.config["uncertainties"])
            case ["futures", policy, "futures"]:
                return self.nearby.of_winners(self.nearby_indicator, "futures")
            case ["futures", policy, what, *side]:
                return 100 * self.nearby.of_winners(self.nearby_indicator, policy, "_".join([what, *side]))
            case ["switching", uncertainty, what]:
                return self.nearby.of_switching(self.nearby_indicator, uncertainty, what)
        return super().number(key)
