"""The record of one run, before it is stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.currency import YUAN

if TYPE_CHECKING:
    import xarray as xr

PAYMENT_DTYPE = np.dtype([("year", "<i4"), ("payer", "<i4"), ("payee", "<i4"), ("purpose", "<i4"), ("amount", "<f8")])


@dataclass(repr=False)
class RunRecord:
    """Output of one run.

    Attributes
    ----------
    years : (T,) int
        Calendar years, the base year first.
    series : dict of str to ndarray
        One array per recorded name of `sim.catalogue.VARIABLES`, shape ``(T, *dims)``.
    payments : structured ndarray, `PAYMENT_DTYPE`
        The ledger in millions of base-year money; payer, payee and purpose index the lists below.
    accounts : list of str
        Account labels such as ``treasury:guangzhou``, ``nation``, ``fund:NAME``.
    purposes : list of str
        Purpose labels such as ``wages``, ``services``, ``enclave:park``.
    reports : dict of (str, str) to ndarray
        ``(mechanism, item)`` to a series of shape ``(T,)``.
    report_units : dict of (str, str) to str
        Units of the reports.
    notes : dict
        What the run says about its base year.
    scenario : sim.config.Scenario, optional
        Of which it is a run; unknown of a record that was read from a file.
    labels : dict
        Labels of regions, sectors and groups; see `sim.model.coordinates`.
    world : str
        Name of the world.
    currency : str
        Currency of the world, in which all money is; units of reports are written in yuan (`sim.currency`).
    """

    years: np.ndarray
    series: dict[str, np.ndarray]
    payments: np.ndarray
    accounts: list[str]
    purposes: list[str]
    reports: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)
    report_units: dict[tuple[str, str], str] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)
    scenario: Any = None
    labels: dict[str, Any] = field(default_factory=dict)
    world: str = ""
    currency: str = YUAN

    def dataset(self) -> xr.Dataset:
        """Return the run as `sim.results.open_results` returns it, with one arm and one replication.

        Indicators are computed from it: ``hinterland.indicator_table(record.dataset())``.
        """
        found: xr.Dataset = resolve_name("sim.results.memory:dataset")(self)
        return found

    def __repr__(self) -> str:
        name = f"{self.scenario.name}: " if self.scenario is not None else ""
        years = f"{self.years[0]}–{self.years[-1]}" if len(self.years) else "no year"
        return f"<RunRecord {name}{years}, {len(self.series)} series, {len(self.payments):,} payments>"
