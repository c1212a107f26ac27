"""The wheel in an environment of its own: it runs by name, in an empty folder, from a read-only place."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers import ROOT

pytestmark = pytest.mark.long

# What would lead a process out of its environment, or keep it from writing what it must not write.
UNSET = ("PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX", "NUMBA_CACHE_DIR", "VIRTUAL_ENV")
READ = """
import json, sim
with sim.open_results("results/small") as data:
    people = data["people"].sum("region")
    print(json.dumps({"commit": data.attrs["commit"], "years": people.sizes["year"], "least": float(people.min())}))
"""


def interpreters() -> dict[str, str]:
    """Return the interpreters that start here: this one, and other versions on the path."""
    own = "python%d.%d" % sys.version_info[:2]
    found = {own: sys.executable}
    for name in ("python3.12", "python3.13"):
        path = shutil.which(name)
        # A name on the path may be a stub of a version manager that starts nothing.
        if path and name != own and subprocess.run([path, "-c", "import venv"], capture_output=True).returncode == 0:
            found[name] = path
    return found


INTERPRETERS = interpreters()


@dataclass
class Place:
    """An environment with the wheel, and an empty folder to work in."""

    bin: Path
    package: Path
    folder: Path
    env: dict[str, str]

    def call(self, program: str, *arguments: str) -> str:
        """Run a program of the environment in the folder; return its standard output."""
        command = [str(self.bin / program), *arguments]
        done = subprocess.run(command, cwd=self.folder, env=self.env, capture_output=True, text=True)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def files(self) -> dict[str, tuple[int, int, int]]:
        """Return size, time of change and mode of all that is installed as the package."""
        paths = [self.package, *self.package.rglob("*")]
        facts = {str(path.relative_to(self.package)): path.stat() for path in paths}
        return {name: (fact.st_size, fact.st_mtime_ns, fact.st_mode) for name, fact in facts.items()}


def run(*command: object) -> None:
    """Run a command that prepares something."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--wheel", "--outdir", folder, ROOT)
    (file,) = folder.glob("*.whl")
    return file


@pytest.fixture(scope="module", params=INTERPRETERS)
def environment(
    request: pytest.FixtureRequest, wheel: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """A new environment with the wheel; removed afterwards, for it is large."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    run(INTERPRETERS[request.param], "-m", "venv", folder)
    run(folder / "bin" / "python", "-m", "pip", "install", "-q", "-c", ROOT / "constraints.txt", wheel)
    yield folder
    run("chmod", "-R", "u+w", folder)
    shutil.rmtree(folder)


@pytest.fixture
def place(environment: Path, tmp_path: Path) -> Place:
    """The environment, an empty folder outside any checkout, and a new home with an empty cache."""
    folder, home = tmp_path / "empty", tmp_path / "home"
    folder.mkdir()
    home.mkdir()
    assert not any((above / ".git").exists() for above in (folder, *folder.parents))
    env = {name: value for name, value in os.environ.items() if name not in UNSET}
    env |= {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "MPLCONFIGDIR": str(home / "matplotlib")}
    (package,) = environment.glob("lib/python*/site-packages/sim")
    return Place(environment / "bin", package, folder, env)


def works(place: Place, *changes: str) -> None:
    """Run the small scenario by name and read it back, list what is bundled; the package stays as it was."""
    before = place.files()
    place.call("hinterland", "run", "small", *changes)
    assert [path.name for path in place.folder.iterdir()] == ["results"]
    read = json.loads(place.call("python", "-c", READ))
    assert read["commit"] == "unknown"
    assert read["years"] > 0 and read["least"] > 0
    for kind, folder, name in (("scenarios", "configs", "small"), ("experiments", "experiments", "main")):
        rows = json.loads(place.call("hinterland", "list", kind, "--json"))[kind]
        assert {row["name"] for row in rows} == {path.stem for path in (ROOT / folder).glob("*.yaml")} >= {name}
        files = [Path(row["file"]) for row in rows]
        assert all(file.is_file() and place.package / "bundled" / folder in file.parents for file in files), files
    kernels = {path.suffix for path in Path(place.env["HOME"]).rglob("kernels-*/**/*") if path.is_file()}
    assert {".nbi", ".nbc"} <= kernels
    assert place.files() == before


def test_runs_by_name_in_an_empty_folder(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\ninterpreters: {', '.join(INTERPRETERS)}; now {place.package.parts[-3]}")
    imported = Path(place.call("python", "-c", "import sim; print(sim.__file__)").strip())
    assert imported == place.package / "__init__.py"
    works(place)


def test_runs_from_a_read_only_package(place: Place) -> None:
    # To the superuser modes are no bar, hence the listing before and after.
    run("chmod", "-R", "a-w", place.package)
    assert not any(mode & 0o222 for _, _, mode in place.files().values())
    works(place, "--set", "years=1", "--set", "firms=1000")
