"""The identity of a run: parameters, policy, seed, sources."""

from __future__ import annotations

import hashlib
import platform
import subprocess
from functools import lru_cache
from importlib import metadata
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
# these only show or summarise results, or run what a config says in full; a changed figure makes no run stale. Of the
# kinds of mechanisms those count that a run uses (`sim.policy.sources`).
_NOT_MODEL = ("cli", "figures", "report", "analysis", "estimation", "validation", "batch", "config", "mechanisms",
              "testing", "study", "kinds.py", "extras.py", "variants.py", "indicators.py", "groups.py", "cells.py",
              "fractions.py", "paths.py")  # fmt: skip
_LIBRARIES = ("hinterland", "mesa", "numpy", "numba", "scipy", "pandas", "h5py", "xarray", "pydantic")


def run_id(config_canonical: str, seed: int, version: str) -> str:
    """Return the sha256 (hex) of canonical parameters and policy, seed and model version."""
    return hashlib.sha256("\0".join((config_canonical, str(int(seed)), version)).encode()).hexdigest()


@lru_cache(maxsize=1)
def model_version() -> str:
    """Return the sha256 (hex) of the model's sources and data tables.

    Folders that only show or summarise results do not count, nor kinds of mechanisms: a run's id names those it uses.
    """
    digest = hashlib.sha256()
    paths = [*PACKAGE.rglob("*.py"), *(p for p in (PACKAGE / "data").rglob("*") if p.is_file() and p.suffix != ".py")]
    for path in sorted(paths, key=lambda p: p.relative_to(PACKAGE).as_posix()):
        where = path.relative_to(PACKAGE)
        if where.parts[0] in _NOT_MODEL or "__pycache__" in where.parts:
            continue
        content = path.read_bytes()
        digest.update(f"{where.as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that results depend on."""
    found = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


@lru_cache(maxsize=1)
def commit() -> str:
    """Return the git commit of the checkout the package runs from, ``-changed`` if edited, or ``unknown``."""
    root = PACKAGE.parent
    if not (root / ".git").exists():  # an installed wheel may lie inside an unrelated checkout
        return "unknown"
    head = _git(root, "rev-parse", "HEAD")
    if not head:
        return "unknown"
    return head + ("-changed" if _git(root, "status", "--porcelain", "--untracked-files=no", "--", "sim") else "")


def _git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
