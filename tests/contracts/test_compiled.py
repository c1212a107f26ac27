"""Compiled kernels: each for one signature, kept under a name that a change of any kernel file changes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import sim.kernels

# What a run compiles, in a process of its own: other tests call kernels with other types.
RUN = """
import importlib, json, pkgutil
import sim.kernels
from sim.economy.warm_up import warm_up_firms, warm_up_market
from sim.config import load
from sim.model import simulate
# Compiled ahead is what a run needs, for the types of a run.
warm_up_firms()
warm_up_market()
for name in ("enclave", "transport_corridor"):
    simulate(load(name, ["years=2", "firms=2000"]), 1)
found = {}
for module in pkgutil.walk_packages(sim.kernels.__path__, "sim.kernels."):
    for name, kernel in vars(importlib.import_module(module.name)).items():
        if hasattr(kernel, "signatures"):
            found[f"{kernel.__module__}.{kernel.__name__}"] = [str(signature) for signature in kernel.signatures]
print(json.dumps(found))
"""


def test_a_run_compiles_each_kernel_for_one_signature():
    done = subprocess.run([sys.executable, "-c", RUN], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    several = {name: signatures for name, signatures in found.items() if len(signatures) > 1}
    assert not several
    assert sum(len(signatures) == 1 for signatures in found.values()) >= 15


def test_halves_are_compiled_ahead():
    code = """
import sim.kernels
from sim.economy.warm_up import warm_up_firms, warm_up_market
from sim.kernels import firms, founding, market, relocation
warm_up_firms(), warm_up_market()
kernels = [firms.screen, firms.move, firms.renew, founding.draw_new, relocation.movers]
kernels += [market.solve_fixed_point, market.invert_supply]
print([len(kernel.signatures) for kernel in kernels])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [1] * 7


def cache_of(folder: Path, **env: str) -> str:
    """Return where a copy of the kernels keeps what is compiled of them."""
    code = "import kernels, os; print(os.environ['NUMBA_CACHE_DIR'])"
    inherited = {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env={**inherited, **env}, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_a_change_of_any_kernel_file_changes_the_cache(tmp_path):
    copy = tmp_path / "kernels"
    shutil.copytree(Path(sim.kernels.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    given = {"NUMBA_CACHE_DIR": str(tmp_path / "given")}
    seen = [cache_of(tmp_path, **given)]
    for source in sorted(copy.rglob("*.py")):
        source.write_text(source.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
        seen.append(cache_of(tmp_path, **given))
    assert len(set(seen)) == len(seen) > 4
    assert {Path(folder).parent for folder in seen} == {tmp_path / "given"}


def test_a_process_that_is_started_uses_the_same_cache(tmp_path):
    shutil.copytree(Path(sim.kernels.__file__).parent, tmp_path / "kernels")
    first = cache_of(tmp_path, NUMBA_CACHE_DIR=str(tmp_path / "given"))
    assert cache_of(tmp_path, NUMBA_CACHE_DIR=first) == first
