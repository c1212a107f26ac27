"""Presets: kinds by a YAML file, bundled ones and those named in configs."""

from __future__ import annotations

import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from sim.batch.engine import complete
from sim.batch.experiment import write_plan
from sim.batch.modules import used
from sim.batch.outcome import Outcome
from sim.batch.session import open_session
from sim.batch.tasks import canonical, plan
from sim.config import Comparison, Scenario, arm_scenarios, json_schema, load, restored
from sim.errors import UserError
from sim.mechanisms import MECHANISMS
from sim.policy.plugins import PluginError, changed, stored
from sim.policy.plugins import load as load_kinds
from sim.policy.sources import source_digest
from sim.results import read_manifest
from sim.testing import ContractBroken, check_mechanism, contracts
from tests.helpers.configs import swapped
from tests.helpers.running import call, call_json

PRESET = """\
kind: village_schools
of: fiscal_transfer
text: |
  Pays for services in villages.

  It hurts whoever pays.
defaults:
  earmark: services
  effort: 0.8
  funding: {nation: 1.0}
evidence: ["A finding (Someone 2020)"]
example: {amount: 300}
"""
CONFIG = """\
kind: comparison
name: schools
mechanisms_from: schools.yaml
scenario: {name: schools, world: guangzhou, years: 1, firms: 1000}
replications: 1
arms:
  baseline: {}
  schools:
    mechanisms:
      - {kind: village_schools, targets: [guangxi]}
"""
OWN = '''\
from typing import Literal

from sim.mechanisms.public.fiscal_transfer import FiscalTransfer


class Toll(FiscalTransfer):
    """Pays. It hurts."""

    kind: Literal["toll"] = "toll"
'''


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kinds that a test adds are gone after it."""
    monkeypatch.setattr(MECHANISMS, "_added", {})
    monkeypatch.setattr(MECHANISMS, "_installed", {})


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a preset and a config that uses it."""
    (tmp_path / "schools.yaml").write_text(PRESET, encoding="utf-8")
    (tmp_path / "config.yaml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


def test_bundled_presets_are_kinds_like_others() -> None:
    assert {"canal", "equal_services"} <= set(MECHANISMS.own)
    base, canal = MECHANISMS["transport_corridor"], MECHANISMS["canal"]
    assert issubclass(canal, base) and canal is MECHANISMS["canal"] and canal.preset_of is base
    made = canal(cities=["nanning", "qinzhou"])
    assert (made.kind, made.name, made.mode, made.speed, made.build_years) == ("canal", "canal", "waterway", 25, 10)
    assert (made.capex_per_km, made.running_cost_per_km) == (200, 0.5) and canal.evidence
    assert pickle.loads(pickle.dumps(made)) == made
    assert canal(cities=["nanning", "qinzhou"], speed=30).speed == 30
    services = MECHANISMS["equal_services"]()
    assert (services.earmark, services.effort, services.amount) == ("services", 1.0, 1000.0)
    assert {"Canal", "EqualServices", "TransportCorridor"} <= set(json_schema()["$defs"])
    assert json_schema()["$defs"]["Canal"]["properties"]["mode"]["default"] == "waterway"


def test_bounds_of_the_kind_hold_and_the_base_stays_as_it_was() -> None:
    with pytest.raises(ValueError, match="less than or equal to 1"):
        MECHANISMS["equal_services"](effort=1.5)
    with pytest.raises(ValueError, match="canal: expected either a line or cities"):
        MECHANISMS["canal"]()
    base = MECHANISMS["transport_corridor"].model_fields
    assert base["speed"].default == 260 and base["speed"].json_schema_extra["range"] == [160, 350]
    speed = MECHANISMS["canal"].model_fields["speed"].json_schema_extra
    assert "range" not in speed and speed["basis"] == "see the evidence of the preset"


def test_a_preset_has_the_sources_of_its_kind() -> None:
    assert source_digest(MECHANISMS["canal"]) == source_digest(MECHANISMS["transport_corridor"])


def test_commands_know_presets(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, found = call_json(capsys, "list", "mechanisms")
    assert "canal" in {row["kind"] for row in found["mechanisms"]}
    code, found = call_json(capsys, "explain", "village_schools", "--from", place / "schools.yaml")
    assert (
        code == 0 and found["hurts"] == "It hurts whoever pays." and found["evidence"] == ["A finding (Someone 2020)"]
    )
    assert found["example"] == "- {kind: village_schools, amount: 300}\n"
    effort = next(row for row in found["fields"] if row["name"] == "effort")
    assert effort["default"] == 0.8 and effort["bounds"] == {"ge": 0, "le": 1}
    code, out, _ = call(capsys, "mechanism", "check", "village_schools", "--from", place / "schools.yaml")
    assert code == 0, out


def test_the_contract_holds_a_preset_to_its_text(place: Path) -> None:
    (place / "schools.yaml").write_text(swapped(PRESET, "It hurts whoever pays.", ""), encoding="utf-8")
    cls = load_kinds(place / "schools.yaml").kinds["village_schools"]
    (rule,) = [rule for rule in contracts(cls) if rule.name == "kind and docstring"]
    with pytest.raises(ContractBroken, match="does not say when it hurts"):
        rule.test()


def test_a_config_names_a_preset(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = load(place / "config.yaml")
    assert isinstance(config, Comparison)
    (schools,) = config.arms["schools"].mechanisms
    assert (schools.effort, schools.earmark, schools.funding.nation) == (0.8, "services", 1.0)
    assert pickle.loads(pickle.dumps(schools)) == schools
    assert call(capsys, "check", place / "config.yaml")[0] == 0
    (place / "config.yaml").write_text(swapped(CONFIG, "[guangxi]", "[guangxy]"), encoding="utf-8")
    with pytest.raises(UserError, match="did you mean 'guangxi'"):
        load(place / "config.yaml")


@pytest.mark.parametrize(
    "old, new, words",
    [
        ("effort: 0.8", "efort: 0.8", "schools.yaml:9:3: defaults.efort: unknown setting 'efort'; expected one of"),
        ("effort: 0.8", "efort: 0.8", "did you mean 'effort'?"),
        ("effort: 0.8", "effort: 1.8", "schools.yaml:9:3: defaults.effort: 1.8 is out of range; expected at most 1"),
        ("effort: 0.8", "effort: much", "defaults.effort: 'much' is the wrong type; expected a number"),
        ("effort: 0.8", "name: other", "defaults.name: unknown setting 'name'"),
        ("earmark: services", "earmark: service", "schools.yaml:8:3: defaults.earmark: unknown value 'service'"),
        ("{nation: 1.0}", "{nation: 0.5}", "schools.yaml:10:3: defaults.funding: funding shares sum to 0.5"),
        ("{nation: 1.0}", "{natoin: 1.0}", "schools.yaml:10:13: defaults.funding.natoin: unknown key 'natoin'"),
        ("{nation: 1.0}", "{natoin: 1.0}", "did you mean 'nation'?"),
        ("of: fiscal_transfer", "of: fiscal_transfr", "schools.yaml:2:1: of: unknown kind 'fiscal_transfr'"),
        ("of: fiscal_transfer", "of: fiscal_transfr", "did you mean 'fiscal_transfer'?"),
        ("of: fiscal_transfer\n", "", "schools.yaml:1:1: of: missing"),
        ("kind: village_schools", "kind: canal", "schools.yaml:1:1: kind: 'canal' is a kind of Hinterland itself"),
        ("kind: village_schools", "kind: Schools", "kind: 'Schools' is no name; expected lower-case letters"),
        ("evidence:", "evidnce:", "schools.yaml:11:1: evidnce: unknown key 'evidnce'; expected one of kind, of"),
        ("evidence:", "evidnce:", "did you mean 'evidence'?"),
        ("{amount: 300}", "{amount: -3}", "schools.yaml:12:11: example.amount: -3 is out of range"),
        ("{amount: 300}", "{amuont: 3}", "example.amuont: unknown key 'amuont'; expected one of"),
        ("defaults:", "defaults: [", "schools.yaml:9:9: not YAML"),
        ("kind: village_schools", "- 1", "not YAML"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_preset_has_file_line_and_key(
    place: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, words: str
) -> None:
    (place / "schools.yaml").write_text(swapped(PRESET, old, new), encoding="utf-8")
    with pytest.raises(UserError) as caught:
        load(place / "config.yaml")
    assert any(words in message for message in caught.value.messages), caught.value.messages
    code, found = call_json(capsys, "explain", "village_schools", "--from", place / "schools.yaml")
    assert code == 2 and any(words in message for message in found["error"])
    assert isinstance(load("small"), Scenario)  # all else works


def test_several_errors_are_all_there(place: Path) -> None:
    text = swapped(swapped(PRESET, "effort: 0.8", "effort: 2"), "earmark: services", "earmrk: services")
    (place / "schools.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(PluginError) as caught:
        load_kinds(place / "schools.yaml")
    assert len(caught.value.faults) == 2 and str(caught.value).startswith("is no preset: ")


def test_a_file_without_keys_or_of_another_type(place: Path) -> None:
    (place / "schools.yaml").write_text("just a text", encoding="utf-8")
    with pytest.raises(PluginError, match="schools.yaml:1:1: holds no keys; expected kind, of"):
        load_kinds(place / "schools.yaml")
    (place / "schools.txt").write_text(PRESET, encoding="utf-8")
    with pytest.raises(PluginError, match="or a preset in YAML"):
        load_kinds(place / "schools.txt")


def test_a_changed_file_is_another_kind_and_other_runs(place: Path) -> None:
    def text() -> str:
        return canonical(Scenario(name="a", mechanisms=load(place / "config.yaml").arms["schools"].mechanisms))

    first = text()
    (place / "schools.yaml").write_text(swapped(PRESET, "effort: 0.8", "effort: 0.9"), encoding="utf-8")
    assert text() != first


def computed(config: Comparison, out: Path) -> Outcome:
    """Compute the runs of a comparison by two workers, without tables and figures."""
    with open_session(config, out, workers=2, console=Console(quiet=True)) as session:
        tasks, names = plan([arm_scenarios(config)], config.seed, 0, config.replications, session.version, own=True)
        write_plan(session, config.replications, names)
        return complete(session, tasks)


def test_workers_load_it_and_results_are_resumed_by_the_copy(place: Path) -> None:
    """A preset of a kind that comes from a file itself: both are copied, the kind first."""
    (place / "own.py").write_text(OWN, encoding="utf-8")
    (place / "schools.yaml").write_text(swapped(PRESET, "of: fiscal_transfer", "of: toll"), encoding="utf-8")
    text = swapped(CONFIG, "mechanisms_from: schools.yaml", "mechanisms_from: [own.py, schools.yaml]")
    (place / "config.yaml").write_text(text, encoding="utf-8")
    out, config = place / "out", load(place / "config.yaml")
    assert isinstance(config, Comparison)
    assert [plugin.file.name for plugin in used(config)] == ["own.py", "schools.yaml"]
    assert computed(config, out).ok
    assert [row["module"] for row in stored(out)] == ["own/own.py", "schools/schools.yaml"]
    (place / "schools.yaml").write_text("broken: since", encoding="utf-8")
    assert changed(out) == [str(place / "schools.yaml")]
    (out / "runs" / "schools-000.h5").unlink()
    again = computed(restored(read_manifest(out)["config"], str(out)), out)
    assert again.ok and again.finished == 2


def test_a_preset_follows_its_kind_when_that_is_loaded_again(place: Path) -> None:
    (place / "own.py").write_text(OWN, encoding="utf-8")
    (place / "schools.yaml").write_text(swapped(PRESET, "of: fiscal_transfer", "of: toll"), encoding="utf-8")
    load_kinds(place / "own.py")
    first = load_kinds(place / "schools.yaml").kinds["village_schools"]
    (place / "own.py").write_text(swapped(OWN, "Pays.", "Pays more."), encoding="utf-8")
    load_kinds(place / "own.py")
    second = load_kinds(place / "schools.yaml").kinds["village_schools"]
    assert first is not second and second.preset_of is MECHANISMS["toll"]


@pytest.mark.long
def test_it_runs_and_runs_again_from_the_copy(place: Path) -> None:
    def command(*words: object) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", "sim", *map(str, words)]
        return subprocess.run(line, cwd=place, capture_output=True, text=True, check=False)

    done = command("run", "config.yaml", "--out", "out", "--workers", 2)
    assert done.returncode == 0, done.stderr
    (place / "schools.yaml").write_text(swapped(PRESET, "0.8", "0.9"), encoding="utf-8")
    rerun = command("rerun", "out")
    assert "schools.yaml differs from its copy" in rerun.stderr and "2 of 2 runs exist already" in rerun.stderr
    shutil.rmtree(place / "out" / "runs")
    for name in ("schools.yaml", "config.yaml"):
        (place / name).unlink()
    assert command("rerun", "out", "--workers", 2).returncode == 0


def test_every_bundled_file_is_named_as_its_kind() -> None:
    for kind, where in MECHANISMS.own.items():
        if "presets" in where:
            assert MECHANISMS[kind].model_fields["kind"].default == kind
            check_mechanism(MECHANISMS[kind])
