"""The same experiment on processes, Dask and MPI: the same bits. A SLURM job script as it is submitted."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sim.results import Index
from tests.helpers.processes import call, dask, result

MPI = ("mpirun", "--allow-run-as-root", "--oversubscribe", "-n", "2")


def needs_mpi() -> None:
    if shutil.which("mpirun") is None:
        pytest.skip("MPI is not installed here; Debian: apt-get install openmpi-bin")


def run(sweep: Path, out: Path, *options: object, workers: int = 1, before: tuple[str, ...] = ()) -> tuple[str, float]:
    """Run the sweep; return its content hash and what a run costs beside its computing, in seconds."""
    told = result("run", sweep, "--out", out, *options, before=before)
    assert told["ok"] and not told["missing"], told
    index = Index(out)
    seconds = [place.seconds for place in index]
    index.close()
    assert len(seconds) == told["finished"]
    overhead = (told["seconds"] * workers - sum(seconds)) / len(seconds)
    return result("hash", out)["hash"], overhead


@pytest.mark.slow
def test_dask_gives_the_bits_of_processes(sweep, tmp_path):
    expected, _ = run(sweep, tmp_path / "here", "--workers", 1)
    with dask(tmp_path) as (address, _):
        assert run(sweep, tmp_path / "there", "--machine", address)[0] == expected


def test_mpi_gives_the_bits_of_processes(sweep, tmp_path):
    needs_mpi()
    expected, _ = run(sweep, tmp_path / "here", "--workers", 2)
    assert run(sweep, tmp_path / "there", "--machine", "mpi", before=MPI)[0] == expected


@pytest.mark.endurance
def test_two_hundred_runs_on_every_machine(sweep, tmp_path):
    grown = sweep.read_text().replace("steps: 2", "steps: 10")
    sweep.write_text(grown)
    found = {}
    for workers in (1, 2):
        found[f"processes, {workers}"] = run(sweep, tmp_path / f"p{workers}", "--workers", workers, workers=workers)
    with dask(tmp_path) as (address, _):
        found["dask, 2 workers"] = run(sweep, tmp_path / "dask", "--machine", address, workers=2)
    if shutil.which("mpirun"):
        found["MPI, 2 ranks"] = run(sweep, tmp_path / "mpi", "--machine", "mpi", before=MPI)
    for name, (digest, overhead) in found.items():
        print(f"{name}: {digest[:16]}, {1000 * overhead:.1f} ms a run beside its computing")
    assert len({digest for digest, _ in found.values()}) == 1


def test_slurm_script(sweep, tmp_path):
    machine = tmp_path / "cluster.yaml"
    machine.write_text(
        "kind: dask\ncluster: {kind: slurm, jobs: 8, cores: 4, processes: 4, memory: 16GB, walltime: '02:00:00',\n"
        "  queue: regular, account: region, before: [module load python], options: [--mail-type=NONE]}\n"
    )
    done = call("run", sweep, "--machine", machine, "--dry-run")
    assert done.returncode == 0, done.stderr
    for line in ("#SBATCH -p regular", "#SBATCH -A region", "#SBATCH --cpus-per-task=4", "#SBATCH -t 02:00:00",
                 "#SBATCH --mail-type=NONE", "export NUMBA_NUM_THREADS=1", "module load python"):  # fmt: skip
        assert line in done.stdout, line
    assert "--nworkers 4" in done.stdout and "on 8 workers" in done.stdout and "submitted 8 times" in done.stdout


@pytest.mark.parametrize(
    ("machine", "words"),
    [
        ("proceses", "unknown machine 'proceses'; expected processes, mpi, or the address"),
        ("tcp://127.0.0.1:9", "no Dask scheduler with a worker responds at tcp://127.0.0.1:9"),
        ("mpi", "not an MPI job of two or more ranks; expected 'mpirun"),
        ("nowhere.yaml", "no such file"),
    ],
)
def test_machines_that_are_not_there(sweep, tmp_path, machine, words):
    if machine == "mpi":
        needs_mpi()
    sweep.write_text(sweep.read_text() + "machine: {kind: dask, scheduler: 'tcp://127.0.0.1:9', wait: 1}\n")
    options = [] if machine.startswith("tcp") else ["--machine", machine]
    done = call("run", sweep, "--out", tmp_path / "out", *options)
    assert done.returncode == 2 and words in done.stderr and "Traceback" not in done.stderr
    assert not list((tmp_path / "out").glob("runs/*"))


def test_a_machine_file_with_a_fault_says_where(sweep, tmp_path):
    path = tmp_path / "site.yaml"
    path.write_text("kind: dask\ncluster:\n  kind: slurm\n  jobbs: 3\n")
    done = call("run", sweep, "--machine", path)
    assert done.returncode == 2 and f"{path}:4" in done.stderr and "did you mean 'jobs'" in done.stderr
