"""A robustness analysis is quoted only where it is about the same arms."""

from __future__ import annotations

import json
from copy import deepcopy

import pytest

from sim.report.neighbours import robustness_nearby
from sim.results import write_manifest

PARK = {"kind": "enclave", "name": "park", "targets": ["wuzhou", "guigang"], "transfer": 0.5, "strength": 1.0}
FUND = {"kind": "investment_fund", "name": "fund", "targets": ["wuzhou", "guigang"], "strength": 1.0}
CONFIG = {
    "kind": "comparison",
    "baseline": "baseline",
    "scenario": {
        "world": "guangzhou", "start": 2020, "years": 12, "firms": 36000, "parameters": {"a": {"b": 1, "c": 2}},
    },
    "arms": {"baseline": {"mechanisms": []}, "park": {"mechanisms": [PARK]}, "fund": {"mechanisms": [FUND]}},
}  # fmt: skip
WINNERS = "indicator,policy,share\ntargets_value_added,park,0.8\n"
SWITCHING = "indicator,uncertainty,switches\ntargets_value_added,parameters.a.b,True\n"


@pytest.fixture
def beside(tmp_path):
    """A robustness analysis of the same arms, and a comparison next to it."""
    other = deepcopy(CONFIG) | {
        "kind": "robustness",
        "uncertainties": {"mechanisms.park.transfer": {}, "parameters.a.b": {}},
    }
    folder = tmp_path / "robust"
    write_manifest(folder, "robust", json.dumps(other), list(CONFIG["arms"]), 1)
    (folder / "winners.csv").write_text(WINNERS, encoding="utf-8")
    (folder / "switching.csv").write_text(SWITCHING, encoding="utf-8")
    (tmp_path / "mine").mkdir()
    return tmp_path / "mine"


def changed(*path: str, to: object) -> dict:
    config = deepcopy(CONFIG)
    part = config
    for key in path[:-1]:
        part = part[key] if not isinstance(part, list) else part[int(key)]
    part[path[-1]] = to
    return config


@pytest.mark.parametrize(
    ("path", "to", "same"),
    [
        (("scenario", "firms"), 300000, True),  # stated on the page
        (("scenario", "parameters", "a", "b"), 3, True),  # varied
        (("arms", "park", "mechanisms", "0", "transfer"), 0.2, True),  # varied
        (("arms", "park", "mechanisms", "0", "strength"), 1.2, True),
        (("arms", "park", "mechanisms", "0", "half"), 0.005, True),  # the default, which the other may not have stored
        (("arms", "park", "mechanisms", "0", "half"), 0.02, False),
        (("arms", "park", "mechanisms", "0", "strength"), 4.0, False),
        (("arms", "park", "mechanisms", "0", "targets"), ["nanning", "guilin"], False),
        (("arms", "park", "mechanisms"), [PARK, FUND], False),
        (("scenario", "parameters", "a", "c"), 3, False),
        (("scenario", "years"), 10, False),
        (("scenario", "world"), "china", False),
    ],
)
def test_only_the_same_arms(beside, path, to, same):
    found = robustness_nearby(beside, changed(*path, to=to), ["targets_value_added"])
    assert (found is not None) == same
    assert found is None or (found.name, found.firms, found.uncertainties) == ("robust", 36000, 2)


def test_strengths_of_a_common_budget_count(beside):
    for factor, same in ((1.1, True), (0.4, False)):
        facts = {arm: {"factor": factor} for arm in ("park", "fund")}
        (beside / "scaled.json").write_text(json.dumps(facts), encoding="utf-8")
        assert (robustness_nearby(beside, CONFIG, ["targets_value_added"]) is not None) == same
