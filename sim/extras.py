"""Libraries that few uses need: which extra of the installation brings them."""

from __future__ import annotations

import sys
from importlib.util import find_spec

from sim.errors import UserError

# By extra of pyproject.toml: the modules that it brings.
EXTRAS = {
    "tune": ("optuna", "moocore"),
    "sensitivity": ("SALib",),
    "estimate": ("statsmodels",),
    "parquet": ("pyarrow",),
    "geopackage": ("pyogrio",),
    "dask": ("distributed", "dask_jobqueue"),
    "mpi": ("mpi4py",),
}


def need(extra: str, what: str) -> None:
    """Check that what an extra brings is installed; nothing is imported.

    Parameters
    ----------
    extra : str
        A key of `EXTRAS`; empty for none.
    what : str
        What needs it, as the subject of a sentence.

    Raises
    ------
    UserError
        In one sentence, with the command that installs it.
    """
    for module in EXTRAS.get(extra, ()):
        if not _installed(module):
            raise UserError(missing(module, what))


def missing(module: str, what: str) -> str:
    """Return the sentence about a module that is not installed; empty where no extra brings it."""
    extra = next((name for name, modules in EXTRAS.items() if module.partition(".")[0] in modules), "")
    return (
        f"{what} needs {module}, which is not installed; expected: pip install 'hinterland[{extra}]'" if extra else ""
    )


def _installed(module: str) -> bool:
    if module in sys.modules:
        return sys.modules[module] is not None
    try:
        return find_spec(module) is not None
    except ImportError:
        return False
