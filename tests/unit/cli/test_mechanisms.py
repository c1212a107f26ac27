"""The commands mechanism check, city check, explain and plan."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.mechanisms import MECHANISMS
from sim.model import PHASES
from sim.policy.cities import RULES as CITY_RULES
from sim.testing import cities as city_contract
from sim.testing.contracts import RULES
from tests.helpers.configs import swapped
from tests.helpers.running import call, call_json

TOLL = '''\
"""A toll."""

from typing import ClassVar, Literal

from pydantic import Field

from sim.parameters import setting
from sim.policy.mechanism import Mechanism
from sim.policy.targets import Regions, pick


class Toll(Mechanism):
    """Lets the nation pay the treasuries of its targets. It hurts what the nation pays besides."""

    writes: ClassVar[frozenset[str]] = frozenset({"transfer"})

    kind: Literal["toll"] = "toll"
    targets: Regions = Field(default_factory=lambda: ["supporting"], description="Who is paid")
    amount: float = setting(100.0, "million yuan/yr", 10, 1000, "assumption", "Money a year", ge=0)

    def planned_cost(self, world, years):
        return self.strength * self.delivery * self.amount * self.active_years(world, years)

    def decide(self, view, act, memory):
        targets = pick(view.world, self.name, self.targets)
        size = self.now(view, memory) * self.delivered(view, memory) * self.amount
        if size > 0:
            act.transfer(view.accounts.nation, view.accounts.treasury[targets], size / len(targets), self.kind)
'''


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kinds that a test adds are gone after it."""
    monkeypatch.setattr(MECHANISMS, "_added", {})
    monkeypatch.setattr(MECHANISMS, "_installed", {})
    monkeypatch.setattr(CITY_RULES, "_added", {})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with a kind."""
    path = tmp_path / "my_toll.py"
    path.write_text(TOLL, encoding="utf-8")
    return path


def test_a_kind_of_a_file_is_checked(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = call(capsys, "mechanism", "check", "toll", "--from", file)
    assert code == 0, out
    assert out.splitlines() == [f"passed  {name}" for name in RULES]
    assert f"toll: 0 of {len(RULES)} rules broken" in err and "hinterland explain toll --from" in err
    # a number that rests on nothing
    file.write_text(swapped(TOLL, '"assumption"', '""'), encoding="utf-8")
    code, found = call_json(capsys, "mechanism", "check", "toll", "--from", file)
    assert code == 1 and not found["ok"]
    (fault,) = [rule for rule in found["rules"] if not rule["ok"]]
    assert fault["rule"] == "fields" and "'amount' has no basis" in fault["problems"][0]
    file.write_text(swapped(TOLL, 'ClassVar[frozenset[str]] = frozenset({"transfer"})', "ClassVar = frozenset()"))
    code, out, _ = call(capsys, "mechanism", "check", "toll", "--from", file)
    assert code == 1 and "broken  declared is what is used" in out
    assert out.count("'transfer' is not among its writes") == 2 and "see above" in out


def test_its_examples_may_need_another_world(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(swapped(TOLL, '["supporting"]', '["periphery"]'), encoding="utf-8")
    code, out, _ = call(capsys, "mechanism", "check", "toll", "--from", file)
    assert code == 1 and "periphery" in out


@pytest.mark.parametrize("words", [("mechanism", "check"), ("explain",)])
def test_what_is_unknown_or_broken_exits_2(words: tuple, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = call(capsys, *words, "enclaev")
    assert code == 2 and not out and "did you mean 'enclave'?" in err
    code, found = call_json(capsys, *words, "enclave", "--from", tmp_path / "none.py")
    assert code == 2 and "none.py: no such file" in found["error"][0]
    (tmp_path / "broken.py").write_text("import nothing_of_this_name", encoding="utf-8")
    code, found = call_json(capsys, *words, "enclave", "--from", tmp_path / "broken.py")
    assert code == 2 and "cannot be loaded (ModuleNotFoundError" in found["error"][0]


def test_a_kind_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    code, found = call_json(capsys, "explain", "transport_corridor")
    assert (
        code == 0 and found["purpose"].startswith("Builds a line") and found["hurts"].startswith("It hurts by-passed")
    )
    speed = next(row for row in found["fields"] if row["name"] == "speed")
    assert speed == {
        "name": "speed", "default": 260.0, "unit": "km/h", "range": [160, 350], "bounds": {"gt": 0, "le": 1200},
        "choices": [], "basis": "assumption", "description": "Commercial speed", "common": False,
    }  # fmt: skip
    assert "waterway" in next(row for row in found["fields"] if row["name"] == "mode")["choices"]
    assert found["fields"][-1]["common"] and {row["name"] for row in found["fields"]} >= {"funding.host", "strength"}
    assert found["posts"][0]["name"] == "edge" and found["posts"][1]["text"].startswith("Buy products in regions")
    assert any("World Bank 2019" in text for text in found["evidence"]) and "million base-year yuan" in found["cost"]
    assert found["example"].startswith("- kind: transport_corridor\n  cities: [guangzhou,")


@pytest.mark.parametrize("kind", MECHANISMS.own)
def test_own_kinds_are_explained_in_words(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = call(capsys, "explain", kind)
    assert code == 0 and f"hinterland mechanism check {kind}" in err
    for title in ("When it hurts: ", "Fields\n", "Reads\n", "Posts\n", "Cost: ", "Evidence", "Example\n"):
        assert title in out
    for name in MECHANISMS[kind].model_fields.keys() - {"kind"}:
        assert f"\n{name} " in out
    assert "None" not in out.split("Fields of all")[0].split("Fields\n")[1]


def test_what_it_reads_has_shape_and_unit(capsys: pytest.CaptureFixture[str]) -> None:
    _, found = call_json(capsys, "explain", "enclave")
    assert {"name": "wage", "shape": "(R, 2)", "unit": "million yuan per person and year"} in found["reads"]
    link = {"name": "knowledge_link", "what": "wedge", "shape": "(S, R, R)", "text": "added in logs"}
    assert link in found["posts"] and "capex_per_km2" in found["per_target"]


def test_a_kind_of_a_file_is_explained(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = call(capsys, "explain", "toll", "--from", file)
    assert code == 0 and "Evidence: none stated" in out and f"check toll --from {file}" in err


def test_the_plan_of_a_year(capsys: pytest.CaptureFixture[str]) -> None:
    code, found = call_json(capsys, "plan", "main", "--arm", "fund")
    assert code == 0 and [phase["name"] for phase in found["phases"]] == list(PHASES)
    policy, connect = found["phases"][:2]
    assert policy["takes"] == ["State", "Mechanisms"] and policy["returns"] == "Policy"
    assert policy["holds"]["research"] == "(R,) million yuan" and connect["takes"] == ["State", "Policy"]
    assert all(phase["text"].endswith(".") for phase in found["phases"])
    (fund,) = found["mechanisms"]
    assert fund["kind"] == "investment_fund" and fund["years"] == [2021, 2034] and "invest" in fund["orders"]
    assert fund["planned_cost"] == pytest.approx(60_000) and "services" in fund["reads"]


def test_the_plan_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = call(capsys, "plan", "main")  # the first arm with mechanisms
    assert code == 0 and "1. policy: Appropriate budgets" in out and "hinterland profile main" in err
    assert "(enclave), 2021 to 2034, cost: " in out and "wedge knowledge_link" in out and "transfers and reports" in out
    assert "No mechanism is active" in call(capsys, "plan", "small")[1]
    off = call(capsys, "plan", "fiscal_transfer", "--set", "mechanisms.0.strength=0")[1]
    assert "No mechanism is active" in off
    code, _, err = call(capsys, "plan", "main", "--arm", "fnd")
    assert code == 2 and "did you mean 'fund'?" in err


CITY = '''\
"""A rule."""

from hinterland import City, Decision


class Flat(City):
    """Bids a tenth of local taxes. It hurts services."""

    settings = ("bid_limit",)

    def decide(self, view):
        return Decision(min(0.1, view.parameters.cities.bid_limit))
'''


@pytest.fixture
def rule(tmp_path: Path) -> Path:
    """A file with a city rule."""
    path = tmp_path / "flat.py"
    path.write_text(CITY, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["Flat", "flat:Flat"])
def test_a_city_rule_of_a_file_is_checked(name: str, rule: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = call(capsys, "city", "check", name, "--from", rule)
    assert code == 0 and out.splitlines() == [f"passed  {title}" for title in city_contract.RULES]
    assert f"{name}: 0 of {len(city_contract.RULES)} rules broken" in err and f"explain {name} --from" in err


def test_a_broken_city_rule_exits_1(rule: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rule.write_text(swapped(CITY, "min(0.1, view.parameters.cities.bid_limit)", "0.6"), encoding="utf-8")
    code, found = call_json(capsys, "city", "check", "Flat", "--from", rule)
    assert code == 1 and found["rule"] == "Flat" and not found["ok"]
    (bounds,) = [r for r in found["rules"] if r["rule"] == "decisions are finite and within bounds"]
    assert "city rule Flat: bids of 0.6 in guangzhou; expected 0 to 0.5" in bounds["problems"][0]
    code, _, err = call(capsys, "city", "check", "yardstik")
    assert code == 2 and "did you mean 'yardstick'?" in err
    code, _, err = call(capsys, "city", "check", "Flatt", "--from", rule)
    assert code == 2 and "did you mean 'flat:Flat'?" in err


def test_city_rules_are_listed_explained_and_planned(rule: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, found = call_json(capsys, "list", "rules")
    assert [row["rule"] for row in found["rules"]] == list(CITY_RULES.own) and all(
        row["title"] for row in found["rules"]
    )
    for name in CITY_RULES.own:
        code, out, err = call(capsys, "explain", name)
        assert code == 0 and "When it hurts: " in out and "Decides each year" in out and f"city check {name}" in err
    code, found = call_json(capsys, "explain", "best_response")
    assert found["fields"][0]["name"] == "growth_weight" and found["fields"][0]["unit"] == "year"
    assert {"name": "invested", "shape": "(R,)", "unit": "million yuan/yr, by the savers of each region"} in found[
        "reads"
    ]
    assert "Bucovetsky (1991)" in found["evidence"][0] and "References" not in found["purpose"]
    code, found = call_json(capsys, "explain", "Flat", "--from", rule)
    assert code == 0 and found["fields"][0]["name"] == "bid_limit" and not found["reads"]
    code, found = call_json(capsys, "plan", "small", "--set", "parameters.cities.rule=yardstick")
    assert found["cities"] == {"rule": "yardstick", "reads": ["bids", "growth", "infrastructure_share"]}
    assert "- cities (rule passive)\n     reads nothing" in call(capsys, "plan", "small")[1]
