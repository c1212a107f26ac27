"""The page on Python and the examples: executed as scripts from an empty folder, as their readers do."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.helpers import ROOT

PAGE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
# What a program imports beside Hinterland's own dependencies.
LIBRARIES = {"ema": "ema_workbench", "salib_screening": "SALib", "optuna_search": "optuna"}


def run(folder: Path, *words: object, **given: str) -> str:
    """Run Python in a folder; return what it printed."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), **given}
    done = subprocess.run(
        [sys.executable, *map(str, words)], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_page_runs_from_top_to_bottom(tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    (tmp_path / "page.py").write_text("\n".join(blocks), encoding="utf-8")
    told = run(tmp_path, "page.py")
    assert "did you mean 'qingyuan'" in told and "supporting_value_added" in told
    assert (tmp_path / "results" / "fund_or_transfer" / "headline.csv").is_file()
    assert not (tmp_path / "results" / "fund_or_transfer" / "report.html").exists()


def test_the_page_names_every_example() -> None:
    assert sorted(set(re.findall(r"`examples/(\w+\.py)`", PAGE))) == [path.name for path in EXAMPLES]
    assert len((ROOT / "examples" / "minimal.py").read_text(encoding="utf-8").splitlines()) <= 60


@pytest.mark.parametrize("name", [path.stem for path in EXAMPLES if find_spec(LIBRARIES.get(path.stem, "sim"))])
def test_an_example_runs(name: str, tmp_path: Path) -> None:
    told = run(tmp_path, ROOT / "examples" / f"{name}.py")
    assert "supporting_" in told or "amount" in told
