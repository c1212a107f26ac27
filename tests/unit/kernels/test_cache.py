"""Where compiled kernels go: the user's cache, or a folder that goes with the process."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.helpers import ROOT

UNKNOWN = """
import platformdirs
def unknown(*_, **__):
    raise RuntimeError("could not determine the home directory")
platformdirs.user_cache_dir = unknown
"""


@pytest.mark.parametrize("before", ["", UNKNOWN], ids=["nothing can be written", "unknown user"])
def test_without_a_cache_no_folder_stays(tmp_path, before):
    here, temporary = tmp_path / "here", tmp_path / "temporary"
    here.mkdir(), temporary.mkdir()
    kept = {k: v for k, v in os.environ.items() if k not in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME")}
    environment = {**kept, "HOME": "/proc/nowhere", "TMPDIR": str(temporary), "PYTHONPATH": str(ROOT)}
    code = f"{before}\nimport os, sim.kernels\nprint(os.environ['NUMBA_CACHE_DIR'])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=here, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith(str(temporary / "hinterland-"))
    assert not list(temporary.iterdir()) and not list(here.iterdir())
