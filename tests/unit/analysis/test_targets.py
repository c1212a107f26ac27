"""The regions on which effects are judged: targets of mechanisms, regions of the report."""

import json

import pytest

from sim import analysis, results
from sim.groups import targeted_regions
from tests.helpers.results import write_fake

PARK = {"kind": "enclave", "name": "park", "targets": ["meizhou"], "area": 5}
FUND = {"kind": "investment_fund", "name": "fund", "targets": ["supporting & guangxi", "qingyuan"]}


def test_targets_are_those_of_all_arms():
    arms = {"baseline": {}, "park": {"mechanisms": [PARK]}, "both": {"mechanisms": [PARK, FUND]}}
    assert targeted_regions({"arms": arms}) == ["meizhou", "supporting & guangxi", "qingyuan"]
    assert targeted_regions({"arms": arms}, "park") == ["meizhou"]
    assert targeted_regions({"arms": {"baseline": {}, "line": {"mechanisms": [{"kind": "transport_corridor"}]}}}) == []


def test_mechanisms_of_the_baseline_count_only_where_an_arm_changes_them():
    scenario = {"mechanisms": [PARK]}
    arms = {"baseline": {}, "fund": {"mechanisms": [FUND]}}
    assert targeted_regions({"scenario": scenario, "arms": arms}) == FUND["targets"]
    larger = {**arms, "larger": {"set": {"mechanisms.park.area": 9}}}
    assert targeted_regions({"scenario": scenario, "arms": larger}) == [*FUND["targets"], "meizhou"]
    assert targeted_regions({"scenario": scenario, "arms": larger}, "larger") == ["meizhou"]
    assert targeted_regions({"scenario": scenario}) == ["meizhou"]  # of a sweep of one scenario
    assert targeted_regions(scenario) == ["meizhou"]


def test_targets_that_arms_and_variants_set_replace_those_of_the_mechanism():
    arms = {"baseline": {}, "park": {"mechanisms": [PARK]}, "moved": {"mechanisms": [PARK],
            "set": {"mechanisms.park.hosts": ["wuzhou"]}}}  # fmt: skip
    assert targeted_regions({"arms": arms}) == ["meizhou", "wuzhou"]
    assert targeted_regions({"arms": arms}, "moved") == ["wuzhou"]
    variants = {"here": {"set": {}}, "there": {"set": {"mechanisms.0.targets": ["bijie"]}}}
    both = {"baseline": {}, "park": {"mechanisms": [PARK]}}
    assert targeted_regions({"arms": both, "variants": variants, "main_variant": "here"}) == ["meizhou", "bijie"]


def judged_on(tmp_path_factory, report, **arms):
    """Return made-up results of arms with these mechanisms, and a section `report`."""
    folder = write_fake(tmp_path_factory.mktemp("fake") / "out", ("baseline", *arms))
    manifest = json.loads((folder / "experiment.json").read_text())
    manifest["config"]["arms"] |= {name: {"mechanisms": mechanisms} for name, mechanisms in arms.items()}
    manifest["config"]["report"] = report
    (folder / "experiment.json").write_text(json.dumps(manifest))
    return results.open_results(folder)


@pytest.fixture(scope="module")
def targeted(tmp_path_factory):
    return judged_on(tmp_path_factory, {}, enclave=[PARK], fund=[FUND])


def chosen(ds, mask):
    return ds["region"].values[mask].tolist()


def test_mask_of_the_targets(targeted):
    assert chosen(targeted, analysis.target_mask(targeted)) == ["qingyuan", "meizhou", "wuzhou"]
    assert chosen(targeted, analysis.target_mask(targeted, "enclave")) == ["meizhou"]
    assert chosen(targeted, analysis.target_mask(targeted, "baseline")) == []
    assert chosen(targeted, analysis.select_regions(targeted, "targets & not guangxi")) == ["qingyuan", "meizhou"]
