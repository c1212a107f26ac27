"""The tests of Mesa citizens on the newest Mesa 3, which wants a newer Python than the oldest one supported here."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.helpers import ROOT

pytestmark = pytest.mark.long

TESTS = ("tests/unit/agents/test_agents.py", "tests/contracts/test_mesa.py")
NEWEST = "mesa>=3.4,<4"
VERSIONS = "import sys, mesa; print('Python %d.%d.%d' % sys.version_info[:3] + ', Mesa ' + mesa.__version__)"


def newer_pythons() -> list[str]:
    """Return interpreters of 3.12 or later that start: this one, those on the path, those installed beside this one."""
    found = [sys.executable, *(shutil.which(f"python3.{minor}") for minor in (12, 13))]
    found += sorted(str(path) for path in Path(sys.base_prefix).parent.glob("*/bin/python3.1[23]"))
    out: dict[tuple[int, ...], str] = {}
    for path in found:
        # A name on the path may be a stub of a version manager that starts nothing.
        code = "import sys, venv; print('%d.%d' % sys.version_info[:2])"
        done = path and subprocess.run([path, "-c", code], capture_output=True, text=True)
        if done and done.returncode == 0:
            out.setdefault(tuple(map(int, done.stdout.split("."))), path)
    return [out[version] for version in sorted(out) if version >= (3, 12)]


def run(*command: object, **options: object) -> str:
    """Run a command and return its output."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_agents_on_the_newest_mesa(tmp_path, capsys):
    pythons = newer_pythons()
    if not pythons:
        pytest.skip("no Python 3.12 or 3.13 on the path or beside this one: the newest Mesa 3 was not tried")
    folder = tmp_path / "venv"
    run(pythons[-1], "-m", "venv", folder)
    python = folder / "bin" / "python"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needs = [need for need in project["dependencies"] if not need.startswith("mesa")]
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    (tmp_path / "pins.txt").write_text(re.sub(r"(?m)^mesa==.*\n", "", pins), encoding="utf-8")
    try:
        run(python, "-m", "pip", "install", "-q", "-c", tmp_path / "pins.txt", NEWEST, *needs, "pytest")
        env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
        versions = run(python, "-c", VERSIONS, env=env).strip()
        pytest_run = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS]
        tail = run(*pytest_run, cwd=ROOT, env=env).strip().splitlines()[-1]
    finally:
        # It is large.
        shutil.rmtree(folder)
    with capsys.disabled():
        print(f"\n{versions}: {tail}")
    assert "Mesa 3.3" not in versions and "Mesa 3." in versions
    assert "passed" in tail and "skipped" not in tail
