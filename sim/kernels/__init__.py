"""Compiled loops over plain arrays; import this package before anything imports numba."""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import sys
import tempfile
from pathlib import Path

import platformdirs


def _digest() -> str:
    """Return a short hash of all kernel sources."""
    digest, here = hashlib.sha256(), Path(__file__).parent
    for source in sorted(here.rglob("*.py")):
        digest.update(source.relative_to(here).as_posix().encode() + b"\0" + source.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _use_cache() -> None:
    """Point numba's cache at a folder named after the kernel sources, in the user's cache or where the user says.

    Where neither can be written, as without a home, it is a temporary folder that goes with this process.

    Numba does not notice when a callee in another file changed, hence the hash; a folder outside
    the package lets the package be read-only.
    """
    name = f"kernels-{_digest()}"
    given = os.environ.get("NUMBA_CACHE_DIR")
    folder = Path(given).absolute() if given else _usual()
    if folder.name == name:
        return  # a process that started this one has said so
    folder /= name
    if not _writable(folder):
        base = tempfile.mkdtemp(prefix="hinterland-")
        atexit.register(shutil.rmtree, base, ignore_errors=True)
        folder = Path(base) / name
    os.environ["NUMBA_CACHE_DIR"] = str(folder)
    if "numba" in sys.modules:
        sys.modules["numba"].config.CACHE_DIR = str(folder)


def _usual() -> Path:
    """Return the user's cache; a relative path if the home of this user is not known."""
    try:
        return Path(platformdirs.user_cache_dir("hinterland"))
    except RuntimeError:
        return Path("~")


def _writable(folder: Path) -> bool:
    if not folder.is_absolute():
        return False
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


_use_cache()
