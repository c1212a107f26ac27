"""Libraries that few uses need: where one is missing, a sentence names the extra of the installation that brings it."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from sim.config import load
from sim.errors import UserError
from sim.extras import EXTRAS, need
from tests.helpers import ROOT
from tests.helpers.results import write_fake
from tests.helpers.running import call

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DISTRIBUTIONS = {"dask_jobqueue": "dask-jobqueue"}
ASKED = {
    "tune": ["check", "tune_fund"],
    "sensitivity": ["check", "sensitivity_morris"],
    "estimate": ["run", "birthplace_2010", "--out", "out"],
    "parquet": ["export", "fake", "--out", "out", "--to", "parquet"],
    "geopackage": ["export", "fake", "--out", "out", "--to", "geopackage"],
    "dask": ["run", "main", "--machine", "tcp://localhost:1", "--out", "out"],
}


def names(requirements: list[str]) -> set[str]:
    """Return the distributions of some requirements."""
    return {re.split(r"[\[<>=!]", text)[0] for text in requirements}


def test_extras_are_those_of_the_installation() -> None:
    extras = PROJECT["optional-dependencies"]
    for extra, modules in EXTRAS.items():
        assert names(extras[extra]) == {DISTRIBUTIONS.get(module, module) for module in modules}
    assert set(EXTRAS) | {"all", "dev"} == set(extras)
    assert not {name for extra in EXTRAS for name in names(extras[extra])} & names(PROJECT["dependencies"])


# Modules that are imported by commands of an extra only, which say so before.
OF_EXTRAS = {"sim.batch.calibration", "sim.batch.tuning", "sim.validation.hindcast"}
IMPORTS = """
import importlib, pkgutil, sys
sys.modules.update(dict.fromkeys({modules}))
import sim
for module in pkgutil.walk_packages(sim.__path__, "sim."):
    try:
        importlib.import_module(module.name)
    except ImportError:
        print(module.name)
"""


def test_all_else_is_imported_without_extras() -> None:
    modules = [module for extra in EXTRAS.values() for module in extra]
    code = IMPORTS.format(modules=modules)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert set(done.stdout.split()) == OF_EXTRAS


def test_each_dependency_has_its_line_of_why() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    part = text[text.index("\ndependencies = [") : text.index("[project.scripts]")]
    head = r'(    "|sensitivity|estimate|parquet|geopackage|mpi)'
    listed = [line for line in part.splitlines() if re.match(head, line)]
    bare = [line for line in listed if "#" not in line and not re.search(r"esda|libpysal", line)]
    assert len(listed) > 30 and not bare


@pytest.mark.parametrize("extra", ASKED)
def test_a_missing_library_is_told_in_a_sentence(
    extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_fake(tmp_path / "fake")
    monkeypatch.setitem(sys.modules, EXTRAS[extra][0], None)
    code, out, err = call(capsys, *ASKED[extra])
    assert code == 2 and not out
    assert f"pip install 'hinterland[{extra}]'" in " ".join(err.split()) and "Traceback" not in err
    assert extra == "dask" or not (tmp_path / "out").exists()


def test_it_is_told_from_python_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "SALib", None)
    with pytest.raises(UserError, match="'sensitivity' needs SALib, which is not installed"):
        load("sensitivity_morris").run(tmp_path / "out", workers=0)
    assert not (tmp_path / "out").exists()
    need("", "nothing")


def test_an_unknown_missing_module_stays_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    from sim.cli import app

    def broken(*arguments: object, **named: object) -> None:
        raise ModuleNotFoundError("No module named 'nowhere'", name="nowhere")

    monkeypatch.setattr(app, "app", broken)
    with pytest.raises(ModuleNotFoundError, match="nowhere"):
        app._run(["check"])
