"""Kinds of mechanisms from elsewhere: installed packages, and files beside a config."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import warnings
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

import pytest
from rich.console import Console

from sim.batch.engine import complete
from sim.batch.experiment import write_plan
from sim.batch.outcome import Outcome
from sim.batch.session import open_session
from sim.batch.tasks import canonical, plan, sources_of, write_failure
from sim.config import Comparison, Scenario, arm_scenarios, json_schema, load, restored
from sim.errors import UserError
from sim.mechanisms import MECHANISMS
from sim.policy import registry, sources
from sim.policy.mechanism import Mechanism
from sim.policy.plugins import changed, stored
from sim.results import read_manifest

HELPER = """\
RATE = 1.0
"""
MODULE = '''\
"""A toll between two partners."""

from typing import Literal

import helper
from helper import RATE
from hinterland import Field, Mechanism, Region, Regions, pick, pick_one


class Toll(Mechanism):
    """Takes money from a partner for its targets; it can hurt the partner."""

    reads = frozenset({"deflator"})
    writes = frozenset({"transfer"})

    kind: Literal["toll"] = "toll"
    targets: Regions = Field(default_factory=lambda: ["supporting"], description="Who is paid")
    partner: Region = Field("centre", description="Who pays")
    amount: float = Field(10.0, ge=0, description="Money a year [million yuan/yr]")

    def planned_cost(self, world, years):
        return self.strength * self.amount * years * RATE * helper.RATE

    def prepare(self, world, accounts, start_year):
        return {"targets": pick(world, self.name, self.targets), "partner": pick_one(world, self.name, self.partner)}

    def decide(self, view, act, memory):
        for j in memory["targets"]:
            amount = self.strength * self.amount * RATE / len(memory["targets"])
            if amount > 0 and j != memory["partner"]:
                payer, payee = (int(view.accounts.treasury[k]) for k in (memory["partner"], j))
                act.transfer(payer, payee, amount, "toll")

    def settle(self, view, act, memory):
        act.report("deflator", view.deflator, "1")
'''
CONFIG = """\
kind: comparison
name: tolls
mechanisms_from: own.py
scenario: {name: tolls, world: guangzhou, years: 1, firms: 1000}
replications: 1
arms:
  baseline: {}
  toll:
    mechanisms:
      - kind: toll
        partner: shenzhen
        overrides: {}
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a module, its helper, and a config."""
    (tmp_path / "helper.py").write_text(HELPER, encoding="utf-8")
    (tmp_path / "own.py").write_text(MODULE, encoding="utf-8")
    (tmp_path / "tolls.yaml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kinds that a test adds are gone after it."""
    monkeypatch.setattr(MECHANISMS, "_added", {})
    monkeypatch.setattr(MECHANISMS, "_installed", {})


def faults(path: Path) -> list[str]:
    with pytest.raises(UserError) as caught:
        load(path)
    return caught.value.messages


def command(*words: object, cwd: Path) -> subprocess.CompletedProcess:
    line = [sys.executable, "-m", "sim", *map(str, words)]
    return subprocess.run(line, cwd=cwd, capture_output=True, text=True, check=False)


def test_a_file_beside_a_config_is_a_kind_like_others(place: Path) -> None:
    config = load(place / "tolls.yaml")
    (toll,) = config.arms["toll"].mechanisms
    assert toll.kind == "toll" and toll.planned_cost(None, 2) == 20
    assert list(MECHANISMS) == [*MECHANISMS.own, "toll"]
    schema = json_schema()["$defs"]
    assert "partner" in schema["Toll"]["properties"] and "mechanisms_from" in schema["Comparison"]["properties"]
    assert "helper" not in sys.modules and "own" not in sys.modules


def test_new_fields_have_faults_with_line_and_nearest_word(place: Path) -> None:
    path, text = place / "tolls.yaml", CONFIG
    path.write_text(text.replace("partner: shenzhen", "partner: shenzhenn"), encoding="utf-8")
    (message,) = faults(path)
    assert "tolls.yaml:11:9: arms.toll.mechanisms.0.partner: 'shenzhenn' is unknown" in message
    assert "did you mean 'shenzhen'?" in message
    path.write_text(text.replace("overrides: {}", "overrides: {meizou: {}}"), encoding="utf-8")
    assert "tolls.yaml:12:21: arms.toll.mechanisms.0.overrides.meizou: 'meizou' is unknown" in faults(path)[0]
    path.write_text(text.replace("overrides: {}", "targets: []"), encoding="utf-8")
    assert "tolls.yaml:12:9: arms.toll.mechanisms.0.targets: targets nothing" in faults(path)[0]
    path.write_text(text.replace("kind: toll", "kind: tol"), encoding="utf-8")
    assert "unknown kind 'tol'; expected one of" in faults(path)[0] and "did you mean 'toll'" in faults(path)[0]
    path.write_text(text.replace("partner:", "partnr:"), encoding="utf-8")
    assert "tolls.yaml:11:9: arms.toll.mechanisms.0.partnr: unknown key; expected one of" in faults(path)[0]


@pytest.mark.parametrize(
    "change, words",
    [
        (("own.py", None), "tolls.yaml:3:1: mechanisms_from: 'own.py' no such file"),
        (("helper.py", "RATE = ("), "cannot be loaded (SyntaxError"),
        (("helper.py", "raise OSError('gone')"), "cannot be loaded (OSError: gone)"),
        (("own.py", "x = 1"), "defines no class derived from Mechanism"),
        (("own.py", MODULE.replace('"toll"', '"enclave"')), "'enclave' is a kind of Hinterland itself"),
    ],
)
def test_a_file_that_does_not_work_is_told_at_its_line(place: Path, change: tuple, words: str) -> None:
    name, text = change
    (place / name).unlink() if text is None else (place / name).write_text(text, encoding="utf-8")
    assert any(words in message for message in faults(place / "tolls.yaml"))
    assert isinstance(load("small"), Scenario)  # all else works


def computed(config: Comparison, out: Path) -> Outcome:
    """Compute the runs of a comparison by two workers, without tables and figures."""
    with open_session(config, out, workers=2, console=Console(quiet=True)) as desk:
        tasks, names = plan([arm_scenarios(config)], config.seed, 0, config.replications, desk.version, own=True)
        write_plan(desk, config.replications, names)
        return complete(desk, tasks)


def test_workers_load_it_and_results_are_resumed_by_the_copy(place: Path) -> None:
    out = place / "out"
    config = load(place / "tolls.yaml")
    assert isinstance(config, Comparison)
    assert computed(config, out).ok
    (place / "own.py").write_text("raise OSError('broken since')", encoding="utf-8")
    assert changed(out) == [str(place / "own.py")]
    (out / "runs" / "toll-000.h5").unlink()
    again = computed(restored(read_manifest(out)["config"], str(out)), out)
    assert again.ok and again.finished == 2
    assert stored(out)[0]["original"] == str(place / "own.py")
    failure = write_failure(out, plan([arm_scenarios(config)], 1, 0, 1, "")[0][1], "an error")
    assert load(failure).mechanisms[0].kind == "toll"


@pytest.mark.long
def test_it_runs_in_workers_is_kept_with_the_results_and_runs_again_from_there(place: Path) -> None:
    done = command("run", "tolls.yaml", "--out", "out", "--workers", 2, cwd=place)
    assert done.returncode == 0, done.stderr
    (row,) = stored(place / "out")
    assert row["module"] == "own/own.py" and Path(row["original"]) == place / "own.py"
    assert (place / "out/mechanisms/own/helper.py").read_text(encoding="utf-8") == HELPER
    again = command("run", "tolls.yaml", "--out", "out", "--workers", 2, cwd=place)
    assert "2 of 2 runs exist already" in again.stderr
    (place / "own.py").write_text(MODULE.replace("10.0", "11.0"), encoding="utf-8")
    assert changed(place / "out") == [str(place / "own.py")]
    rerun = command("rerun", "out", cwd=place)
    assert rerun.returncode == 0, rerun.stderr
    assert "own.py differs from its copy" in rerun.stderr and "2 of 2 runs exist already" in rerun.stderr
    shutil.rmtree(place / "out" / "runs")
    for name in ("own.py", "helper.py", "tolls.yaml"):
        (place / name).unlink()
    alone = command("rerun", "out", "--workers", 2, "--json", cwd=place)
    assert alone.returncode == 0 and json.loads(alone.stdout)["finished"] == 2, alone.stderr


def test_the_sources_that_a_run_uses_are_part_of_what_it_is(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def texts() -> tuple[str, str]:
        arms = load(place / "tolls.yaml").arms
        mechanisms = {"toll": arms["toll"].mechanisms, "plain": ()}
        toll, plain = (Scenario(name="a", mechanisms=given) for given in mechanisms.values())
        return canonical(toll), canonical(plain)

    first = texts()
    (place / "helper.py").write_text(HELPER + "\n", encoding="utf-8")
    second = texts()
    assert first[0] != second[0] and first[1] == second[1]


def test_own_kinds_count_where_they_are_used_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "mechanisms"
    shutil.copytree(Path(sources.__file__).parents[1] / "mechanisms", folder)
    place = sources._place
    monkeypatch.setattr(sources, "_place", lambda cls: (folder, *place(cls)[1:]))

    def digests() -> dict[str, str]:
        sources.source_digest.cache_clear()
        used = [MECHANISMS[kind](**more) for kind, more in (("enclave", {}), ("fiscal_transfer", {}))]
        return {m.kind: sources_of(Scenario(name="a", mechanisms=(m,)))[m.kind] for m in used}

    before = digests()
    with open(folder / "zones" / "enclave.py", "a", encoding="utf-8") as file:
        file.write("# touched\n")
    (folder / "zones" / "another.py").write_text("", encoding="utf-8")
    after = digests()
    sources.source_digest.cache_clear()
    assert before["fiscal_transfer"] == after["fiscal_transfer"] and before["enclave"] != after["enclave"]


def points(monkeypatch: pytest.MonkeyPatch, **classes: object) -> None:
    """Pretend that packages with kinds are installed."""
    module = ModuleType("made_up")
    vars(module).update(classes)
    monkeypatch.setitem(sys.modules, "made_up", module)
    monkeypatch.setattr(MECHANISMS, "_installed", None)
    found = [EntryPoint(name, f"made_up:{name}", registry.GROUP) for name in classes]
    monkeypatch.setattr(registry, "entry_points", lambda group: found)


def kind(name: str) -> type[Mechanism]:
    space = {"__module__": "made_up", "__annotations__": {"kind": str}, "kind": name, "__doc__": "It can hurt."}
    return type(name.title(), (Mechanism,), space)


def test_kinds_of_installed_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    points(monkeypatch, ferry=kind("ferry"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert MECHANISMS["ferry"].__name__ == "Ferry" and "ferry" in list(MECHANISMS)
    scenario = Scenario.model_validate({"name": "a", "mechanisms": [{"kind": "ferry", "strength": 2}]})
    assert scenario.mechanisms[0].strength == 2
    assert Scenario.model_validate(scenario.model_dump(mode="json")) == scenario


def test_broken_and_duplicate_packages_are_warned_of_by_name_once(monkeypatch: pytest.MonkeyPatch) -> None:
    points(monkeypatch, ferry=kind("ferry"), enclave=kind("enclave"), plane=3, bus=kind("coach"))
    with pytest.warns(RuntimeWarning) as told:
        assert list(MECHANISMS) == [*MECHANISMS.own, "ferry"]
    texts = sorted(str(w.message) for w in told)
    assert [text.split("'")[1] for text in texts] == ["bus", "enclave", "plane"]
    assert "its kind is 'coach'" in texts[0] and "a kind of that name already" in texts[1]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "enclave" in MECHANISMS and "plane" not in MECHANISMS


PACKAGE = {"__init__.py": "from pack import part\nimport numpy", "part.py": "x = 1", "other.py": ""}
NESTED = {"__init__.py": "", "kinds/__init__.py": "", "kinds/one.py": "from ..part import x", "part.py": "x = 1"}


@pytest.mark.parametrize(
    "module, files, counted",
    [
        ("pack", PACKAGE, {"__init__.py", "part.py"}),
        ("pack.kinds.one", NESTED, {"kinds/__init__.py", "kinds/one.py", "part.py"}),
    ],
)
def test_sources_of_an_installed_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, module: str, files: dict[str, str], counted: set[str]
) -> None:
    for name, text in files.items():
        (tmp_path / "pack" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "pack" / name).write_text(text, encoding="utf-8")
    (tmp_path / "numpy.py").write_text("", encoding="utf-8")
    for name in (module, "pack"):
        found, path = ModuleType(name), sources.find(tmp_path, tuple(name.split(".")))
        vars(found)["__file__"] = str(path)
        monkeypatch.setitem(sys.modules, name, found)
    folder, root, parts = sources._place(type("Kind", (Mechanism,), {"__module__": module}))
    assert set(sources.closure(folder, [parts], root)) == counted


def test_a_class_without_a_file_counts_by_its_text() -> None:
    space = {"__module__": "__main__", "__annotations__": {"kind": str}, "kind": "typed"}
    assert len(sources.source_digest(type("Typed", (Mechanism,), space))) == 64


def test_only_unknown_kinds_of_mechanisms_look_through_packages(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def looked(group: str) -> list[EntryPoint]:
        raise AssertionError(group)

    monkeypatch.setattr(MECHANISMS, "_installed", None)
    monkeypatch.setattr(registry, "entry_points", looked)
    assert load(place / "tolls.yaml", ["years=2", "arms.toll.mechanisms.toll.amount=2"]).scenario.years == 2
    assert load("enclave", ["mechanisms.parks.area=2"]).mechanisms[0].area == 2
