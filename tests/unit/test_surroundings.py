"""What lies around a process is not read: settings of other programs, modules of the current folder, encodings."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import matplotlib
import pytest

import sim
from sim.batch import scripts
from sim.batch.executors import surroundings
from sim.errors import UserError
from sim.figures import ALL, fonts, style
from sim.results import open_results
from tests.helpers.results import write_fake

ROOT = Path(sim.__file__).resolve().parent.parent
CONFIG = """kind: comparison
name: c
scenario: {name: s, world: {kind: synthetic, name: tiny, regions: 4}, years: 1, firms: 1000}
arms:
  baseline: {}
  t: {mechanisms: [{kind: fiscal_transfer, name: t, targets: [supporting], start: 2020, amount: 20000}]}
replications: 1
"""
SCRIPT = 'import sim\nprint("DONE", sim.run(sim.load("c.yaml"), "r", workers=2).ok)\n'


@pytest.fixture(scope="module")
def ds(tmp_path_factory):
    return open_results(write_fake(tmp_path_factory.mktemp("fake"))).load()


def start(folder, *words, stdin=None, **environment):
    """Run Python in a folder; return its exit code and what it printed."""
    known = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    done = subprocess.run(
        [sys.executable, *words], cwd=folder, env=known, input=stdin, capture_output=True, timeout=170, check=False
    )
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


@pytest.mark.slow
@pytest.mark.parametrize("how", ["file", "stdin", "-c"])
def test_a_script_of_two_lines_runs_however_it_is_started(tmp_path, how):
    (tmp_path / "c.yaml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "go.py").write_text(SCRIPT, encoding="utf-8")
    words = {"file": ["go.py"], "stdin": ["-"], "-c": ["-c", SCRIPT]}[how]
    code, out, err = start(tmp_path, *words, stdin=SCRIPT.encode() if how == "stdin" else None)
    assert code == 0 and "DONE True" in out and "Traceback" not in err


def test_a_command_in_hostile_surroundings(tmp_path):
    (tmp_path / "c.yaml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "matplotlibrc").write_text("text.usetex: True\nfont.size: 40\n", encoding="utf-8")
    for name in ("random", "numpy", "secrets"):  # nobody asked for these modules
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the module of the current folder')\n", encoding="utf-8")
    # as the installed command starts: without the current folder on its path
    words = ("-P", "-c", "from sim.cli import main; main()", "run", "c.yaml", "--out", "r", "--workers", "2")
    code, out, err = start(
        tmp_path, *words, MPLBACKEND="module://matplotlib_inline.backend_inline", PYTHONIOENCODING="ascii"
    )
    assert code == 0, err
    assert "2 finished" in out and "Traceback" not in err and "current folder" not in err
    assert (tmp_path / "r" / "figures" / "incidence.png").is_file()


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_every_encoding_of_the_output_takes_every_name(tmp_path, encoding):
    command = "from sim.cli import main; main()"
    code, out, err = start(tmp_path, "-c", command, "list", "regions", "--where", "nanning", "--json",
                           PYTHONIOENCODING=encoding)  # fmt: skip
    assert code == 0 and "Nanning" in out and not err.startswith("Traceback")
    assert ("南宁市" if encoding == "utf-8" else r"\u5357\u5b81\u5e02") in out
    code, out, _ = start(tmp_path, "-c", command, "list", "regions", "--where", "nanning", PYTHONIOENCODING=encoding)
    assert code == 0 and "nanning" in out


def test_figures_follow_no_configuration_of_the_user(ds, tmp_path):
    style.save(ALL["paths"](ds), tmp_path / "plain.png")
    with matplotlib.rc_context(
        {"text.usetex": True, "font.size": 40, "axes.facecolor": "red", "axes.unicode_minus": False}
    ):
        style.save(ALL["paths"](ds), tmp_path / "user.png")
        assert matplotlib.rcParams["font.size"] == 40
    assert (tmp_path / "plain.png").read_bytes() == (tmp_path / "user.png").read_bytes()


def test_figures_leave_pyplot_to_the_user(tmp_path):
    code, out, _ = start(tmp_path, "-c", "import sys, sim.figures; print('matplotlib.pyplot' in sys.modules)")
    assert code == 0 and out.strip() == "False"


def test_the_environment_is_restored(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "svg")
    monkeypatch.delenv("PYTHONSAFEPATH", raising=False)
    with surroundings():
        assert os.environ["MPLBACKEND"] == "agg" and os.environ["PYTHONSAFEPATH"] == "1"
    assert os.environ["MPLBACKEND"] == "svg" and "PYTHONSAFEPATH" not in os.environ


def script(monkeypatch, file):
    """Make a main module with a class of its own; return the class."""
    main = ModuleType("__main__")
    if file is not None:
        main.__file__ = str(file)
    own = type("Own", (), {"__module__": "__main__", "__qualname__": "Own"})
    main.Own = own
    monkeypatch.setitem(sys.modules, "__main__", main)
    return own


def test_workers_import_a_script_only_for_what_it_defines(monkeypatch, tmp_path):
    file = tmp_path / "go.py"
    own = script(monkeypatch, file)
    assert pickle.loads(pickle.dumps(own)) is own
    assert not scripts.needed(({"a": [1, "__main__"]}, None))
    file.write_text("import sim\nsim.run(1, 2)\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"go\.py: worker processes import this script, as it defines Own; expected"):
        scripts.needed((own(), None))
    file.write_text("if __name__ == '__main__':\n    sim.run(1, 2)\n", encoding="utf-8")
    assert scripts.needed((own, None))


def test_what_a_prompt_defines_cannot_reach_workers(monkeypatch):
    with pytest.raises(UserError, match="Own is defined in a notebook or at a prompt"):
        scripts.needed((script(monkeypatch, None), None))


def test_one_sentence_says_which_characters_no_font_has(monkeypatch):
    monkeypatch.setattr(fonts, "families", lambda: [fonts.MAIN])
    assert fonts.note("Łódź 100 % €") == ""
    assert fonts.note("广州市, 广") == (
        "no font of this machine has 广州市: figures show boxes in place of these characters; "
        "install one that has them, such as Noto Sans CJK SC"
    )


@pytest.mark.filterwarnings("error")
def test_names_without_a_font_are_drawn_without_warnings(monkeypatch, ds, tmp_path):
    monkeypatch.setattr(fonts, "families", lambda: [fonts.MAIN])
    named = ds.assign_coords(name=("region", ["广州市"] * ds.sizes["region"]))
    assert all(f.stat().st_size for f in style.save(ALL["map"](named), tmp_path / "a.png", tmp_path / "a.pdf"))
    assert "广州市" in fonts.font_note(named) and not fonts.font_note(ds)
