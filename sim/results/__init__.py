"""The store of results: write, open, identify, hash, audit, export."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sim.results.files import region_coords, run_name, run_path, write_bundle, write_bytes, write_run
from sim.results.identity import commit, model_version, run_id, versions
from sim.results.index import Index, RunLocation
from sim.results.manifest import check_folder, read_manifest, remove_experiment, write_manifest
from sim.results.status import Findings, Status, status, verify
from sim.results.stored import read_run
from sim.results.text import write_text

if TYPE_CHECKING:
    from sim.results.content import audit, content_hash
    from sim.results.design_points import at_point, open_subset, points_table
    from sim.results.exporting import export, finished_runs, payments
    from sim.results.formats import FORMATS
    from sim.results.opening import open_results
    from sim.results.reading import find_runs, notes_of, stored_runs

# Modules that open results as datasets are imported on first use: computing runs only writes.
_READING = {
    "audit": "content", "content_hash": "content",
    "FORMATS": "formats", "export": "exporting", "finished_runs": "exporting", "payments": "exporting",
    "at_point": "design_points", "open_subset": "design_points", "points_table": "design_points",
    "find_runs": "reading", "open_results": "opening", "stored_runs": "reading", "notes_of": "reading",
}  # fmt: skip

__all__ = [
    "Status",
    "Findings",
    "status",
    "verify",
    "FORMATS",
    "Index",
    "RunLocation",
    "at_point",
    "audit",
    "check_folder",
    "remove_experiment",
    "commit",
    "content_hash",
    "export",
    "find_runs",
    "finished_runs",
    "model_version",
    "notes_of",
    "open_results",
    "open_subset",
    "payments",
    "points_table",
    "read_manifest",
    "read_run",
    "region_coords",
    "run_id",
    "run_name",
    "run_path",
    "stored_runs",
    "versions",
    "write_bundle",
    "write_bytes",
    "write_manifest",
    "write_run",
    "write_text",
]


def __getattr__(name: str) -> Any:
    if name not in _READING:
        raise AttributeError(f"module 'sim.results' has no attribute '{name}'")
    return getattr(import_module(f"sim.results.{_READING[name]}"), name)
