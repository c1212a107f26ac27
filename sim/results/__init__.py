"""One store of results: write, open, identify, hash, audit, export."""

from sim.results.content import audit, content_hash
from sim.results.export import export_csv, finished_runs, payments
from sim.results.files import read_run, region_coords, run_path, write_run
from sim.results.identity import commit, model_version, run_id, versions
from sim.results.manifest import check_folder, read_manifest, write_manifest
from sim.results.points import at_point, points_table
from sim.results.reading import open_results, run_files
from sim.results.text import write_text

__all__ = [
    "at_point",
    "audit",
    "check_folder",
    "commit",
    "content_hash",
    "export_csv",
    "finished_runs",
    "model_version",
    "open_results",
    "payments",
    "points_table",
    "read_manifest",
    "read_run",
    "region_coords",
    "run_files",
    "run_id",
    "run_path",
    "versions",
    "write_manifest",
    "write_run",
    "write_text",
]
