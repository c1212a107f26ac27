"""Kinds of experiment: every entry names what exists, and a further kind is one entry."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import Field

from sim import results
from sim.batch.engine import complete
from sim.batch.experiment import write_plan
from sim.batch.outcome import Outcome
from sim.batch.session import open_session
from sim.batch.tasks import plan
from sim.config import Design, json_schema, load
from sim.config.schema.scenario import Name, ScenarioOrName, Seed
from sim.config.text.problems import Problem
from sim.errors import UserError
from sim.kinds import KINDS, Kind, kind_of, register, resolved
from sim.parameters import Strict
from sim.results.manifest import check_folder
from tests.helpers.configs import faults, write
from tests.helpers.models import put_model
from tests.helpers.results import make_record
from tests.helpers.running import call, call_json

TEXT = """\
kind: repetition
name: twice
scenario: {kind: scenario, name: tiny, years: 5, firms: 1000}
times: 2
sizes: {parameters.migration.talent_mobility: 0.06}
"""


class Repetition(Strict):
    """One scenario, several times."""

    kind: Literal["repetition"] = "repetition"
    name: Name = Field(description="Name of the results folder")
    scenario: ScenarioOrName = Field(description="A scenario")
    times: int = Field(ge=1, description="How many times")
    sizes: dict[str, float] = Field(default_factory=dict, description="Dotted keys")
    seed: Seed = Field(default=1, description="First seed")


def _too_many(config: Repetition) -> list[Problem]:
    return [Problem(("times",), "is too many; expected at most 3")] if config.times > 3 else []


def _design(config: Repetition) -> Design:
    return Design({"repetitions": config.times}, config.times, {"tiny": config.scenario})


def _run(config: Repetition, out: Path, **options: Any) -> Outcome:
    with open_session(config, out, **{**options, "workers": 0}) as session:
        tasks, names = plan([{"tiny": config.scenario}], config.seed, 0, config.times, session.version, own=True)
        write_plan(session, config.times, names)
        outcome = complete(session, tasks)
    outcome.add_report(_report(out, draw=True), session.console)
    return outcome


def _report(folder: Path, draw: bool) -> Path:
    return results.write_text(Path(folder) / "report.html", f"repeated, figures {draw}")


REPETITION = Kind(
    "repetition",
    schema=Repetition,
    runner=_run,
    design=_design,
    sign="times",
    dotted=("sizes",),
    problems=_too_many,
    report=_report,
    not_identity=("times",),
)


@pytest.fixture
def repetition():
    register(REPETITION)
    yield
    del KINDS["repetition"]


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_what_an_entry_names_exists(kind):
    references = [getattr(kind, field.name) for field in fields(Kind) if "Reference" in str(field.type)]
    assert all(callable(resolved(reference)) for reference in references if reference is not None)
    schema = resolved(kind.schema).model_fields
    assert schema["kind"].default == kind.name
    assert {kind.sign, *kind.extendable} - {""} <= set(schema)


def test_a_kind_is_recognised_by_its_own_key():
    assert kind_of({"kind": "sweep", "objectives": []}) == "sweep"
    assert kind_of({"arms": {}, "vary": {}}) == "sweep"
    assert kind_of({"arms": {}, "objectives": [], "uncertainties": {}}) == "tuning"
    assert kind_of({"kind": "unknown", "years": 3}) == "scenario"


def test_a_name_is_registered_once(repetition):
    with pytest.raises(ValueError, match="already a kind"):
        register(REPETITION)


def test_a_further_kind_loads_and_is_checked(repetition, tmp_path):
    config = load(write(tmp_path, TEXT), ["times=3", "sizes.parameters.capital.depreciation=0.1", "years=4"])
    assert isinstance(config, Repetition) and config.times == 3 and config.scenario.years == 4
    assert list(config.sizes) == ["parameters.migration.talent_mobility", "parameters.capital.depreciation"]
    assert "Repetition" in json_schema()["$defs"]
    [fault] = faults(tmp_path, TEXT, "times=4")
    assert "expected at most 3" in fault
    assert any("times" in fault and "file.yaml:4" in fault for fault in faults(tmp_path, TEXT.replace("2", "0", 1)))
    [fault] = faults(tmp_path, TEXT.replace("kind: repetition\n", ""))  # recognised by its own key
    assert "kind: missing" in fault and "repetition" in fault
    world = TEXT.replace("years: 5", "years: 5, mechanisms: [{kind: fiscal_transfer, targets: [meizhu], amount: 5}]")
    assert any("did you mean 'meizhou'" in fault for fault in faults(tmp_path, world))


def test_a_further_kind_runs_from_the_command_line(repetition, tmp_path, capsys, monkeypatch):
    put_model(monkeypatch, lambda scenario, seed: make_record(seed, scenario.years))
    file, out = write(tmp_path, TEXT), tmp_path / "out"
    assert call_json(capsys, "check", file)[1]["repetitions"] == 2
    code, preview = call_json(capsys, "run", file, "--out", out, "--dry-run")
    assert (code, preview["kind"], preview["runs"]) == (0, "repetition", 2) and not out.exists()
    code, outcome = call_json(capsys, "run", file, "--out", out)
    assert (code, outcome["finished"], outcome["missing"]) == (0, 2, [])
    report = out / "report.html"
    assert report.read_text() == "repeated, figures True"
    report.unlink()
    assert call(capsys, "report", out)[0] == 0 and report.is_file()
    # What does not identify it may change; everything else makes another experiment.
    assert call_json(capsys, "run", file, "--out", out, "--set", "times=3")[1]["finished"] == 3
    assert call_json(capsys, "rerun", out)[1]["finished"] == 3
    assert check_folder(out, load(file).model_dump(mode="json"))
    with pytest.raises(UserError, match="other settings"):
        check_folder(out, load(file, ["seed=2"]).model_dump(mode="json"))
