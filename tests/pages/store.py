"""Series of the stored runs and what follows from them by the definitions of `sim.indicators`, in plain numpy.

Arrays have the axes ``(arm, replication, year, ...)``, those of experiments with points ``(point, arm, ...)``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

import sim
from sim.groups import targeted_regions
from sim.indicators import HEADLINE, INDICATORS
from tests.pages import spread
from tests.pages.formulas import NAN, Array

PRESENT = ("public_outlay", "public_net_cost", "own_revenue", "net_benefit", "break_even_cost")
COSTS = ("public_outlay", "public_net_cost", "break_even_cost")
UNPRICED = ("market_integration", "sales_link")  # kinds without a known price, of those that tests use
GROUPS = ("regions", "targets", "supporting")
FLOWS = {"talent": "talent_flow", "worker": "worker_flow", "capital": "capital_flow", "firm": "firm_flow",
         "firm_capital": "firm_capital_flow"}  # fmt: skip


def years_of(indicator: str) -> str:
    """Return how an indicator is aggregated over years: costs and benefits are present values, flows are summed."""
    if indicator.endswith(PRESENT):
        return "present"
    return "sum" if "_net_" in indicator or "_gross_" in indicator else "last"


class Store:
    """The runs of a results folder."""

    def __init__(self, folder: Path):
        self.folder, self.ds = folder, sim.open_results(folder)
        self.config: dict[str, Any] = json.loads(self.ds.attrs["config"])
        self.axes = ("point",) * ("point" in self.ds.dims) + ("arm", "replication", "year")
        self.arms = [str(arm) for arm in self.ds["arm"].values]
        self.years = int(self.ds.sizes["year"])
        rates, budget = self.config.get("appraisal") or {}, self.config.get("common_budget") or {}
        stated = (budget.get("discount"), self.config.get("discount"), rates.get("discount"), 0.04)
        self.discount = float(next(rate for rate in stated if rate is not None))
        self.equity_rate, self.funds_cost = float(rates.get("equity_rate", 0.07)), float(rates.get("funds_cost", 1.2))
        self.weight = (1 + self.discount) ** -np.arange(self.years)
        self._read: dict[str, Array] = {}
        self._values: dict[tuple[str, str], Array] = {}

    def read(self, name: str) -> Array:
        """Return a stored variable."""
        if name not in self._read:
            values = self.ds[name]
            values = values.transpose(*(d for d in self.axes if d in values.dims), ...)
            self._read[name] = values.to_numpy().astype(float)
        return self._read[name]

    def place(self, arm: str) -> int:
        """Return the place of an arm."""
        return self.arms.index(arm)

    @cached_property
    def baseline(self) -> str:
        """The baseline, with variants that of the main one."""
        return str(self.config.get("baseline", "baseline"))

    def split(self, arm: str) -> tuple[str, str]:
        """Return the arm of the config and the variant of an arm of the results."""
        for variant in self.config.get("variants") or {}:
            if arm.endswith(f".{variant}"):
                return arm.removesuffix(f".{variant}"), str(variant)
        return arm, str(self.config.get("main_variant") or "")

    def reference(self, arm: str) -> str:
        """Return the baseline under the same variant."""
        own, _ = self.split(arm)
        return self.baseline + arm.removeprefix(own)

    @cached_property
    def others(self) -> list[str]:
        """Arms of the main variant without the baseline."""
        return [arm for arm in self.arms if self.split(arm)[0] == arm and arm != self.baseline]

    @cached_property
    def ranked(self) -> list[str]:
        """The arms of the main variant whose mechanisms all have a known price."""
        arms = self.config["arms"]
        own = {name: next((a for a in sorted(arms, key=len, reverse=True) if name == a or name.startswith(f"{a}-")), "")
               for name in self.others}  # fmt: skip
        return [name for name in self.others if not {m["kind"] for m in arms[own[name]]["mechanisms"]} & {*UNPRICED}]

    # Regions.

    def selected(self, texts: list[str]) -> Array:
        """Return the regions of plain selectors, (R,)."""
        mask = np.zeros(self.ds.sizes["region"], dtype=bool)
        for text in texts:
            found = np.zeros_like(mask) if text != "all" else np.ones_like(mask)
            for name in ("region", "province", "zone", "area", "circle", "belts", "points"):
                if name in self.ds.coords:
                    found |= np.array([text in str(cell).split(";") for cell in self.ds[name].values])
            assert found.any(), f"a selector that no test resolves: {text}"
            mask |= found
        return mask

    def mask(self, group: str) -> Array:
        """Return the regions of a group, (R,)."""
        if group == "regions":
            return self.selected(list((self.config.get("report") or {}).get("regions") or []))
        if group == "targets":
            return self.selected(targeted_regions(self.config))
        return np.asarray(self.ds["zone"].values == group)

    @cached_property
    def headline(self) -> list[str]:
        """The indicators of the headline."""
        supporting, names = self.mask("supporting"), dict[str, None]()
        own = [name for name in HEADLINE if INDICATORS[name].group]
        there: list[Array] = [supporting]
        for group in ("regions", "targets"):
            mask = self.mask(group)
            if mask.any() and not any(np.array_equal(mask, other) for other in there):
                there.append(mask)
                names |= {group + name.removeprefix("supporting"): None for name in own}
        even = ["break_even_cost"] if set(self.others) - set(self.ranked) else []
        names |= dict.fromkeys((*HEADLINE, *even, *((self.config.get("report") or {}).get("indicators") or ())))
        return [name for name in names if all(v in self.ds for v in INDICATORS[name].needs)]

    # Indicators.

    def value(self, indicator: str, years: str = "") -> Array:
        """Return an indicator aggregated over years: ``last``, ``sum`` or ``present``; by default as usual."""
        years = years or years_of(indicator)
        if (indicator, years) not in self._values:
            self._values[indicator, years] = self._value(indicator, years)
        return self._values[indicator, years]

    def _value(self, indicator: str, years: str) -> Array:
        if indicator == "break_even_cost":
            return self.break_even()
        if indicator == "public_net_cost" or indicator.endswith("net_benefit"):
            assert years == "present"
            return self.net_cost() if indicator == "public_net_cost" else self.net_benefit(indicator)
        annual = INDICATORS[indicator].unit.endswith("/yr")
        if years == "sum" or (years == "present" and annual):
            series = self.series(indicator)
            return series.sum(axis=-1) if years == "sum" else series @ self.weight
        end = self.series(indicator, slice(-1, None))[..., 0]
        return end if years == "last" else end * self.weight[-1]

    def net_cost(self) -> Array:
        """Return the present value of the net public cost: outlay less returns, less assets at the end."""
        flows = (self.read("public_outlay") - self.read("public_return")) @ self.weight
        stakes = self.read("public_equity")[..., -1] * (1 + self.equity_rate) ** -(self.years - 1.0)
        return flows - stakes - self.read("public_claims")[..., -1] * self.weight[-1]

    def break_even(self) -> Array:
        """Return the net cost at which the net benefit of an arm, beyond its baseline, would be zero."""
        earned = (self.read("real_income") * self.read("people").sum(axis=-1) / 1e6).sum(axis=-1) @ self.weight
        bases = [self.place(self.reference(arm)) for arm in self.arms]
        return (earned - np.take(earned, bases, axis=self.axes.index("arm"))) / self.funds_cost

    def net_benefit(self, indicator: str) -> Array:
        """Return the present value of real income less net cost times the marginal cost of public funds."""
        income = self.read("real_income") * self.read("people").sum(axis=-1) / 1e6
        group = indicator.removesuffix("net_benefit").rstrip("_")
        chosen = income[..., self.mask(group)] if group else income
        return chosen.sum(axis=-1) @ self.weight - self.funds_cost * self.net_cost()

    def series(self, indicator: str, years: slice = slice(None)) -> Array:  # noqa: C901 - a case for each indicator
        """Return an indicator by year."""
        k = len(self.axes) - 1
        part: Mapping[str, Array] = _Years(self, (slice(None),) * k + (years,))
        group, _, rest = indicator.partition("_")
        if group in GROUPS:
            return self._of_group(rest, self.mask(group), part)
        for word, flow in FLOWS.items():
            for kind in ("net", "gross", "effectiveness"):
                if indicator.startswith(f"{word}_{kind}_"):
                    return self._flow(flow, kind, indicator.rpartition("_")[2], part)
        made, people = part["value_added"].sum(axis=-1), part["people"].sum(axis=-1)
        every = np.ones(made.shape[-1], dtype=bool)
        match indicator:
            case "value_added" | "real_income" | "welfare_equivalent":
                return self._of_group(indicator, every, part)
            case "theil":
                return spread.theil(made, people)
            case "theil_between_zones" | "theil_between_provinces":
                return spread.theil(*spread.summed(made, people, self._labels(indicator)))
            case "theil_within" | "theil_within_provinces":
                labels = self._labels(indicator)
                return spread.theil(made, people) - spread.theil(*spread.summed(made, people, labels))
            case "gini":
                return spread.gini(made, people)
            case "cv":
                return spread.variation(made, people)
            case "krugman":
                return spread.krugman(part["value_added"])
            case "centre_share":
                return made[..., self.ds["zone"].values == "centre"].sum(axis=-1) / made.sum(axis=-1)
            case "hinterland_radius":
                there = (part["hinterland"] > 0.5) & (self.ds["zone"].values != "centre")
                return (part["centre_hours"] * people * there).sum(axis=-1) / (people * there).sum(axis=-1)
            case "public_outlay" | "own_revenue" | "firm_size_tail":
                return part[indicator]
            case "emissions":
                return part["emissions"].reshape(*part["public_outlay"].shape, -1).sum(axis=-1)
            case "welfare":
                return (part["people"] * part["welfare"]).sum(axis=(-1, -2)) / people.sum(axis=-1)
            case "accessibility_1h" | "accessibility_3h" | "accessibility_5h":
                reach = part["accessible_" + indicator.rpartition("_")[2]]
                return reach[..., self.mask("supporting")].mean(axis=-1)
        raise AssertionError(f"an indicator that no test recomputes: {indicator}")

    def _labels(self, indicator: str) -> Array:
        return np.asarray(self.ds["province" if "province" in indicator else "zone"].values.astype(str))

    def _of_group(self, what: str, mask: Array, part: Mapping[str, Array]) -> Array:
        match what:
            case "value_added" | "capital" | "firms":
                values = part[{"firms": "real_firms"}.get(what, what)]
                return values[..., mask, :].sum(axis=(-1, -2))
            case "people":
                return part["people"][..., mask, :].sum(axis=(-1, -2))
            case "talent":
                return part["people"][..., mask, list(self.ds["group"].values).index("talent")].sum(axis=-1)
            case "real_income":
                people = part["people"].sum(axis=-1)[..., mask]
                return (people * part["real_income"][..., mask]).sum(axis=-1) / people.sum(axis=-1)
            case "welfare_equivalent":
                people, welfare = part["people"][..., mask, :], part["welfare"][..., mask, :]
                axis = self.axes.index("arm")
                bases = [self.place(self.reference(arm)) for arm in self.arms]
                weights, before = (np.take(values, bases, axis=axis) for values in (people, welfare))
                gain = (weights * (welfare - before)).sum(axis=(-1, -2)) / weights.sum(axis=(-1, -2))
                return np.exp(gain) - 1
        raise AssertionError(f"an indicator that no test recomputes: {what}")

    def _flow(self, flow: str, kind: str, zone: str, part: Mapping[str, Array]) -> Array:
        """Return the flow between the centre and a zone class; of sectors all together."""
        table = part[f"{flow}_zones"]
        if "sector" in self.ds[f"{flow}_zones"].dims:
            table = table.sum(axis=-3)
        labels = [str(z) for z in self.ds["origin_zone"].values]
        out, back = (table[..., labels.index(a), labels.index(b)] for a, b in (("centre", zone), (zone, "centre")))
        if kind == "effectiveness":
            return np.abs(out - back) / (out + back)
        return out - back if kind == "net" else out + back

    # Pairs of runs.

    def pairs(self, indicator: str, arm: str, years: str = "") -> Array:
        """Return the differences of an arm from its baseline, by replication, NaN where one is missing."""
        values = self.value(indicator, years)
        return self.at(values, arm) - (0.0 if INDICATORS[indicator].paired else self.at(values, self.reference(arm)))

    def at(self, values: Array, arm: str) -> Array:
        """Return what belongs to an arm."""
        return np.take(values, self.place(arm), axis=self.axes.index("arm"))

    def per_outlay(self, indicator: str, arm: str) -> Any:
        """Return the present value of an effect per million yuan of outlay, over pairs with both."""
        if indicator in COSTS or arm not in self.ranked:
            return NAN
        gained, paid = self.pairs(indicator, arm, "present"), self.pairs("public_outlay", arm, "present")
        both = np.isfinite(gained) & np.isfinite(paid)
        top, bottom = (np.where(both, values, 0.0).sum(axis=-1) for values in (gained, paid))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(bottom > 0, top / bottom, NAN)


class _Years(dict[str, Array]):
    """Variables of some years, read on access."""

    def __init__(self, store: Store, where: tuple[slice, ...]):
        super().__init__()
        self.store, self.where = store, where

    def __missing__(self, name: str) -> Array:
        return self.store.read(name)[self.where]
