"""Heavy libraries are imported only by the commands that use them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sim.batch.executors import default_workers

DRAWING = {"matplotlib", "jinja2"}
SEARCH = {"optuna", "moocore", "SALib"}
MODEL = {"numba", "mesa"}
READING = {"xarray", "h5py"}
STATISTICS = {"scipy.stats", "statsmodels"}
WAYS = {"scipy.sparse.csgraph"}
# of a run, other processes do this
DRAWN = DRAWING | {"xarray", "dask"} if default_workers() > 1 else set()
CHECKED = ("small", "main", "birthplace_2010", "fund_size_leverage", "sensitivity_morris", "robust_fund", "tune_fund",
           "calibrate_2015", "calibrate_us", "calibrate_trade")  # fmt: skip


@pytest.mark.parametrize(
    "line, without",
    [
        (["--help"], {"numpy", "pandas", "pydantic", "scipy"} | DRAWING | SEARCH | MODEL | READING),
        *(
            (["check", name], {"rich.console"} | DRAWING | SEARCH | MODEL | READING | STATISTICS | WAYS)
            for name in CHECKED
        ),
        (["run", "small", "--set", "years=1", "--set", "firms=1000"], {"optuna", "SALib"} | STATISTICS | DRAWN),
    ],
    ids=lambda part: " ".join(sorted(part)) if isinstance(part, set) else " ".join(part),
)
def test_a_command_imports_what_it_needs(line, without, tmp_path):
    out = ["--out", str(tmp_path)] if line[0] == "run" else []
    code = "import sys\nfrom sim.cli import main\ntry:\n    main(sys.argv[1:])\nexcept SystemExit as done:\n" \
           "    print(done.code, *sys.modules)"  # fmt: skip
    told = subprocess.run([sys.executable, "-c", code, *line, *out], capture_output=True, text=True, check=True)
    code_and_modules = told.stdout.splitlines()[-1].split()
    assert code_and_modules[0] == "0", told.stdout
    without = without - {"rich.console"} if told.stderr else without  # it says what takes long, as on a busy machine
    assert not without & set(code_and_modules[1:])
