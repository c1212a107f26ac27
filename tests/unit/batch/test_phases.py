"""What takes long says so, once, on standard error; results and standard output do not depend on it."""

from __future__ import annotations

import io
import re
import time

import pytest
from rich.console import Console

import sim
from sim.batch import compiling, phases
from sim.batch.phases import phase
from sim.cli.output import working
from sim.config import load
from tests.helpers.configs import ENOUGH, write
from tests.helpers.models import put_model
from tests.helpers.results import make_record, write_fake
from tests.helpers.running import call, run_and_read, silent

TIME = r"\d+\.\d s\n"


@pytest.fixture
def at_once(monkeypatch):
    """Announce every phase, however short."""
    monkeypatch.setattr(phases, "LONG", 0)


def text(console: Console) -> str:
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_a_long_phase_says_what_and_how_long():
    console = silent()
    with phase(console, "drawing figures", seconds=0):
        assert text(console) == "drawing figures …"  # while it runs
    assert re.fullmatch(f"drawing figures … {TIME}", text(console))


def test_a_short_phase_says_nothing():
    console = silent()
    with phase(console, "drawing figures", seconds=1000):
        pass
    assert text(console) == ""


def test_a_phase_that_waits_is_announced_by_the_clock():
    console = silent()
    with phase(console, "reading", seconds=0.01):
        for _ in range(1000):
            if text(console):
                break
            time.sleep(0.01)
    assert text(console).startswith("reading … ")


def test_the_outermost_phase_speaks_also_after_an_error():
    console = silent()
    with (
        pytest.raises(ValueError, match="wrong"),
        phase(console, "all", seconds=0),
        phase(console, "a part", seconds=0),
    ):
        raise ValueError("wrong")
    assert "all … " in text(console) and "a part" not in text(console) and text(console).endswith(" s\n")
    with phase(console, "another", seconds=0):
        pass
    assert "another … " in text(console)  # the error has ended the first one


def test_a_quiet_console_stays_quiet():
    console = Console(file=io.StringIO(), quiet=True)
    with phase(console, "all", seconds=0):
        pass
    assert text(console) == ""


def test_an_experiment_names_its_phases(at_once, monkeypatch, tmp_path):
    put_model(monkeypatch, lambda scenario, seed: make_record(seed, 4, "fund" if scenario.mechanisms else "baseline"))
    monkeypatch.setattr("sim.batch.finish.save_all", lambda *_: [])
    _, said = run_and_read(sim.run, load(write(tmp_path, ENOUGH)), tmp_path / "out")
    for what in ("reading the data of the base year", "reading the runs", "computing the tables", "drawing figures",
                 "writing the report"):  # fmt: skip
        assert f"{what} … " in said


COMMANDS = {
    "status r": "reading the runs", "verify r": "reading all results", "audit r": "reading the runs",
    "hash r": "reading the runs", "export r": "reading the runs and writing tables",
    "plot r --variable value_added": "reading the runs and drawing", "world guangzhou": "reading the world",
    "check small": "reading the config",
}  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_name_their_phases_on_standard_error(command, at_once, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    write_fake(tmp_path / "r", replications=2, years=2)
    _, out, err = call(capsys, *command.split())
    assert f"{COMMANDS[command]} … " in err and "…" not in out
    _, _, err = call(capsys, *command.split(), "--json")
    assert "…" not in err


def test_no_phase_is_announced_for_programs():
    with working("reading", as_json=True):
        assert phases._active.acquire(blocking=False)  # nothing speaks
        phases._active.release()


@pytest.mark.parametrize("done", [False, True])
def test_compilation_says_how_long_it_took_unless_it_was_done_before(tmp_path, monkeypatch, done):
    mark, calls = tmp_path / "compiled", []
    if done:
        mark.touch()
    monkeypatch.setattr(compiling, "compiled_mark", lambda: mark)
    monkeypatch.setattr(compiling, "compile_once", lambda: calls.append(1))
    console = silent()
    compiling.compile_aloud(console)
    said = re.fullmatch(f"compiling the model's kernels, once on this machine … {TIME}", text(console))
    assert (calls, bool(said)) == (([], False) if done else ([1], True))
