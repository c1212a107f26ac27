"""The layers of docs/architecture.md, checked on every run of the suite."""

from __future__ import annotations

import subprocess
import sys

from tests.helpers import ROOT

LINT = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"


def test_imports_go_downwards_only():
    # A process of its own: the linter edits sys.path and remembers the modules it has read.
    done = subprocess.run([sys.executable, "-c", LINT], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
