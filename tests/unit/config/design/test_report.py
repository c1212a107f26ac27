"""The section `report` of comparisons and sweeps: faults, round trip, and that it identifies no experiment."""

import json

import pytest

from sim.config import Comparison, Sweep, json_schema, restored
from sim.results import check_folder, write_manifest
from tests.helpers.configs import faults, load_as, swapped

COMPARED = """\
kind: comparison
name: parks
scenario: {name: parks, world: guangzhou, years: 4, firms: 4000}
arms:
  baseline: {}
  park:
    mechanisms:
      - {kind: enclave, name: park, targets: [wuzhou, guigang], sponsor: guangzhou}
replications: 2
report:
  regions: [wuzhou, targets & guangxi]
  indicators: [regions_value_added, targets_capital, gini]
"""
SWEPT = """\
kind: sweep
name: parks
scenario: {name: parks, world: guangzhou, years: 4, firms: 4000}
arms:
  baseline: {}
  park:
    mechanisms:
      - {kind: enclave, name: park, targets: [wuzhou, guigang], sponsor: guangzhou}
vary: {mechanisms.park.area: [2, 5]}
replications: 2
indicators: [regions_capital, targets_capital]
report: {regions: [wuzhou, guangxi], indicators: [gini]}
"""


def test_regions_and_indicators_are_read(tmp_path):
    config = load_as(Comparison, tmp_path, COMPARED)
    assert config.report.regions == ("wuzhou", "targets & guangxi")
    assert restored(config.model_dump(mode="json"), "there") == config
    swept = load_as(Sweep, tmp_path, SWEPT)
    assert swept.report.indicators == ("gini",) and restored(swept.model_dump(mode="json"), "there") == swept
    assert load_as(Comparison, tmp_path, COMPARED, "report={}").report.regions == ()
    for kind in ("Comparison", "Sweep"):
        assert "report" in json_schema()["$defs"][kind]["properties"]


REGIONS = "[wuzhou, targets & guangxi]"
INDICATORS = "[regions_value_added, targets_capital, gini]"


@pytest.mark.parametrize("text", [COMPARED, SWEPT], ids=["comparison", "sweep"])
@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        ("wuzhou, ", "wuzho, ", "report.regions.0", ["'wuzho' is unknown in world 'guangzhou'", "wuzhou"]),
        ("wuzhou, ", "target, ", "report.regions.0", ["'target' is unknown", "targets"]),
        ("wuzhou, ", "wuzhou & hunan, ", "report.regions.0", ["selects no region"]),
        ("gini", "gin", "report.indicators", ["no indicator 'gin'", "gini"]),
        ("gini", "regions_valu_added", "report.indicators", ["no indicator", "regions_value_added"]),
        ("report:", "reports:", "reports", ["report"]),
    ],
)
def test_faults_have_their_place_and_the_nearest_choice(tmp_path, text, old, new, key, words):
    head, section, tail = text.rpartition("report:")
    found = faults(tmp_path, head + swapped(section + tail, old, new))
    assert len(found) == 1 and "file.yaml:" in found[0] and f"{key}" in found[0]
    assert all(word in found[0] for word in words)


@pytest.mark.parametrize("text", [COMPARED, SWEPT], ids=["comparison", "sweep"])
def test_groups_need_regions(tmp_path, text):
    lines = "      - {kind: enclave, name: park, targets: [wuzhou, guigang], sponsor: guangzhou}"
    line = "      - {kind: transport_corridor, name: park, cities: [guangzhou, wuzhou]}"
    without = swapped(text, lines, line).replace("area: [2, 5]", "speed: [200, 300]")
    found = faults(
        tmp_path, without, "report.regions=[targets]", "report.indicators=[targets_capital]", *indicators(text)
    )
    assert len(found) == 2 and all("no arm has a mechanism with targets; expected one" in text for text in found)
    found = faults(tmp_path, text, "report.regions=[]", "report.indicators=[regions_capital]", *indicators(text))
    assert len(found) == 1 and "there is no report.regions; expected selectors" in found[0]


def indicators(text):
    """Return the override with which a sweep has indicators of no group."""
    return ["indicators=[gini]"] if text is SWEPT else []


def test_a_rule_may_stop_on_the_targets(tmp_path):
    rule = "precision={indicator: targets_value_added, relative: 0.1, most: 30}"
    config = load_as(Comparison, tmp_path, COMPARED, rule)
    assert config.precision is not None and config.precision.indicator == "targets_value_added"
    found = faults(tmp_path, COMPARED, rule.replace("targets", "regions"), "report={}")
    assert len(found) == 1 and "precision.indicator" in found[0] and "there is no report.regions" in found[0]


@pytest.mark.parametrize(("kind", "text"), [(Comparison, COMPARED), (Sweep, SWEPT)], ids=["comparison", "sweep"])
def test_it_does_not_identify_the_experiment(tmp_path, kind, text):
    config, folder = load_as(kind, tmp_path, text), tmp_path / "out"
    former = config.model_dump(mode="json")
    del former["report"]  # a manifest of versions without it
    other = load_as(kind, tmp_path, text, "report.regions=[guigang]", "report.indicators=[theil]")
    for stored in (json.dumps(former), config.model_dump_json()):
        write_manifest(folder, config.name, stored, config.arms, config.replications)
        assert check_folder(folder, other.model_dump_json())
