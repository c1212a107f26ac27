"""Where one stands, what lies in a folder, what an operating system refuses: commands on results folders."""

from __future__ import annotations

import errno
import fcntl
import json
import shutil
import sqlite3
from pathlib import Path

import h5py
import pytest

import sim
from sim import results
from sim.batch.locks import OWNER, Timeout, locked
from sim.batch.session import active_process, open_folder
from sim.batch.tasks import version_of
from sim.batch.uptodate import NOTE, finished
from sim.config import load
from sim.errors import UserError
from sim.results.inputs import KEPT
from sim.results.outputs import TABLES
from sim.world import load_world, world_identity, write_template
from tests.helpers import ROOT
from tests.helpers.configs import write
from tests.helpers.models import put_module
from tests.helpers.running import call, silent

TINY = "{kind: synthetic, name: tiny, regions: 4}"
SCENARIO = f"kind: scenario\nname: s\nworld: {TINY}\nyears: 1\nfirms: 1000\n"
OWN = "kind: scenario\nname: own\nworld: my_world\nyears: 1\nfirms: 1000\n"
PAIR = f"""\
kind: comparison
name: c
scenario: {{name: s, world: {TINY}, years: 2, firms: 1000}}
arms:
  baseline: {{}}
  t: {{mechanisms: [{{kind: fiscal_transfer, name: t, targets: [supporting], start: 2021, amount: 20000}}]}}
replications: 1
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """Run in an empty folder, in this process, without most of the drawing."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sim.batch.executors.default_workers", lambda: 1)
    return tmp_path


@pytest.fixture
def quick(monkeypatch):
    """Figures and report are files with a word."""

    def save(ds, folder):
        return [results.write_text(Path(folder) / f"{name}.png", "drawn") for name in ("map", "cost")]

    monkeypatch.setattr("sim.batch.finish.save_all", save)
    page = "sim.batch.finish.write_report"
    monkeypatch.setattr(page, lambda folder, **_: results.write_text(folder / "report.html", "page"))


def start(config: str | Path, out: str | Path, *changes: str, **options) -> tuple[object, str]:
    console = silent()
    outcome = sim.run(load(config, list(changes)), out, console=console, **{"workers": 0, **options})
    return outcome, console.file.getvalue()


# Where one stands.


def test_an_own_world_is_found_from_anywhere_and_travels_with_the_results(here, quick, monkeypatch, capsys):
    for name in ("exp", "other"):
        (here / name).mkdir()
    write_template("exp/my_world")
    write(here / "exp", OWN, "o.yaml")
    start("exp/o.yaml", "r")
    monkeypatch.chdir(here / "other")
    assert call(capsys, "rerun", "../r")[0] == 0
    assert results.status(here / "r").finished == 1
    monkeypatch.chdir(here / "exp")
    assert "1 of 1 runs exist already" in start("o.yaml", "../r")[1]
    # elsewhere, without the tables that it was made from
    shutil.move(here / "r", here / "other" / "moved")
    shutil.rmtree(here / "exp")
    monkeypatch.chdir(here)
    code, _, err = call(capsys, "rerun", "other/moved")
    assert code == 0 and "1 of 1 runs exist already" in err
    assert results.status(here / "other" / "moved").finished == 1


def test_a_changed_world_is_another_experiment_and_nothing_is_lost(here, quick, capsys):
    write_template("my_world")
    file = write(here, OWN)
    start(file, "r")
    before = (here / "r" / "experiment.json").read_bytes()
    table = here / "my_world" / "regions.csv"
    table.write_text(table.read_text().replace("0.", "0.0", 1) + "\n")
    with pytest.raises(UserError, match="other settings"):
        start(file, "r")
    assert (here / "r" / "experiment.json").read_bytes() == before
    code, _, err = call(capsys, "rerun", "r")
    assert code == 0 and "differs from its copy" in err and results.status("r").finished == 1


def test_results_of_earlier_versions_name_their_world_only(here, quick):
    write_template("my_world")
    file = write(here, OWN)
    start(file, "r")
    shutil.rmtree(here / "r" / KEPT)
    manifest = json.loads((here / "r" / "experiment.json").read_text())
    manifest["config"]["world"] = "some/where/my_world"
    (here / "r" / "experiment.json").write_text(json.dumps(manifest))
    assert "1 of 1 runs exist already" in start(file, "r")[1]


def test_a_world_that_is_nowhere_is_refused_before_anything_is_written(here, quick, capsys):
    write_template("my_world")
    start(write(here, OWN), "r")
    shutil.rmtree(here / "r" / KEPT)
    manifest = (here / "r" / "experiment.json").read_text().replace(str(here), "/nowhere")
    (here / "r" / "experiment.json").write_text(manifest)
    code, _, err = call(capsys, "rerun", "r")
    assert code == 2 and "/nowhere/my_world" in err
    assert (here / "r" / "experiment.json").read_text() == manifest


@pytest.mark.parametrize("named", ["config", "override", "command"])
def test_a_folder_named_as_a_bundled_world_is_ambiguous(here, named, capsys):
    write_template("guangzhou")
    if named == "command":
        code, _, err = call(capsys, "world", "guangzhou")
        assert code == 2 and "./guangzhou" in err and "bundled:guangzhou" in err
        return
    file = write(here, SCENARIO.replace(TINY, "guangzhou" if named == "config" else TINY))
    with pytest.raises(UserError, match=r"\./guangzhou .* bundled:guangzhou"):
        load(file, ["world=guangzhou"] if named == "override" else [])
    for word, folder in (("./guangzhou", True), ("bundled:guangzhou", False)):
        world = load(file, [f"world={word}"]).world
        assert (world == str(here / "guangzhou")) is folder
        assert (load_world(world, 2020).n_regions == 4) is folder


def test_bundled_configs_mean_bundled_worlds_wherever_one_stands(here, capsys):
    write_template("guangzhou")
    assert load("small").world == "guangzhou"
    out = call(capsys, "world", "check", "guangzhou")[1:]
    assert "--set world=./guangzhou" in "".join(out)


def test_what_is_opened_stays_when_the_folder_changes(here, quick, monkeypatch):
    start(write(here, SCENARIO), "r")
    opened = sim.open_results("r")
    (here / "other").mkdir()
    monkeypatch.chdir(here / "other")
    assert float(opened["people"].sum()) > 0
    assert Path(opened.attrs["path"]).is_absolute()


def test_a_tilde_is_the_home_folder_everywhere(here, quick, monkeypatch, capsys):
    monkeypatch.setenv("HOME", str(here / "home"))
    (here / "home").mkdir()
    write_template("~/my_world")
    write(here / "home", OWN.replace("my_world", "~/my_world"), "s.yaml")
    assert call(capsys, "run", "~/s.yaml", "--out=~/x")[0] == 0
    assert call(capsys, "export", "~/x", "--out=~/tables")[0] == 0
    assert call(capsys, "plot", "~/x", "--variable", "capital", "--out=~/capital.png")[0] == 0
    assert sim.open_results("~/x").sizes["arm"] == 1
    assert load("small", ["world=~/my_world", "start=2020"]).world == str(here / "home" / "my_world")
    assert {path.name for path in here.iterdir()} == {"home"}
    assert (here / "home" / "tables" / "regions.csv").is_file() and (here / "home" / "capital.png").is_file()


# What the system refuses.


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """Results of a scenario, as a run leaves them."""
    folder = tmp_path_factory.mktemp("made")
    console = silent()
    sim.run(load(write(folder, SCENARIO)), folder / "r", workers=0, console=console)
    return folder / "r"


def test_refusals_are_one_line_each(here, made, capsys):
    write(here, SCENARIO, "s.yaml")
    (here / "dangling").symlink_to("/nonexistent/x")
    (here / "file").touch()
    (here / "folder.png").mkdir()
    for words in (
        ("run", "s.yaml", "--out", "dangling"),
        ("run", "s.yaml", "--out", "file/x"),
        ("run", "s.yaml", "--out", "file"),
        ("run", "s.yaml", "--out", "x" * 300),
        ("plot", made, "--variable", "capital", "--out", "folder.png"),
        ("export", made, "--out", "file"),
        ("report", made, "--out", "file"),
        ("status", "x" * 300),
        ("world", "new", "file/x"),
    ):
        code, out, err = call(capsys, *words)
        lines = [line for line in err.splitlines() if line.startswith("error: ")]
        assert code == 2 and len(lines) == 1 and "[Errno" not in err and not out, words


def test_results_that_can_only_be_read_are_shown_elsewhere(here, made, capsys, monkeypatch):
    folder = Path(shutil.copytree(made, here / "ro"))
    files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def refuse(path, *_, **__):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    original = Path.mkdir
    monkeypatch.setattr(Path, "mkdir", lambda p, *a, **k: refuse(p) if folder in p.parents else original(p, *a, **k))
    code, _, err = call(capsys, "export", folder)
    assert code == 2 and "no permission" in err
    assert call(capsys, "export", folder, "--out", "tables")[0] == 0
    assert call(capsys, "plot", folder, "--variable", "capital", "--out", "c.png")[0] == 0
    assert call(capsys, "report", folder, "--out", "shown")[0] == 0
    assert (here / "shown" / "report.html").is_file() and (here / "shown" / "figures" / "map.png").is_file()
    assert files == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("code", [errno.EACCES, errno.EMFILE, errno.EIO, errno.ESTALE])
def test_what_cannot_be_read_now_is_not_damaged(here, made, monkeypatch, code):
    folder = Path(shutil.copytree(made, here / "r"))

    def refuse(*_, **__):
        raise OSError(code, "refused")

    (folder / "index.sqlite").unlink()
    monkeypatch.setattr(h5py, "File", refuse)
    with pytest.raises(OSError, match="refused|.") as caught:
        results.open_results(folder)
    assert caught.value.errno == code and str(caught.value.filename).endswith(".h5")
    with pytest.raises(OSError, match="."):
        start(write(here, SCENARIO), folder, "years=1")
    monkeypatch.undo()
    assert not list(folder.glob("runs/*.damaged")) and sim.open_results(folder).sizes["arm"] == 1


@pytest.mark.parametrize("code", [errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_disk_without_locks(here, quick, monkeypatch, code):
    def flock(*_):
        raise OSError(code, "no locks here")

    monkeypatch.setattr(fcntl, "flock", flock)
    outcome, _ = start(write(here, SCENARIO), "r")
    assert outcome.ok and active_process(here / "r") is None
    lock = here / "r" / ".lock"
    with locked(lock, 0):
        assert "process" in str(active_process(here / "r"))
        with pytest.raises(Timeout) as caught, locked(lock, 0):
            pass
        assert caught.value.lock_file.endswith(OWNER)
        with pytest.raises(UserError, match="in use by process .* delete .* if it has ended"):
            start(here / "file.yaml", "r", "title=other")
    assert active_process(here / "r") is None


def test_a_database_that_cannot_be_used_is_done_without(here, quick, monkeypatch):

    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *_, **__: connect(here / "none" / "index.sqlite"))
    outcome, _ = start(write(here, SCENARIO), "r")
    assert outcome.ok and results.status("r").finished == 1


# Which experiment a folder holds.


@pytest.mark.parametrize(
    "change", ["title=B", "threads=2", "scenario.title=B", "arms.t.title=B", "scenario.name=other"]
)
def test_what_changes_no_run_is_the_same_experiment(here, quick, change):
    file = write(here, PAIR)
    start(file, "r")
    outcome, text = start(file, "r", change)
    assert outcome.ok and "2 of 2 runs exist already" in text


def test_another_setting_is_named(here, quick):
    file = write(here, PAIR)
    start(file, "r")
    with pytest.raises(UserError, match=r"scenario\.firms: 1000 there, 2000 now"):
        start(file, "r", "firms=2000")


def test_overwrite_leaves_nothing_of_the_other_experiment_and_all_of_the_user(here, quick):
    start(write(here, PAIR), "r")
    results.export("r", "r/csv")
    for name in ("notes.csv", "my.png", "figures/mine.txt"):
        (here / "r" / name).write_text("mine")
    assert (here / "r" / "headline.csv").is_file() and (here / "r" / "figures" / "cost.png").is_file()
    (here / "r" / "figures" / "pareto.pdf").touch()
    start(write(here, SCENARIO), "r", overwrite=True)
    left = {path.relative_to(here / "r").as_posix() for path in (here / "r").rglob("*") if path.is_file()}
    assert {"notes.csv", "my.png", "figures/mine.txt"} <= left
    assert not {"headline.csv", "figures/pareto.pdf", "csv/regions.csv", "runs/t-000.h5"} & left


@pytest.mark.parametrize("options", [{}, {"report": False}])
def test_overwrite_runs_again_what_is_complete(here, quick, options):
    file = write(here, PAIR)
    start(file, "r", **options)
    stamps = {path: path.stat().st_mtime_ns for path in (here / "r" / "runs").iterdir()}
    (here / "r" / "notes.csv").write_text("mine")
    outcome, text = start(file, "r", overwrite=True, **options)
    assert outcome.finished == 2 and "exist already" not in text and "nothing to do" not in text
    assert all(path.stat().st_mtime_ns > stamp for path, stamp in stamps.items()) and len(stamps) == 2
    assert (here / "r" / "notes.csv").read_text() == "mine"
    if not options:
        assert "nothing to do" in start(file, "r")[1]  # without it, what is complete is kept


def test_overwrite_keeps_the_runs_of_an_interrupted_experiment(here, quick):
    """The same command again, as the note on an interruption says, computes the missing runs only."""
    file = write(here, PAIR)
    start(file, "r")
    (here / "r" / "runs" / "t-000.h5").unlink()
    assert "1 of 2 runs exist already" in start(file, "r", overwrite=True)[1]


def test_overwrite_begins_a_complete_estimation_again(here):
    results.write_manifest("r", "e", json.dumps({"kind": "estimation"}), ["estimation"], 1)
    assert not finished(here / "r")
    (here / "r" / NOTE).write_text("{}")
    assert finished(here / "r")


def test_a_timeout_of_the_work_in_a_folder_is_not_that_of_its_lock(here):
    """Another lock that the work waits for, such as that of the kernels, says nothing about the folder."""
    config = load(write(here, SCENARIO))
    with pytest.raises(Timeout) as caught, open_folder(config, "r", overwrite=False):
        raise Timeout("elsewhere.lock")
    assert caught.value.lock_file == "elsewhere.lock"
    with open_folder(config, "r", overwrite=False), pytest.raises(UserError, match="in use by process"):
        open_folder(config, "r", overwrite=False).__enter__()


def test_all_tables_are_known():
    """A table that an experiment writes under another name would outlive ``--overwrite``."""
    import re

    from sim.analysis.factorial import COLUMNS

    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "sim" / "batch").rglob("*.py")]
    named = {name for text in texts for name in re.findall(r'"([a-z_]+)\.csv"', text)} | set(COLUMNS)
    assert named <= set(TABLES) and len(named) > 15


@pytest.mark.parametrize("name", ["log", "run.log", "slurm-12.out", ".gitkeep", ".DS_Store", "Thumbs.db"])
def test_a_log_or_what_a_system_leaves_is_no_experiment(here, quick, name):
    (here / "o").mkdir()
    (here / "o" / name).write_text("x")
    assert start(write(here, SCENARIO), "o")[0].ok
    assert (here / "o" / name).read_text() == "x"


def test_an_estimation_runs_again_and_is_not_sent_to_a_report(here, capsys):
    assert call(capsys, "run", "birthplace_2010", "--out", "d")[0] == 0
    assert call(capsys, "rerun", "d")[0] == 0
    for command in ("status", "verify"):
        code, _, err = call(capsys, command, "d")
        assert code == 0 and "hinterland report" not in err


# What results are made of.


def test_a_model_of_a_users_file_counts_with_what_it_imports(here, monkeypatch):
    (here / "helper_of_mine.py").write_text("FACTOR = 1\n")
    (here / "model_of_mine.py").write_text("import helper_of_mine\ndef run(scenario, seed):\n    return 1\n")
    module = put_module(monkeypatch, "model_of_mine", __file__=str(here / "model_of_mine.py"))
    exec((here / "model_of_mine.py").read_text().replace("import helper_of_mine\n", ""), module.__dict__)
    module.run.__module__ = "model_of_mine"
    before = version_of(module.run)
    (here / "helper_of_mine.py").write_text("FACTOR = 2\n")
    assert version_of(module.run) != before


def test_identity_of_a_world_is_its_content(here):
    write_template("a")
    shutil.copytree("a", "b")
    assert world_identity("a") == world_identity("b")


def test_nothing_to_do_is_said_and_done(here, quick, monkeypatch):
    file = write(here, PAIR)
    first, _ = start(file, "r")
    monkeypatch.setattr("sim.batch.finish.save_all", lambda *_: pytest.fail("drawn again"))
    again, text = start(file, "r")
    assert "nothing to do" in text and again.headline["table"] == first.headline["table"]
    assert again.files == first.files and again.finished == 2


def test_a_lost_figure_or_other_sources_are_something_to_do(here, quick, monkeypatch):
    file = write(here, PAIR)
    start(file, "r")
    (here / "r" / "figures" / "map.png").unlink()
    assert "nothing to do" not in start(file, "r")[1]
    assert (here / "r" / "figures" / "map.png").is_file()
    assert "nothing to do" in start(file, "r")[1]
    monkeypatch.setattr("sim.batch.uptodate._package", lambda: "other")
    assert "nothing to do" not in start(file, "r")[1]
    note = json.loads((here / "r" / NOTE).read_text())
    assert note["finished"] == 2


def test_runs_of_another_version_are_told_and_computed_again(here, quick, monkeypatch):
    file = write(here, PAIR)
    start(file, "r")
    manifest = json.loads((here / "r" / "experiment.json").read_text())
    (here / "r" / "experiment.json").write_text(json.dumps({**manifest, "model_version": "0" * 64}))
    monkeypatch.setattr("sim.results.model_version", lambda: "1" * 64)
    monkeypatch.setattr("sim.batch.uptodate._package", lambda: "other")
    outcome, text = start(file, "r")
    assert outcome.ok and "of another version of the model; 2 are computed again" in text
    assert results.status("r").finished == 2 and results.status("r").other == 0
