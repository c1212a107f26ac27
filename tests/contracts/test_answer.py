"""The answer on the page of a comparison: every number is recomputed from the stored runs, without `sim.analysis`."""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from scipy import stats

import sim
from sim.analysis.likelihood import SCALE, word_of
from sim.batch import run_comparison
from sim.config import load
from sim.mechanisms import MECHANISMS
from tests.helpers.configs import COMPARED, swapped, write
from tests.helpers.running import run_and_read

TARGETS = ["r03", "r04"]
YEARS = 4


class Section(HTMLParser):
    """Numbers of the answer by key, and its text outside of them."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers: list[tuple[str, float, str]] = []
        self.rest, self.inside, self.depth = "", False, 0

    def handle_starttag(self, tag: str, attributes: Any) -> None:
        given = dict(attributes)
        if tag == "section" and given.get("id") == "answer":
            self.inside = True
        elif tag == "data" and self.inside:
            self.depth += 1
            self.numbers.append((given["data-key"], float(given["value"]), ""))

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag == "data" and self.inside
        if tag == "section":
            self.inside = False

    def handle_data(self, text: str) -> None:
        if self.inside and self.depth:
            self.numbers[-1] = (*self.numbers[-1][:2], text)
        elif self.inside:
            self.rest += text


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("answer")
    text = swapped(COMPARED, "replications: 2", "replications: 5\nquestion: Fund or transfer?")
    out = folder / "out"
    _, said = run_and_read(run_comparison, load(write(folder, text)), out)
    section = Section()
    section.feed((out / "report.html").read_text(encoding="utf-8"))
    return sim.open_results(out), section, said


def t_interval(pairs: np.ndarray) -> tuple[float, float, float]:
    mean, half = pairs.mean(), stats.sem(pairs) * stats.t.ppf(0.975, len(pairs) - 1)
    return mean, mean - half, mean + half


class Store:
    """The same numbers, straight from the stored series."""

    def __init__(self, ds: Any):
        self.ds, self.arms = ds, [str(a) for a in ds["arm"].values if a != "baseline"]
        self.added = ds["value_added"].sum("sector").transpose("arm", "replication", "year", "region")
        zone = ds["zone"].values
        targets = zone == "supporting"
        self.groups = {"targets": targets} | {
            ("other supporting" if z == "supporting" else z): (zone == z) & ~targets for z in set(zone)
        }
        self.groups = {name: mask for name, mask in self.groups.items() if mask.any()} | {
            "nation": np.ones_like(targets)
        }
        self.weight = 1.05 ** -np.arange(YEARS)

    def gain(self, arm: str, mask: np.ndarray) -> np.ndarray:
        """Differences by replication and year."""
        both = (self.added.sel(arm=a).to_numpy()[..., mask].sum(-1) for a in (arm, "baseline"))
        return np.subtract(*both)

    def total(self, name: str, arm: str) -> np.ndarray:
        values = (
            self.ds[name].sel(arm=a).transpose("replication", "year").to_numpy() @ self.weight
            for a in (arm, "baseline")
        )
        return np.subtract(*values)

    def per_yuan(self, arm: str) -> np.ndarray:
        return self.gain(arm, self.groups["targets"]) @ self.weight / self.total("public_outlay", arm)

    def net_cost(self, arm: str) -> np.ndarray:
        def of(a: str) -> np.ndarray:
            flows = [
                self.ds[n].sel(arm=a).transpose("replication", "year").to_numpy()
                for n in ("public_outlay", "public_return")
            ]
            ends = [self.ds[n].sel(arm=a).isel(year=-1).to_numpy() for n in ("public_equity", "public_claims")]
            return (flows[0] - flows[1]) @ self.weight - ends[0] / 1.07**3 - ends[1] * self.weight[-1]

        return of(arm) - of("baseline")

    def benefit(self, arm: str) -> np.ndarray:
        def income(a: str) -> np.ndarray:
            people = self.ds["people"].sum("group").sel(arm=a)
            made = (self.ds["real_income"].sel(arm=a) * people).sum("region") * 1e-6
            return made.transpose("replication", "year").to_numpy() @ self.weight

        return income(arm) - income("baseline") - 1.2 * self.net_cost(arm)

    def losers(self, arm: str) -> int:
        p, sign, who = [], [], []
        for a in self.arms:
            for r in range(self.ds.sizes["region"]):
                pairs = self.gain(a, np.arange(self.ds.sizes["region"]) == r)[:, -1]
                p.append(stats.ttest_1samp(pairs, 0).pvalue)
                sign.append(pairs.mean())
                who.append(a)
        reject = stats.false_discovery_control(p) < 0.05
        return int(sum(x and s < 0 and a == arm for x, s, a in zip(reject, sign, who, strict=True)))

    def lead(self) -> tuple[str, str]:
        order = sorted(self.arms, key=lambda arm: -self.per_yuan(arm).mean())
        return order[0], order[1]

    def number(self, key: str) -> float:  # noqa: PLR0911, C901 - a case for each number
        """Recompute the number of a key."""
        match key.split(":"):
            case ["n"] | ["lead", "n"]:
                return self.ds.sizes["replication"]
            case ["first"]:
                return float(self.ds["year"].values[0])
            case ["last"]:
                return float(self.ds["year"].values[-1])
            case ["discount"]:
                return 5.0
            case ["regions"]:
                return self.ds.sizes["region"]
            case ["per_yuan", "targets", arm]:
                return self.per_yuan(arm).mean()
            case ["per_yuan", "targets", arm, side]:
                return t_interval(self.per_yuan(arm))[1 + (side == "high")]
            case ["headline", "public_net_cost", arm]:
                return self.net_cost(arm).mean()
            case ["headline", "net_benefit", arm]:
                return self.benefit(arm).mean()
            case ["headline", "net_benefit", arm, side]:
                return t_interval(self.benefit(arm))[1 + (side == "high")]
            case ["incidence", arm, group, "loss", *side]:
                mean, low, high = t_interval(-self.gain(arm, self.groups[group])[:, -1])
                return {"": mean, "low": low, "high": high}["".join(side)]
            case ["region", arm, region]:
                return self.gain(arm, self.ds["region"].values == region)[:, -1].mean()
            case ["losers", arm]:
                return self.losers(arm)
            case ["risk", arm, group, "decile"]:
                return float(np.quantile(self.gain(arm, self.groups[group])[:, -1], 0.1))
            case ["risk", arm, group, "loss"]:
                return 100 * float((self.gain(arm, self.groups[group])[:, -1] < 0).mean())
            case ["assumed" | "settings" as what, kind]:
                fields = [field.json_schema_extra or {} for field in MECHANISMS[kind].model_fields.values()]
                bases = [facts["basis"] for facts in fields if "basis" in facts]
                return len(bases) if what == "settings" else sum(b.split(":")[0][:10] == "assumption" for b in bases)
            case ["realised", arm, "fund", "leverage realised"]:
                return self.ds["fund.leverage realised"].sel(arm=arm).isel(year=-1).mean().item()
            case ["realised", arm, "transfer", "granted"]:
                due = self.ds["transfer.granted"] + self.ds["transfer.shortfall"]
                paid = (series.sel(arm=arm).sum("year") for series in (self.ds["transfer.granted"], due))
                return 100 * np.divide(*paid).mean().item()
            case ["planned", _, "fund", "leverage"]:
                return MECHANISMS["investment_fund"].model_fields["leverage"].default
            case ["owned", arm, name]:
                return np.subtract(*(self.ds[name].sel(arm=a).isel(year=-1) for a in (arm, "baseline"))).mean().item()
            case ["owed", arm, "debt", *side]:
                debts = [self.ds["debt"].sel(arm=a).isel(year=-1).sum("region").to_numpy() for a in (arm, "baseline")]
                mean, low, high = t_interval(np.subtract(*debts))
                return {"": mean, "low": low, "high": high}["".join(side)]
            case ["lead", what]:
                pairs = np.subtract(*(self.per_yuan(arm) for arm in self.lead()))
                mean, low, high = t_interval(pairs)
                return {"difference": mean, "low": low, "high": high, "share": 100 * (pairs > 0).mean()}[what]
        raise AssertionError(f"a number that no test recomputes: {key}")


def test_every_number_of_the_answer_is_that_of_the_store(done):
    ds, section, _ = done
    store, wrong = Store(ds), []
    for key, value, text in section.numbers:
        again = store.number(key)
        if value != pytest.approx(again, rel=1e-6, abs=1e-4):
            wrong.append(f"{key}: {value} on the page, {again} from the store")
        printed = float(text.replace("−", "-").replace(",", ""))
        scaled = value * (
            1e-3 if key.split(":")[0] in ("headline", "incidence", "region", "owned", "owed") or "decile" in key else 1
        )
        if printed != pytest.approx(scaled, rel=0.06, abs=1e-9):
            wrong.append(f"{key}: printed {text} for {scaled}")
    sys.stdout.write(f"{len(section.numbers)} numbers recomputed, {len(wrong)} disagree\n")
    assert len(section.numbers) > 15 and not wrong, "\n".join(wrong)


def test_no_number_of_the_answer_is_outside_of_those(done):
    ds, section, _ = done
    rest, scale = section.rest.split("Words of certainty")
    rest = rest[: rest.index("Next questions")]  # commands follow
    words, cited = [f"{100 * least:.0f}" for least, _ in SCALE], "2010"
    assert re.findall(r"\d+", scale) == [cited, *words[:5], words[5]]
    cited = [str(one) for kind in ("investment_fund", "fiscal_transfer") for one in MECHANISMS[kind].evidence]
    for name in ("95 %", *cited, *ds["name"].values.astype(str)):
        rest = rest.replace(name, "")
    assert not re.findall(r"\d", rest), rest


def test_the_terminal_says_the_same(done):
    _, section, said = done
    for text in ("What helps most.", "Who loses.", "How sure.", "Basis."):
        assert text in said
    assert "Fund or transfer?" not in said or section.numbers


def test_words_follow_the_stated_scale():
    words = {1.0: "virtually certain", 0.66: "likely", 0.659: "about as likely as not", 0.05: "very unlikely"}
    assert {share: word_of(share) for share in words} == words
