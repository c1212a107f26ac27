"""The numbers of the pages of experiments with points, and those of sweeps, by key."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from sim.indicators import INDICATORS
from tests.pages import formulas
from tests.pages.common import Common
from tests.pages.store import COSTS

LONGEST = 300  # rows of a table that the page shows


class Points(Common):
    """What sweeps and robustness analyses have in common."""

    @cached_property
    def measured(self) -> list[str]:
        """The indicators of the experiment."""
        usual = list(self.config.get("indicators") or ())
        report = self.config.get("report") or {}
        own = [INDICATORS[n].of("regions") for n in usual if report.get("regions") and INDICATORS[n].group]  # type: ignore[arg-type]
        return list(dict.fromkeys([*own, *usual, *(report.get("indicators") or ())]))

    @cached_property
    def compared(self) -> bool:
        """Whether there is a baseline to compare with."""
        return self.baseline in self.arms and len(self.arms) > 1

    def runs_of(self, *arms: str) -> set[str]:
        """Return the names of the finished runs of some arms."""
        run, there = (self.ds[name].transpose("point", "arm", "replication").to_numpy() for name in ("run", "finished"))
        chosen = [self.place(arm) for arm in arms]
        return set(run[:, chosen][there[:, chosen]])

    def of_points(self) -> float:
        """Points."""
        return self.ds.sizes["point"]

    def of_replications(self) -> float:
        """Seeds of each point."""
        return self.ds.sizes["replication"]

    def of_policies(self) -> float:
        """Policies, the arms of a robustness analysis."""
        return len(self.arms)

    def of_runs(self) -> float:
        """Runs that differ."""
        return len(self.runs_of(*self.arms))

    def of_cells(self) -> float:
        """Finished combinations of point, arm and seed."""
        return int(self.ds["finished"].values.sum())

    def of_arms(self, *what: str) -> float:
        """The number of arms, or of the different runs of one."""
        return len(self.runs_of(what[0])) if what else len(self.arms)

    def of_values(self, key: str, which: str) -> float:
        """A value of a varied key, in ascending order, or their number."""
        values = sorted(set(self.ds[key].values.tolist()))
        return len(values) if which == "count" else float(values[int(which)])

    def of_point(self, point: str, key: str) -> float:
        """The value of a varied key at a point."""
        return float(self.ds[key].values[self.row(point)])

    def row(self, point: str) -> int:
        """Return the place of a point."""
        return [str(p) for p in self.ds["point"].values].index(point)


class Sweep(Points):
    """The numbers of the page of a sweep."""

    def of_outcomes(self, *key: str) -> float:
        """An outcome at a point, or the number of comparisons or further rows."""
        if key == ("comparisons",):
            every = [(name, arm, k) for name in self.measured if name not in COSTS for arm in self._others
                     for k in range(self.ds.sizes["point"])]  # fmt: skip
            return sum(np.isfinite(formulas.p_value(self.pairs(name, arm)[k])) for name, arm, k in every)
        if key == ("left_out",):
            rows = [(arm, k) for arm in (self._others if self.compared else self.arms)
                    for k in range(self.ds.sizes["point"]) if self._there(arm, k)]  # fmt: skip
            return len(rows) - LONGEST
        point, arm, indicator, what = key
        values = self.pairs(indicator, arm) if self.compared else self.at(self.value(indicator), arm)
        names = {"difference": "mean", "mean_low": "low", "mean_high": "high"}
        return formulas.t_interval(values[self.row(point)])[names.get(what, what)]

    def _there(self, arm: str, k: int) -> bool:
        values = (self.pairs(n, arm) if self.compared else self.at(self.value(n), arm) for n in self.measured)
        return any(np.isfinite(part[k]).any() for part in values)

    @property
    def _others(self) -> list[str]:
        return [arm for arm in self.arms if arm != self.baseline]
