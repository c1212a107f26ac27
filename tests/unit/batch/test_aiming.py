"""Bundled instruments aimed at one region."""

from __future__ import annotations

import pytest

from sim.analysis.scorecard import How
from sim.batch.aiming import EVENTS, aims, section_of
from sim.batch.scorecard import scorecard_config
from sim.config import bundled
from sim.errors import UserError
from sim.report.scorecard import SECTIONS

SCENARIO = {"name": "scorecard", "world": "guangzhou", "years": 4, "firms": 1000}


def test_the_region_takes_the_place_of_those_for_whom_an_instrument_is() -> None:
    found = {aim.kind: (aim, spec) for aim, spec in aims("qingyuan", SCENARIO)}
    assert set(found) == set(bundled("instruments")) - set(EVENTS)
    for kind in ("enclave", "investment_fund", "logistics_hub"):
        aim, spec = found[kind]
        assert aim.how is How.AIMED and spec["targets"] == ["qingyuan"] and not aim.where
    assert found["service_export"][1]["to"] == ["qingyuan"]
    assert found["paired_assistance"][1]["pairs"] == {"guangzhou": "qingyuan"}
    assert found["ecological_compensation"][1]["upstream"] == ["qingyuan"]
    assert found["enclave"][1]["funding"] == {"centre": 1}  # the rest is as bundled


def test_members_of_a_network_are_joined_and_lines_stay_where_they_are() -> None:
    kinds = ("zone_link", "talent_market", "commuting_circle", "transport_corridor")
    link, market, circle, line = aims("qingyuan", SCENARIO, kinds)
    assert link[1]["targets"] == ["guangzhou", "zhuhai", "shenzhen", "hong_kong", "haikou", "qingyuan"]
    assert market[1]["targets"].count("qingyuan") == 1  # it was a member already
    assert [one[0].how for one in (link, market, circle, line)] == [How.AMONG] * 3 + [How.ELSEWHERE]
    assert "qingyuan" not in line[1]["cities"] and line[0].where.startswith("guangzhou")


def test_every_kind_has_a_section_of_the_page() -> None:
    assert {section_of(kind) for kind in bundled("instruments")} == set(SECTIONS)


def test_what_cannot_be_aimed_says_why() -> None:
    found = {
        aim.kind: (aim, spec) for aim, spec in aims("guangzhou", SCENARIO, ("enclave", "evaluation", "soe_merger"))
    }
    assert all(aim.how is How.REFUSED and not spec for aim, spec in found.values())
    assert found["enclave"][0].reason == "the region is itself the sponsor"
    assert "nothing alone" in found["evaluation"][0].reason


def test_what_the_checks_of_a_scenario_refuse_is_a_reason() -> None:
    # The instruments of the bundled comparisons begin in the second year.
    (aim, spec), *_ = aims("qingyuan", {**SCENARIO, "years": 1}, ("enclave",))
    assert aim.how is How.REFUSED and not spec and "after the last year" in aim.reason


def test_one_comparison_of_those_that_can_be_run() -> None:
    config, found = scorecard_config("guangzhou", seeds=3, firms=1000, years=4, kinds=("enclave", "residence_rights"))
    assert list(config.arms) == ["baseline", "residence_rights"] and config.replications == 3
    assert [aim.kind for aim in found] == ["enclave", "residence_rights"]
    with pytest.raises(UserError, match="no instrument can be run"):
        scorecard_config("guangzhou", kinds=("enclave",))
