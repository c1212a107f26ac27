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
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    return digest.hexdigest()[:16]


def _use_cache() -> None:
    """Point numba's cache at a user folder named after the kernel sources.

    Numba does not notice when a callee in another file changed, hence the hash; a folder outside
    the package lets the package be read-only.
    """
    if os.environ.get("NUMBA_CACHE_DIR"):
        return
    name = f"kernels-{_digest()}"
    folder = Path(platformdirs.user_cache_dir("hinterland")) / name
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
