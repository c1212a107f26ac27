"""``import hinterland``: the same names beside ``sim``, and at home in a folder that holds another ``sim``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import hinterland
import sim

ROOT = Path(hinterland.__file__).resolve().parent
HOSTILE = "raise RuntimeError('this is not Hinterland')\n"


def hostile(folder: Path, name: str) -> Path:
    """Put a module of the user's own, by the name of the package, into a folder."""
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(HOSTILE, encoding="utf-8")
    return folder


def python(folder: Path, *words: str) -> subprocess.CompletedProcess:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "agg"}
    return subprocess.run([sys.executable, *words], cwd=folder, env=env, capture_output=True, text=True, check=False)


def test_it_names_what_people_use() -> None:
    assert all(getattr(hinterland, name) is not None for name in hinterland.__all__)
    assert hinterland.load is sim.load and hinterland.__version__ == sim.__version__
    assert set(sim.__all__) < set(hinterland.__all__) <= set(dir(hinterland))
    with pytest.raises(AttributeError, match="nothing"):
        hinterland.nothing  # noqa: B018


def test_it_starts_light() -> None:
    code = "import sys, hinterland; print(*sys.modules)"
    assert not {"numpy", "pydantic", "typer"} & set(python(ROOT, "-c", code).stdout.split())


RUN = """
import hinterland
from rich.console import Console
config = hinterland.load("own_inline", ["years=2", "firms=1000"])
import sim.batch.session as session
from sim.batch.engine import complete
from sim.batch.executors import process_context
from sim.batch.tasks import plan
config = config.model_copy(update={"threads": THREADS})
with session.open_session(config, "out", workers=2, console=Console(quiet=True)) as desk:
    tasks, _ = plan([{"own": config}], config.seed, 0, 2, desk.version, own=True)
    print(process_context(config.threads).get_start_method(), complete(desk, tasks).finished)
"""


@pytest.mark.parametrize("method, name", [("forkserver", "sim.py"), ("spawn", "sim/__init__.py")])
def test_workers_have_it_too(tmp_path: Path, method: str, name: str) -> None:
    done = python(hostile(tmp_path, name), "-c", RUN.replace("THREADS", "1" if method == "forkserver" else "2"))
    assert done.stdout.split() == [method, "2"], done.stderr


def test_the_command_runs_there(tmp_path: Path) -> None:
    folder = hostile(hostile(tmp_path, "sim.py"), "sim/__init__.py")
    listed = python(folder, "-m", "hinterland", "list", "mechanisms", "--json")
    assert {"enclave", "fiscal_transfer"} <= {row["kind"] for row in json.loads(listed.stdout)["mechanisms"]}
    line = ["run", "own_inline", "--set", "years=2", "--set", "firms=1000", "--workers", "2", "--json"]
    done = python(folder, "-m", "hinterland", *line)
    assert done.returncode == 0 and json.loads(done.stdout)["finished"] == 1, done.stderr


def test_another_sim_that_is_there_first_is_told(tmp_path: Path) -> None:
    (tmp_path / "sim.py").write_text("", encoding="utf-8")
    done = python(tmp_path, "-c", "import sim; import hinterland")
    assert "another module 'sim'" in done.stderr and "expected 'import hinterland' before it" in done.stderr
