"""The schema of machines: where the runs of an experiment are computed. Results do not depend on it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from sim.config.schema.experiment import Experiment
from sim.errors import nearest
from sim.parameters import Strict

WORDS = ("processes", "dask", "mpi")


class Processes(Strict):
    """Processes on this machine."""

    kind: Literal["processes"] = "processes"
    workers: int | None = Field(default=None, ge=1, description="Processes at a time; as many as processors by default")


class Slurm(Strict):
    """Jobs requested from a SLURM cluster; each is one or more workers."""

    kind: Literal["slurm"] = "slurm"
    jobs: int = Field(default=4, ge=1, description="Jobs")
    processes: int = Field(default=1, ge=1, description="Workers in a job; each computes one run at a time")
    cores: int = Field(default=1, ge=1, description="Processors of a job")
    memory: str = Field(default="4GB", description="Memory of a job, such as 4GB")
    walltime: str = Field(default="01:00:00", description="Longest duration of a job, hours:minutes:seconds")
    queue: str | None = Field(default=None, description="Partition")
    account: str | None = Field(default=None, description="Account that is charged")
    interface: str | None = Field(default=None, description="Network interface of the workers, such as ib0")
    before: tuple[str, ...] = Field(default=(), description="Shell lines before a worker starts, such as 'module load'")
    options: tuple[str, ...] = Field(default=(), description="Further #SBATCH lines, without the #SBATCH")


class Dask(Strict):
    """A Dask cluster: one that runs already, or one that is requested."""

    kind: Literal["dask"] = "dask"
    scheduler: str | None = Field(default=None, description="Address of a running scheduler, such as tcp://host:8786")
    cluster: Slurm | None = Field(default=None, description="Cluster that is requested")
    wait: float = Field(default=30.0, gt=0, description="How long to wait for the scheduler [s]")

    @model_validator(mode="after")
    def _one(self) -> Dask:
        if (self.scheduler is None) == (self.cluster is None):
            raise ValueError("expected either a scheduler or a cluster")
        return self


class Mpi(Strict):
    """The ranks of an MPI job: ``mpirun -n RANKS python -m mpi4py.futures -m hinterland run FILE --machine mpi``."""

    kind: Literal["mpi"] = "mpi"


def _named(given: object) -> object:
    """Let one word or address stand for a machine."""
    if not isinstance(given, str):
        return given
    if given in ("processes", "mpi"):
        return {"kind": given}
    if "://" in given:
        return {"kind": "dask", "scheduler": given}
    raise ValueError(
        f"unknown machine '{given}'; expected processes, mpi, or the address of a Dask scheduler such as "
        "tcp://host:8786" + nearest(given, WORDS)
    )


Machine = Annotated[Processes | Dask | Mpi, Field(discriminator="kind")]
MachineField = Annotated[Machine, BeforeValidator(_named, json_schema_input_type=str | Machine)]


class Batch(Experiment):
    """What all kinds of experiments with many runs have."""

    machine: MachineField = Field(
        default=Processes(), description="Where runs are computed: processes, mpi, an address of Dask, or keys"
    )
