"""Figures of the model on a park: of the site itself, and gains of its host over the baseline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sim.record import RunRecord
from sim.validation.cases.table import EMPLOYED


@dataclass(frozen=True)
class Pair:
    """Two runs with the same seed.

    Attributes
    ----------
    park, baseline : RunRecord
        With the park and without.
    mechanism : str
        Name of the enclave.
    host : int
        Region in which it is.
    year : int
        Index of the year in which it is measured.
    """

    park: RunRecord
    baseline: RunRecord
    mechanism: str
    host: int
    year: int

    def site(self, item: str) -> float:
        """Return a report of the enclave."""
        return float(self.park.reports[self.mechanism, item][self.year])

    def of_host(self, run: RunRecord, variable: str) -> float:
        """Return a variable of the host, summed over sectors or groups."""
        return float(run.series[variable][self.year, self.host].sum())

    def gain(self, variable: str) -> float:
        """Return a variable of the host with the park less that without."""
        return self.of_host(self.park, variable) - self.of_host(self.baseline, variable)


Figure = Callable[[Pair], float]
BILLION, THOUSAND = 1e-3, 1e-3  # per million yuan, per person

# By key of the file `cases.yaml`: title with unit, and figure of the model.
FIGURES: dict[str, tuple[str, Figure]] = {
    "output": ("gross output, billion yuan of 2010", lambda p: BILLION * p.site("gross output")),
    "value_added": ("value added, billion yuan of 2010", lambda p: BILLION * p.site("value added")),
    "jobs": ("jobs, thousand", lambda p: THOUSAND * EMPLOYED * p.site("employment")),
    "share": ("share of the host's value added", lambda p: p.site("value added") / p.of_host(p.park, "value_added")),
    "host_value_added": ("gain of the host, billion yuan of 2010", lambda p: BILLION * p.gain("value_added")),
    "host_jobs": ("gain in jobs of the host, thousand", lambda p: THOUSAND * EMPLOYED * p.gain("people")),
}
