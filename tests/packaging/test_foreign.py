"""A kind of mechanism that somebody else wrote: as a package of one file, and as a file beside a config."""

from __future__ import annotations

import json
import re
import site
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.helpers import ROOT

pytestmark = pytest.mark.long

# The complete example of CONTRIBUTING.md.
KIND = re.search(r"```python\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.DOTALL).group(1)
PROJECT = """\
[build-system]
requires = ["setuptools>=70"]
build-backend = "setuptools.build_meta"
[project]
name = "hinterland-twinning"
version = "1.0"
[project.entry-points."hinterland.mechanisms"]
twinning = "twinning:Twinning"
[tool.setuptools]
py-modules = ["twinning"]
"""
CONFIG = """\
kind: comparison
name: twins
scenario: {name: twins, world: guangzhou, years: 3, firms: 2000}
replications: 2
arms:
  baseline: {}
  twinning:
    mechanisms:
      - {kind: twinning, partner: guangzhou, targets: [qingyuan, shaoguan], start: 2021}
"""


class Place:
    """An environment of its own, with what this one has, and a folder to work in."""

    def __init__(self, folder: Path):
        venv.create(folder / "venv", with_pip=False)
        self.python = folder / "venv" / "bin" / "python"
        self.work = folder / "work"
        self.work.mkdir()
        asked = [str(self.python), "-c", "import site; print(site.getsitepackages()[0])"]
        self.packages = Path(subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip())
        shared = [*site.getsitepackages(), str(ROOT)]
        (self.packages / "shared.pth").write_text("\n".join(shared) + "\n", encoding="utf-8")

    def call(self, *words: object) -> subprocess.CompletedProcess[str]:
        """Run Hinterland's command."""
        command = [str(self.python), "-m", "hinterland", *map(str, words)]
        return subprocess.run(command, cwd=self.work, capture_output=True, text=True, check=False)

    def ok(self, *words: object) -> str:
        """Run Hinterland's command, which must succeed; return its standard output."""
        done = self.call(*words)
        assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
        return done.stdout


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Place:
    return Place(tmp_path_factory.mktemp("foreign"))


def runs(place: Place, config: Path, out: str) -> None:
    """Run on two workers, lose a run, resume, ask for one more seed."""
    place.ok("run", config, "--out", out, "--workers", 2)
    assert json.loads(place.ok("status", out, "--json"))["finished"] == 4
    for lost in [*(place.work / out / "runs").glob("twinning-001*"), *(place.work / out).glob("index.sqlite*")]:
        lost.unlink()
    place.ok("run", config, "--out", out, "--workers", 2)
    place.ok("run", config, "--out", out, "--workers", 2, "--set", "replications=3")
    assert json.loads(place.ok("status", out, "--json"))["finished"] == 6
    place.ok("verify", out)


def test_a_package_of_one_file(place, tmp_path):
    source = tmp_path / "package"
    source.mkdir()
    (source / "twinning.py").write_text(KIND, encoding="utf-8")
    (source / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(place.packages), str(source)]
    subprocess.run(install, check=True, capture_output=True, text=True)
    config = place.work / "twins.yaml"
    config.write_text(CONFIG, encoding="utf-8")
    assert "twinning" in place.ok("list", "mechanisms")
    assert "A partner city buys services" in place.ok("explain", "twinning")
    assert "valid" in place.ok("check", config)
    print(place.ok("mechanism", "check", "twinning"))
    runs(place, config, "installed")
    misspelt = place.work / "misspelt.yaml"
    misspelt.write_text(CONFIG.replace("partner: guangzhou", "partner: guangzhuo"), encoding="utf-8")
    done = place.call("check", misspelt)
    print(done.stderr)
    assert done.returncode == 2 and re.search(
        r"misspelt\.yaml:9:\d+: .*partner: .*did you mean 'guangzhou'", done.stderr
    )
    # Broken, it is a warning by name, and all else works.
    (place.packages / "twinning.py").write_text("import nothing_of_this_name\n", encoding="utf-8")
    done = place.call("list", "mechanisms")
    print(done.stderr)
    assert done.returncode == 0 and "twinning" in done.stderr and "Traceback" not in done.stderr
    place.ok("run", "own_inline", "--set", "years=2", "--out", "still")
    done = place.call("check", config)
    assert done.returncode == 2 and "twinning" in done.stderr and "Traceback" not in done.stderr


def test_a_file_beside_a_config(place):
    folder = place.work / "beside"
    folder.mkdir()
    kind = KIND.replace("twinning", "pairing").replace("Twinning", "Pairing")
    (folder / "pairing.py").write_text(kind, encoding="utf-8")
    config = folder / "pairs.yaml"
    text = "mechanisms_from: pairing.py\n" + CONFIG.replace("kind: twinning", "kind: pairing")
    config.write_text(text, encoding="utf-8")
    assert "partner city buys services" in place.ok("explain", "pairing", "--from", folder / "pairing.py")
    assert "valid" in place.ok("check", config)
    print(place.ok("mechanism", "check", "pairing", "--from", folder / "pairing.py"))
    runs(place, config, "results")
    (folder / "pairing.py").write_text(kind.replace("500.0", "600.0"), encoding="utf-8")
    done = place.call("rerun", "results")
    print(done.stderr)
    assert done.returncode == 0 and "pairing.py differs" in done.stderr
    (folder / "pairing.py").write_text("import nothing_of_this_name\n", encoding="utf-8")
    done = place.call("check", config)
    print(done.stderr)
    assert done.returncode == 2 and "pairs.yaml:1" in done.stderr and "Traceback" not in done.stderr
    place.ok("run", "own_inline", "--set", "years=2", "--out", "also")
