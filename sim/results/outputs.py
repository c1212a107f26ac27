"""What experiments and commands write into a results folder, known by name: all else there is a user's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sim.catalogue import VARIABLES
from sim.results.inputs import KEPT as INPUTS

# Tables of all kinds of experiment, without the ending .csv.
TABLES = (
    "headline", "firms", "interaction", "variants", "looks", "summary", "indices",
    "policies", "regret", "regrets", "satisficing", "met", "boxes", "trajectory", "winners", "switching",
    "pairwise", "scorecard",
    "effects", "pairs", "shapley", "trials", "front", "confirmed",
    "profile", "derivatives", "recovered", "identification", "correlation", "targets", "estimates",
)  # fmt: skip
# Other files, and whole folders that contain nothing else.
_FILES = (
    "report.html", "scorecard.html", "fragment.yaml", "best.yaml", "estimates.json", "budget.json", "scaled.json",
    "runs/*.h5", "runs/.*.tmp", "runs/*.damaged", "failed/*", "index.sqlite*", "figures/*.png", "figures/*.pdf",
    "csv/*.csv", "parquet/*.parquet", "netcdf/*.nc", "mechanisms/**/*", "payers/**/*", f"{INPUTS}/**/*",
)  # fmt: skip
# What an operating system, a shell or a version control leaves in any folder.
_LITTER = ("log", "nohup.out", "Thumbs.db", "desktop.ini")
_LOGS = (".log", ".out", ".err")


def outputs(folder: Path) -> Iterator[Path]:
    """Yield the files in a results folder that experiments and commands write there, but for the manifest."""
    names = [*(f"{name}.csv" for name in TABLES), *(f"{name}.png" for name in VARIABLES)]
    yield from (path for path in map(folder.joinpath, names) if path.is_file())
    for pattern in _FILES:
        yield from (path for path in folder.glob(pattern) if path.is_file() or path.is_symlink())


def remove_outputs(folder: Path) -> None:
    """Remove all outputs of a results folder, and the folders that are empty then."""
    for path in list(outputs(folder)):
        path.unlink(missing_ok=True)
        for parent in path.parents:
            if parent == folder or any(parent.iterdir()):
                break
            parent.rmdir()


def is_litter(path: Path) -> bool:
    """Return whether a file says nothing about what its folder is for: a hidden file, a log."""
    hidden = path.name.startswith(".")
    return hidden or (path.is_file() and (path.name in _LITTER or path.suffix in _LOGS))
