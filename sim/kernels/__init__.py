"""Compiled loops over plain arrays; import this package before anything imports numba."""

from __future__ import annotations

import hashlib
import os
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

    Numba does not notice when a callee in another file changed, hence the hash; a folder outside
    the package lets the package be read-only.
    """
    name = f"kernels-{_digest()}"
    given = os.environ.get("NUMBA_CACHE_DIR")
    folder = Path(given or platformdirs.user_cache_dir("hinterland"))
    if folder.name == name:
        return  # a process that started this one has said so
    folder /= name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK)
    except OSError:
        writable = False
    if not writable:
        folder = Path(tempfile.mkdtemp(prefix="hinterland-")) / name
    os.environ["NUMBA_CACHE_DIR"] = str(folder)
    if "numba" in sys.modules:
        sys.modules["numba"].config.CACHE_DIR = str(folder)


_use_cache()
