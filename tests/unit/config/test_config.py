"""Configs: places of faults, overrides, arms, bundled files."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from sim.concepts import concepts
from sim.config import Comparison, Scenario, arm_scenarios, bundled, canonical, json_schema, load, template
from sim.documents import parse
from sim.parameters import Parameters
from sim.study.sections import read_study
from sim.world import fitted_parameters
from tests.helpers import ROOT
from tests.helpers.configs import ENOUGH, faults, swapped, write

COMPARISON = """\
kind: comparison
name: pair
scenario: {name: pair, years: 5, firms: 4000}
arms:
  baseline: {}
  quick: {set: {parameters.migration.talent_mobility: 0.08}}
"""


def test_yaml_is_version_1_2() -> None:
    data = parse("a: 1e-3\nb: yes\nc: 2020-01-01\nd: 12:30\ne: null", "x").data
    assert data == {"a": 0.001, "b": "yes", "c": "2020-01-01", "d": "12:30", "e": None}


def test_one_fault_has_line_column_and_nearest_word(tmp_path: Path) -> None:
    (message,) = faults(tmp_path, "kind: scenario\nname: a\n\nparameters:\n  migration:\n    talent_mobilty: 0.1\n")
    assert message.startswith(f"{tmp_path / 'file.yaml'}:6:5: parameters.migration.talent_mobilty: unknown key")
    assert message.endswith("did you mean 'talent_mobility'?")


def test_ten_mistakes_ten_messages(tmp_path: Path) -> None:
    text = """\
kind: scenario
name: ten
wrld: guangzhou
years: 500
firms: many
seed: 1
seed: 2
draws: systematc
parameters: {households: {saving_shar: 0.3, housing_share: 3}}
mechanisms:
  - {kind: enclaev, name: a}
  - {kind: enclave, name: b, hosts: [qingyuann], sponsor: guangzhou}
  - {kind: fiscal_transfer, name: c, targets: [], start: 2021}
  - {kind: fiscal_transfer, name: d, targets: [supporting], start: 2025, end: 2022}
"""
    messages = faults(tmp_path, text)
    for line, word in (
        (3, "world"), (4, "200"), (5, "an integer"), (7, "duplicate"), (8, "systematic"), (9, "saving_share"),
        (9, "at most"), (11, "enclave"), (12, "qingyuan'"), (13, "targets nothing"), (14, "not after"),
    ):  # fmt: skip
        assert any(f"file.yaml:{line}:" in m and word in m for m in messages), (line, word, messages)
    assert len(messages) == 11


def test_faults_of_overrides_by_target_have_their_place(tmp_path: Path) -> None:
    text = """\
kind: scenario
name: a
mechanisms:
  - kind: enclave
    sponsor: guangzhou
    hosts: [qingyuan, wuzhou]
    overrides:
      wuzhou: {area: -2}
"""
    (message,) = faults(tmp_path, text)
    assert "file.yaml:8:16: mechanisms.0.overrides.wuzhou.area: -2 is out of range" in message
    assert "did you mean 'area'" in faults(tmp_path, text.replace("area: -2", "aera: 2"))[0]


def test_unknown_world_year_and_kind(tmp_path: Path) -> None:
    assert "did you mean 'guangzhou'" in faults(tmp_path, "kind: scenario\nname: a\nworld: guangzho\n")[0]
    assert "file.yaml:3:1: start" in faults(tmp_path, "kind: scenario\nname: a\nstart: 1066\n")[0]
    assert "did you mean 'scenario'" in faults(tmp_path, "kind: scenrio\nname: a\n")[0]
    assert "missing" in faults(tmp_path, "name: a\n")[0]


@pytest.mark.parametrize("text", ["", "- 1\n", "a: [1\n", "kind: 'scenario\n"])
def test_no_yaml_no_keys(tmp_path: Path, text: str) -> None:
    assert "file.yaml" in faults(tmp_path, text)[0]


def test_overrides(tmp_path: Path) -> None:
    text = "kind: scenario\nname: a\nmechanisms: [{kind: fiscal_transfer, name: t, targets: [supporting]}]\n"
    path = write(tmp_path, text)
    config = load(path, ["years=3", "parameters.migration.talent_mobility=1e-2", "mechanisms.t.strength=0.5"])
    assert isinstance(config, Scenario)
    assert (config.years, config.parameters.migration.talent_mobility) == (3, 0.01)
    assert config.mechanisms[0].strength == 0.5
    (message,) = faults(tmp_path, text, "parameters.migration.talent_mobilty=1")
    assert message.startswith("--set parameters.migration.talent_mobilty=1") and "talent_mobility'?" in message
    assert "expected dotted.key=value" in faults(tmp_path, text, "years")[0]
    assert "did you mean" in faults(tmp_path, text, "yeers=2")[0]
    assert "no item 'u'" in faults(tmp_path, text, "mechanisms.u.strength=1")[0]


def test_overrides_reach_the_scenario_of_a_comparison(tmp_path: Path) -> None:
    config = load(write(tmp_path, COMPARISON), ["years=7", "replications=2"])
    assert isinstance(config, Comparison)
    assert (config.scenario.years, config.replications) == (7, 2)


def test_arms(tmp_path: Path) -> None:
    config = load(write(tmp_path, COMPARISON))
    assert isinstance(config, Comparison)
    arms = arm_scenarios(config)
    assert list(arms) == ["baseline", "quick"]
    assert arms["quick"].parameters.migration.talent_mobility == 0.08
    fitted = fitted_parameters("guangzhou", 2020)["migration"]
    assert arms["baseline"].parameters.migration.target_scale == fitted["target_scale"]


def test_fitted_parameters_stand_under_what_is_said_and_can_be_left_out() -> None:
    fitted = fitted_parameters("guangzhou", 2020)
    plain = Scenario(name="s", calibrated=False).parameters
    assert plain.migration.target_scale == 1.0 and plain == Parameters()
    said = Scenario.model_validate({"name": "s", "parameters": {"migration": {"talent_mobility": 0.04}}}).parameters
    assert said.migration.talent_mobility == 0.04
    assert said.migration.target_scale == fitted["migration"]["target_scale"]
    early = Scenario(name="s", start=2010).parameters
    assert early.migration.target_scale == fitted_parameters("guangzhou", 2010)["migration"]["target_scale"]
    assert Scenario(name="s", world={"kind": "synthetic"}).parameters == Parameters()
    again = Scenario.model_validate(Scenario(name="s").model_dump(mode="json"))
    assert again == Scenario(name="s")


def test_faults_of_arms_have_places(tmp_path: Path) -> None:
    wrong = COMPARISON.replace("talent_mobility", "talent_mobilty")
    (message,) = faults(tmp_path, wrong)
    assert "file.yaml:6:17: arms.quick.set.parameters.migration.talent_mobilty: unknown key" in message
    (message,) = faults(tmp_path, COMPARISON + "baseline: basline\n")
    assert "file.yaml:7:1" in message and "did you mean 'baseline'" in message
    (message,) = faults(tmp_path, COMPARISON + "common_budget: {amount: 10}\n")
    assert "arms.quick: has no mechanism" in message


def test_the_best_of_arms_of_one_cost_is_not_selected_where_a_price_is_not_known(tmp_path: Path) -> None:
    best = "indicator: supporting_capital, direction: highest, indifference: 1, start: 6, step: 3, most: 9"
    link = "  link: {mechanisms: [{kind: market_integration, name: link, targets: [supporting], start: 2021}]}\n"
    text, cost = f"{ENOUGH}{link}select: {{{best}}}\n", "common_budget: {amount: 500}\n"
    (message,) = faults(tmp_path, text + cost)
    assert "select: ranks arms of the same cost, but the price of what 'link' buys is not known" in message
    load(write(tmp_path, text))
    load(write(tmp_path, swapped(text, link, "") + cost))


def test_scenario_by_name_and_path(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("kind: scenario\nname: base\nyears: 4\n", encoding="utf-8")
    inline = "scenario: {name: pair, years: 5, firms: 4000}"
    config = load(write(tmp_path, COMPARISON.replace(inline, "scenario: base.yaml")), ["firms=2000"])
    assert isinstance(config, Comparison)
    assert (config.scenario.years, config.scenario.firms) == (4, 2000)
    named = load(write(tmp_path, COMPARISON.replace(inline, "scenario: small")))
    assert isinstance(named, Comparison) and named.scenario.name == "small"
    (message,) = faults(tmp_path, COMPARISON.replace(inline, "scenario: smal"))
    assert "file.yaml:3:1: scenario:" in message and "did you mean 'small'" in message


BUNDLED = [*bundled("scenarios").values(), *bundled("experiments").values()]


@pytest.mark.parametrize("path", BUNDLED, ids=lambda p: p.stem)
def test_bundled_configs_load_and_survive_a_round_trip(path: Path) -> None:
    config = load(path.stem)
    assert config.name == path.stem
    assert type(config).model_validate(json.loads(config.model_dump_json())) == config


@pytest.mark.parametrize("name", bundled("study"))
def test_experiments_of_the_study_load_by_name(name: str) -> None:
    config = load(f"study/{name}")
    assert config.name == config.scenario.name == name
    assert getattr(config, "question", "?").endswith("?")


def test_sections_of_the_study_name_each_of_its_experiments_once() -> None:
    study = read_study()
    named = [name for section in study.sections for name in section.experiments]
    assert sorted(named) == sorted([*bundled("study"), "evaluation"])
    assert {row for section in study.sections for row in section.rows} <= {concept.row for concept in concepts()}
    arms = load("study/study_statements").arms
    assert len(study.statements) == 30 and {arm for pair in study.statements for arm in pair} == {*arms} - {"baseline"}
    assert len({frozenset(pair) for pair in study.statements}) == 30


FUTURES = sorted((ROOT / "experiments" / "study" / "futures").glob("*.yaml"))


@pytest.mark.parametrize("path", FUTURES, ids=lambda path: path.stem)
def test_futures_of_the_study_are_fragments_of_scenarios(path: Path, tmp_path: Path) -> None:
    future = load(write(tmp_path, f"kind: scenario\nname: a\ninclude: [{path}]\n"))
    assert isinstance(future, Scenario) and canonical(future) != canonical(Scenario(name="a"))


def test_main_experiment() -> None:
    config = load("main")
    assert isinstance(config, Comparison)
    arms = arm_scenarios(config)
    own = ["baseline", "enclave", "fund", "transfer", "combination"]
    assert list(arms) == own + [f"{arm}.reactive" for arm in own]
    assert [len(s.mechanisms) for s in arms.values()] == 2 * [0, 1, 1, 1, 3]


def test_canonical_ignores_titles_and_threads() -> None:
    one = Scenario(name="a")
    assert canonical(one) == canonical(one.model_copy(update={"title": "x", "threads": 2}))
    assert canonical(one) != canonical(one.model_copy(update={"years": 3}))


def test_template_loads(tmp_path: Path) -> None:
    config = load(write(tmp_path, template()))
    assert isinstance(config, Scenario) and config.years == 5


def test_schema_has_units_and_bases() -> None:
    text = json.dumps(json_schema())
    assert '"basis"' in text and '"unit"' in text and "Comparison" in text


INLINE = """\
kind: scenario
name: own
years: 2
firms: 1000
world:
  kind: inline
  sectors: {goods: {}, services: {trade: services}}
  regions:
    - {id: east, zone: centre, lat: 23, lon: 113, workers: 1000000, talent: 200000,
       value_added: {goods: 60000, services: 50000}}
    - {id: west, lat: 24, lon: 113, workers: 2000000, talent: 100000, area_km2: 900,
       value_added: {goods: 70000, services: 30000}}
  edges:
    - {a: east, b: west, mode: road, km: 120, speed: 60}
mechanisms:
  - {kind: fiscal_transfer, name: t, targets: [all & not east]}
"""


def test_worlds_written_out_are_checked_as_folders_are(tmp_path: Path) -> None:
    assert load(write(tmp_path, INLINE)).world.regions[1].id == "west"
    wrong = []
    for old, new, message in (
        ("id: west", "id: east", ":11:8: world.regions.1.id: 'east' appears in two rows; expected"),
        ("zone: centre, ", "", ":9:7: world.regions.0.zone: no regions have the zone centre; expected exactly one"),
        ("area_km2: 900", "land: 1e8", r":11:71: world.regions.1.land: 1e\+08 is larger than area_km2"),
        ("services: 30000", "servces: 1", ":12:8: world.regions.1.value_added.services: missing; expected"),
        ("services: 30000", "servces: 1", ":12:36: world.regions.1.value_added.servces: unknown sector .*'services'"),
        ("b: west", "b: wset", ":14:17: world.edges.0.b: 'wset' is not a region; expected .*did you mean 'west'"),
        ("speed: 60", "speed: 0", ":14:47: world.edges.0.speed: 0 is out of range; expected at least 1e-06"),
        ("workers: 2000000", "workers: many", ":11:37: world.regions.1.workers: 'many' is the wrong type"),
        ("kind: inline", "kind: inlin", ":5:1: world: unknown kind 'inlin'; expected one of inline, synthetic"),
        ("kind: inline", "year: 2015", ":5:1: world: missing kind; expected one of inline, synthetic"),
        ("kind: inline", "kind: inline\n  year: 2015", ":7:3: world.year: .*expected start: 2015"),
        ("{goods: {}", "{goods: {inputs: {gods: 1}}", ":7:30: world.sectors.goods.inputs.gods: unknown sector"),
        ("not east", "not eastt", ":16:48: mechanisms.0.targets.0: 'eastt' is unknown .*did you mean 'east'"),
        (
            "[all & not east]",
            "[all east]",
            "mechanisms.0.targets.0: 'all east' is not a valid expression, at character 5",
        ),
    ):
        messages = faults(tmp_path, swapped(INLINE, old, new))
        if not any(re.search("file.yaml.*" + message, m) for m in messages):
            wrong.append((message, messages))
    assert not wrong, "\n".join(map(str, wrong))
    # What rows say about each other is told with what each says alone.
    both = INLINE.replace("speed: 60", "speed: 0").replace("area_km2: 900", "area_km2: 900, land: 1000")
    assert len(faults(tmp_path, both)) == 2


def test_generated_worlds_are_checked(tmp_path: Path) -> None:
    text = "kind: scenario\nname: a\nworld: {kind: synthetic, regions: 1, sed: 3, talent_share: 2}\n"
    messages = faults(tmp_path, text)
    assert len(messages) == 3 and all(m.startswith(f"{tmp_path / 'file.yaml'}:3:") for m in messages)
    assert "world.sed: unknown key" in messages[1] and "did you mean 'seed'" in messages[1]


@pytest.mark.parametrize("name", ["own_inline", "synthetic"])
def test_bundled_own_worlds_run(name: str) -> None:
    from sim.model import simulate

    config = load(name, ["years=2", "firms=1000"])
    assert isinstance(config, Scenario)
    record = simulate(config)
    for variable, values in record.series.items():
        assert not variable.startswith("audit_") or np.abs(values).max() <= 1e-9, variable
