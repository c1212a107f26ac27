"""The regions on which effects are evaluated: targets of mechanisms, regions of the report."""

import json

import numpy as np
import pytest

from sim import analysis, results
from sim.analysis.paired import over_years
from sim.batch.headline import rich_table, tidy
from sim.errors import UserError
from sim.groups import Group, targeted_regions
from sim.report.numbers import SHOWN, groups_note, shown
from tests.helpers.results import write_fake
from tests.helpers.running import silent

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


SAME = (
    "value_added", "capital", "firms", "people", "talent", "real_income", "dormitory_ratio", "net_benefit",
    "welfare_equivalent",
)  # fmt: skip


@pytest.fixture(scope="module")
def ds_without(tmp_path_factory):
    return results.open_results(write_fake(tmp_path_factory.mktemp("fake") / "out"))


@pytest.fixture(scope="module")
def two_cities(tmp_path_factory):
    return judged_on(tmp_path_factory, {"regions": ["wuzhou", "ganzhou"]}, enclave=[PARK], fund=[FUND])


def test_indicators_of_two_cities_by_hand(two_cities):
    ds = two_cities
    part = ds.sel(region=["wuzhou", "ganzhou"])
    sums = {"value_added": "sector", "capital": "sector", "real_firms": "sector", "people": "group"}
    for name, dim in sums.items():
        found = analysis.evaluate(ds, f"regions_{name.removeprefix('real_')}")
        by_hand = part[name].load().sum(dim)
        assert np.allclose(found, by_hand.sel(region="wuzhou") + by_hand.sel(region="ganzhou"))
    people = part["people"].load()
    assert np.allclose(analysis.evaluate(ds, "regions_talent"), people.sel(group="talent").sum("region"))
    heads, income = people.sum("group"), part["real_income"].load()
    assert np.allclose(
        analysis.evaluate(ds, "regions_real_income"), (heads * income).sum("region") / heads.sum("region")
    )
    gain = part["welfare"].load() - part["welfare"].load().sel(arm="baseline")
    weights = people.sel(arm="baseline")
    mean = (weights * gain).sum(["region", "group"]) / weights.sum(["region", "group"])
    found = analysis.evaluate(ds, "regions_welfare_equivalent")
    assert np.allclose(found, np.expm1(mean.transpose(*found.dims)))
    differ = (analysis.evaluate(ds, f"{group}_net_benefit") for group in ("regions", "targets"))
    incomes = (
        analysis.evaluate(ds, f"{g}_real_income") * analysis.evaluate(ds, f"{g}_people") for g in ("regions", "targets")
    )
    first, second = differ
    one, two = incomes
    assert np.allclose(first - second, 1e-6 * (one - two))


def test_every_indicator_of_every_group_is_a_finite_series(two_cities):
    named = [
        {name.removeprefix(f"{group}_") for name, row in analysis.INDICATORS.items() if row.group is group}
        for group in Group
    ]
    assert all(names == named[0] for names in named) and set(SAME) < named[0]
    there = set(analysis.available(two_cities))
    assert {f"{group}_{name}" for group in Group for name in SAME} <= there
    recorded = [name for name, row in analysis.INDICATORS.items() if row.group and name in there]
    # Growth since the first year is not defined in that year.
    later = two_cities.isel(year=slice(1, None))
    assert all(np.isfinite(analysis.evaluate(later, name)).all() for name in recorded)


def test_headline_begins_with_the_regions_judged(two_cities, targeted):
    table = analysis.headline_table(two_cities)
    names = list(table.columns.get_level_values("indicator").unique())
    own = [name for name in analysis.HEADLINE if analysis.INDICATORS[name].group]
    assert len(own) == len(SAME) - 2  # people and the dormitory ratio are no headline indicators
    first = [analysis.INDICATORS[name].of(group) for group in (Group.REGIONS, Group.TARGETS) for name in own]
    assert names == [*first, *analysis.HEADLINE]
    assert analysis.main_group(two_cities) is Group.REGIONS and analysis.main_group(targeted) is Group.TARGETS
    table = analysis.headline_table(targeted)
    names = list(table.columns.get_level_values("indicator").unique())
    assert names == [*first[len(own) :], *analysis.HEADLINE]
    # per public yuan, as for any other indicator
    gain, paid = (over_years(analysis.evaluate(targeted, name), "present", 0.04) for name in ("targets_value_added",
                  "public_outlay"))  # fmt: skip
    ratio = (gain.sel(arm="fund") - gain.sel(arm="baseline")).mean() / paid.sel(arm="fund").mean()
    assert table["targets_value_added"].loc["fund", "per_million_yuan"] == pytest.approx(float(ratio))
    effects = analysis.cost_effectiveness(targeted, group="targets")
    assert effects["gain"].to_numpy() == pytest.approx(
        [float((gain.sel(arm=arm) - gain.sel(arm="baseline")).mean()) for arm in effects.index]
    )


def test_equal_groups_are_shown_once(tmp_path_factory):
    everywhere = {**PARK, "targets": ["supporting"]}
    ds = judged_on(tmp_path_factory, {"regions": ["targets"]}, enclave=[everywhere])
    assert analysis.groups(ds) == [Group.SUPPORTING] and analysis.headline_indicators(ds) == list(analysis.HEADLINE)
    assert np.array_equal(analysis.evaluate(ds, "targets_capital"), analysis.evaluate(ds, "supporting_capital"))
    ds = judged_on(tmp_path_factory, {"regions": ["targets"]}, enclave=[PARK])
    assert analysis.groups(ds) == [Group.REGIONS, Group.SUPPORTING]
    assert chosen(ds, analysis.group_mask(ds, "regions")) == ["meizhou"]


def test_indicators_without_regions_are_refused(ds_without):
    assert not {f"{group}_{name}" for group in ("targets", "regions") for name in SAME} & set(
        analysis.available(ds_without)
    )
    with pytest.raises(UserError, match="no arm has a mechanism with targets; expected one"):
        analysis.evaluate(ds_without, "targets_capital")
    with pytest.raises(UserError, match=r"there is no report.regions; expected selectors"):
        analysis.evaluate(ds_without, "regions_capital")


def test_indicators_of_the_report_choose_what_is_shown(tmp_path_factory):
    wanted = ["gini", "targets_people", "supporting_capital"]
    ds = judged_on(tmp_path_factory, {"indicators": wanted}, enclave=[PARK])
    assert shown(ds) == wanted
    assert set(analysis.headline_indicators(ds)) >= {*analysis.HEADLINE, "targets_people", "targets_value_added"}
    assert shown(ds) == analysis.shown_indicators(ds, analysis.HEADLINE)


def test_regions_judged_come_first_in_a_terminal(two_cities, ds_without):
    names = shown(two_cities)
    assert names[0] == "regions_value_added" and "supporting_value_added" in names and "supporting_capital" not in names
    assert shown(ds_without) == list(SHOWN)
    table = tidy(analysis.headline_table(two_cities), "yuan")
    console = silent(200)
    console.print(rich_table(table, 2020, 2024, "yuan", names, groups_note(two_cities, names)))
    text = console.file.getvalue()
    assert text.index("Value added, regions of the report") < text.index("Value added, supporting zone")
    assert "Regions of the report: Wuzhou and Ganzhou." in text and "Targets:" not in text
