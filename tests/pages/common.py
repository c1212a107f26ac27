"""What pages of all kinds have: counts, years, rates, costs, rules, identities."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

import numpy as np

from sim.results.files import read_metas
from sim.results.reading import find_runs, open_file, stored_runs
from tests.pages import formulas
from tests.pages.formulas import NAN
from tests.pages.store import Store
from tests.pages.validated import ROWS, VERDICTS


class Common(Store):
    """The numbers that pages of all kinds have, by key."""

    def number(self, key: str) -> float:
        """Recompute the number of a key."""
        return float(getattr(self, "of_" + key.partition(":")[0])(*key.split(":")[1:]))

    def slack(self, key: str) -> float:
        """Return by how much a number of random resamples may deviate beyond a share of its interval."""
        return 0.0

    def counts(self) -> list[int]:
        """Return the number of finished runs of each arm."""
        return [int(n) for n in self.read("finished").sum(axis=-1)]

    def of_first(self) -> float:
        """The first year."""
        return float(self.ds["year"].values[0])

    def of_last(self) -> float:
        """The last year."""
        return float(self.ds["year"].values[-1])

    def of_agents(self) -> float:
        """Firm agents of each run at its start."""
        return float(self.config.get("scenario", self.config)["firms"])

    def of_missing(self) -> float:
        """Runs that are missing."""
        return len(self.ds.attrs["missing"])

    def of_appraisal(self, name: str) -> float:
        """A rate at which costs and benefits are valued."""
        return {"discount": self.discount, "equity_rate": self.equity_rate, "funds_cost": self.funds_cost}[name]

    def of_budget(self, _: str) -> float:
        """The common budget."""
        return float(self.config["common_budget"]["amount"])

    def of_rule(self, name: str) -> float:
        """A setting of the rule by which seeds are added."""
        return float((self.config.get("precision") or self.config["select"])[name])

    def of_validation(self, suite: str, what: str) -> float:
        """Rows of a suite of validation that have some verdict."""
        return sum(row["suite"] == suite and row["verdict"] in VERDICTS[what] for row in ROWS)

    def of_data(self, figure: str, quality: str) -> float:
        """The share of a figure of the base year that is of a quality, in per cent, as the runs were written."""
        manifest = json.loads((self.folder / "experiment.json").read_text(encoding="utf-8"))
        return 100 * float(manifest["data"]["quality"][figure].get(quality, 0.0))

    def of_settings(self, *key: str) -> float:
        """A setting of a variant."""
        return float(self.config["variants"][key[0]]["set"][key[1]])

    def of_group(self, group: str) -> float:
        """The number of regions of a group."""
        return int(self.mask(group).sum())

    def of_costs(self, arm: str, part: str, end: str = "mean") -> float:
        """A part of the costs of an arm, the mean of the present values of its runs; its strength; its pilot run.

        The break-even cost is a difference from the baseline and has an interval.
        """
        if part == "break_even":
            return formulas.t_interval(self.pairs("break_even_cost", arm))[end]
        if part in ("strength", "size"):
            return self.strength(arm)
        gross = self.read("public_outlay") @ self.weight
        if part == "pilot":
            measured = self.net_cost() if self.config["common_budget"].get("measure") == "net" else gross
            return float(self.at(measured, arm)[0])
        returned = self.read("public_return") @ self.weight
        values = {"gross": lambda: gross, "returned": lambda: returned, "net": self.net_cost,
                  "assets": lambda: gross - returned - self.net_cost()}[part]()  # fmt: skip
        return float(np.nanmean(self.at(values, arm)))

    def strength(self, arm: str) -> float:
        """Return by how much the mechanisms of an arm are stronger in its runs than in the config."""
        facts = (self.config.get("arms") or {}).get(self.split(arm)[0])
        written = [m.get("strength", 1.0) for m in facts["mechanisms"]] if facts else []
        ran = [m["strength"] for m in self.configs[arm]["mechanisms"]]
        common = len(ran) - len(written) if facts else 0
        return float(ran[common] / written[0]) if facts else float(ran[0])

    @cached_property
    def configs(self) -> dict[str, Any]:
        """The config of one run of each arm, as stored with it."""
        found: dict[str, Any] = {}
        for path, locations in find_runs(self.folder).by_file().items():
            with open_file(path) as file:
                metas = read_metas(file)
                for location in locations:
                    meta = metas[location.row]
                    config = meta["config"]
                    found[str(meta["arm"])] = json.loads(config) if isinstance(config, str) else config
        return found

    # Identities.

    def of_identities(self, name: str) -> float:
        """The largest violation of an identity."""
        return self.identities[name]

    def of_clipped(self) -> float:
        """The number of targets of the base year that are clipped, as a run notes them."""
        return self._noted("clipped_migration_targets")

    def of_reduced(self) -> float:
        """The number of regions whose home share is reduced, as a run notes them."""
        return self._noted("reduced_home_shares")

    def _noted(self, name: str) -> float:
        for path, locations in find_runs(self.folder).by_file().items():
            with open_file(path) as file:
                return len(read_metas(file)[locations[0].row]["notes"][name])
        return NAN

    @cached_property
    def identities(self) -> dict[str, float]:
        """The largest violation of each identity over all runs."""
        worst: dict[str, float] = {}
        for _, run in stored_runs(self.folder):
            for name, value in _violations(run).items():
                worst[name] = max(worst.get(name, 0.0), value)
        return worst


def _violations(run: Any) -> dict[str, float]:
    found = {name: float(np.abs(run[name]).max()) for name in run.file if name.startswith("audit_")}
    if (group := run.payments()) is not None:
        found["stored_money"] = _money(*(group[name][()] for name in ("year", "payer", "payee", "amount")))
    if all(name in run for name in ("people", "births_less_deaths", "graduates", "talent_flow", "worker_flow")):
        found["stored_people"] = _people(run)
    if "capital" in run:
        found["stored_capital"] = max(0.0, -float(run["capital"].min())) / float(run["capital"].max())
    stocks = [name for name in ("people", "capital", "firms", "value_added", "treasury", "debt") if name in run]
    values = np.concatenate([np.ravel(run[name]) for name in stocks])
    found["stored_finite"] = float(1 - np.isfinite(values).mean())
    return found


def _money(year: np.ndarray, payer: np.ndarray, payee: np.ndarray, amount: np.ndarray) -> float:
    """Return the largest gap of an account in a year between receipts and payments, relative to the larger of both."""
    worst, size = 0.0, int(max(payer.max(), payee.max())) + 1
    for one in np.unique(year):
        now = year == one
        paid, received = np.zeros(size), np.zeros(size)
        np.add.at(paid, payer[now], amount[now])
        np.add.at(received, payee[now], amount[now])
        # an account that turns over less than a millionth of the year's money is measured against that
        volume = np.maximum(np.maximum(paid, received), 1e-6 * np.abs(amount[now]).sum())
        worst = max(worst, float((np.abs(received - paid) / volume).max()))
    return worst


def _people(run: Any) -> float:
    """Return the largest gap in the people of a region: their change less births, graduates and net moves."""
    people, births, graduates = (run[name] for name in ("people", "births_less_deaths", "graduates"))
    worst = 0.0
    for t in range(len(people) - 1):
        for g, (name, sign) in enumerate((("worker_flow", -1), ("talent_flow", 1))):
            flow = run.file[name]
            moves = np.asarray(flow[run.row, t] if run.bundle else flow[t])
            arrived, left = (moves.sum(axis=axis, dtype=float) for axis in (0, 1))
            expected = people[t, :, g] + births[t, :, g] + sign * graduates[t] + arrived - left
            slack = 2.0**-24 * (arrived + left) if moves.dtype == np.float32 else 0.0
            gap = np.maximum(np.abs(people[t + 1, :, g] - expected) - slack, 0) / np.maximum(people[t].sum(axis=1), 1)
            worst = max(worst, float(np.nanmax(np.where(np.isnan(gap), 0.0, gap))))
    return worst
