"""City rules in configs: names, files next to a config, the former key; each error with its line."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from sim.batch.engine import complete
from sim.batch.experiment import write_plan
from sim.batch.session import open_session
from sim.batch.tasks import canonical, plan, sources_of, write_failure
from sim.config import Comparison, Scenario, arm_scenarios, load, restored
from sim.config.loader import _present
from sim.model import RegionalEconomy
from sim.policy import plugins
from sim.policy.cities import RULES
from sim.policy.plugins import changed, stored
from sim.results import open_results, read_manifest
from tests.helpers import ROOT
from tests.helpers.configs import faults, load_as, swapped, write

RULE = '''\
"""A rule with a helper."""

from helper import BID
from hinterland import City, Decision


class Steady(City):
    """Bids the same every year. It hurts services."""

    def decide(self, view):
        return Decision(bids=min(BID, view.parameters.cities.bid_limit))
'''
SCENARIO = """\
kind: scenario
name: cities
world: guangzhou
years: 1
firms: 1000
parameters:
  cities:
    rule: passive
"""
ARMS = """\
kind: comparison
name: cities
scenario: {name: cities, world: guangzhou, years: 1, firms: 1000, record: {variables: [bid]}}
replications: 1
arms:
  baseline: {}
  yardstick: {set: {parameters.cities.rule: yardstick}}
  steady: {set: {parameters.cities.rule: "steady:Steady"}}
"""
SWEEP = """\
kind: sweep
name: cities
scenario: {name: cities, world: guangzhou, years: 1, firms: 1000}
replications: 1
vary:
  parameters.cities.rule: [passive, yardstick, "steady:Steady"]
"""


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules that a test adds are gone after it."""
    monkeypatch.setattr(RULES, "_added", {})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a rule and its helper."""
    write(tmp_path, RULE, "steady.py")
    write(tmp_path, "BID = 0.25\n", "helper.py")
    return tmp_path


@pytest.mark.parametrize("rule", ["passive", "yardstick", "best_response", '"steady:Steady"'])
def test_a_rule_is_named(folder: Path, rule: str) -> None:
    found = load_as(Scenario, folder, swapped(SCENARIO, "rule: passive", f"rule: {rule}"))
    assert found.parameters.cities.rule == rule.strip('"')


@pytest.mark.parametrize(
    "line, words",
    [
        ("rule: yardstik", "file.yaml:8:5: parameters.cities.rule: unknown rule 'yardstik'; expected one of passive, "),
        ("rule: [passive]", "file.yaml:8:5: parameters.cities.rule: ['passive'] is the wrong type; expected text"),
        ('rule: "steady:Stedy"', "expected a file next to the config, or a module; did you mean 'steady:Steady'?"),
        ('rule: "stedy:Steady"', "cannot be imported (ModuleNotFoundError: No module named 'stedy')"),
        (
            "reaction: reactive",
            "parameters.cities.reaction: was replaced by 'rule'; expected 'rule: yardstick' instead",
        ),
        ("reaction: passive", "expected 'rule: passive' instead of 'reaction: passive'"),
    ],
)
def test_an_error_has_its_line_and_what_is_expected(folder: Path, line: str, words: str) -> None:
    (message,) = faults(folder, swapped(SCENARIO, "rule: passive", line))
    assert words in message and "file.yaml:8:5: " in message


def test_errors_of_other_positions(folder: Path) -> None:
    text = swapped(ARMS, "rule: yardstick", "reaction: reactive")
    assert "file.yaml:7:21: arms.yardstick.set.parameters.cities.reaction: was replaced" in faults(folder, text)[0]
    text = swapped(ARMS, "steady:Steady", "steady:Stedy")
    assert "file.yaml:8:18: arms.steady.set.parameters.cities.rule: 'steady:Stedy'" in faults(folder, text)[0]
    text = swapped(SWEEP, "passive, yardstick", "passive, yardstik")
    assert "file.yaml:6:37: vary.parameters.cities.rule.1: unknown rule 'yardstik'" in faults(folder, text)[0]
    text = swapped(SWEEP, "cities.rule", "cities.reaction")
    assert "was replaced by 'parameters.cities.rule'; expected that key" in faults(folder, text)[0]
    (message,) = faults(folder, SCENARIO, "parameters.cities.reaction=reactive")
    assert message.startswith("--set parameters.cities.reaction=reactive: ") and "'rule: yardstick'" in message


def test_a_file_that_does_not_work_is_reported_at_the_rule(folder: Path) -> None:
    write(folder, "raise OSError('gone')", "helper.py")
    messages = faults(folder, swapped(SCENARIO, "passive", '"steady:Steady"'))
    assert any("cannot be loaded (OSError: gone)" in m and ":8:5: parameters.cities.rule: " in m for m in messages)


def test_arms_sweeps_overrides_and_fragments_name_rules(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arms = arm_scenarios(load_as(Comparison, folder, ARMS))
    assert [s.parameters.cities.rule for s in arms.values()] == ["passive", "yardstick", "steady:Steady"]
    assert load(write(folder, SWEEP)).kind == "sweep"
    changed_by_command = ["parameters.cities.rule=steady:Steady"]
    assert load(write(folder, SCENARIO), changed_by_command).parameters.cities.rule == "steady:Steady"
    below = folder / "below"
    below.mkdir()
    write(below, "include: [../part.yaml]\n" + SCENARIO.split("parameters")[0], "file.yaml")
    write(folder, 'parameters: {cities: {rule: "steady:Steady"}}\n', "part.yaml")
    assert load(below / "file.yaml").parameters.cities.rule == "steady:Steady"
    # a bundled config has no files next to it: the current folder is searched
    RULES._added.clear()
    monkeypatch.chdir(folder)
    assert load("small", changed_by_command).parameters.cities.rule == "steady:Steady"


def test_the_latest_contents_of_a_file_count(folder: Path) -> None:
    text = swapped(SCENARIO, "passive", '"steady:Steady"')
    one = canonical(load_as(Scenario, folder, text))
    write(folder, "BID = 0.3\n", "helper.py")
    two = load_as(Scenario, folder, text)
    assert canonical(two) != one and set(sources_of(two)) == {"steady:Steady"}
    assert not sources_of(load_as(Scenario, folder, SCENARIO))
    model = RegionalEconomy(two)
    model.step()
    assert (model.state.bids == 0.3).all()


READ = """
import pickle, sys
from pathlib import Path
for file in sys.argv[1:]:
    found = pickle.loads(Path(file).read_bytes())
    scenario = found if hasattr(found, "parameters") else found.config
    rule = type(found.state.setup.city_rule).__name__ if scenario is not found else ""
    print(scenario.parameters.cities.rule, rule)
    if scenario is found:
        from sim.model import RegionalEconomy
        found = RegionalEconomy(scenario)
    found.step()
    print(found.state.bids.max())
"""


def test_another_process_loads_the_file_of_a_scenario_and_of_a_model(folder: Path) -> None:
    scenario = load_as(Scenario, folder, swapped(SCENARIO, "passive", '"steady:Steady"'))
    (folder / "scenario").write_bytes(pickle.dumps(scenario))
    (folder / "model").write_bytes(pickle.dumps(RegionalEconomy(scenario)))
    for name in ("scenario", "model"):
        line = [sys.executable, "-c", READ, str(folder / name)]
        done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stdout.split()[0] == "steady:Steady" and done.stdout.split()[-1] == "0.25"


def test_workers_use_it_and_results_keep_it(folder: Path) -> None:
    out = folder / "out"
    config = load_as(Comparison, folder, ARMS)

    def compute(config: Any) -> Any:
        with open_session(config, out, workers=2, console=Console(quiet=True)) as desk:
            tasks, names = plan([arm_scenarios(config)], config.seed, 0, config.replications, desk.version, own=True)
            write_plan(desk, config.replications, names)
            return complete(desk, tasks)

    assert compute(config).ok
    with open_results(out) as data:
        bids = data["bid"].max(("replication", "year", "region"))
        assert float(bids.sel(arm="steady")) == 0.25 and float(bids.sel(arm="baseline")) == 0.0
    (row,) = stored(out)
    assert row["module"] == "steady/steady.py" and (out / plugins.KEPT / "steady" / "helper.py").is_file()
    write(folder, "raise OSError('broken since')", "steady.py")
    assert changed(out) == [str(folder / "steady.py")]
    (out / "runs" / "steady-000.h5").unlink()
    RULES._added.clear()
    again = compute(restored(read_manifest(out)["config"], str(out)))
    assert again.ok and again.finished == 3
    tasks, _ = plan([arm_scenarios(config)], 1, 0, 1, "")
    failure = write_failure(out, next(t for t in tasks if t.arm == "steady"), "an error")
    assert load(failure).parameters.cities.rule == "steady:Steady"


def test_stored_configs_of_earlier_versions_keep_their_meaning() -> None:
    stored = {"arms": [{"cities": {"reaction": "reactive", "matching": 0.5}}], "cities": {"reaction": "passive"}}
    assert _present(json.loads(json.dumps(stored))) == {
        "arms": [{"cities": {"matching": 0.5, "rule": "yardstick"}}], "cities": {"rule": "passive"},
    }  # fmt: skip
