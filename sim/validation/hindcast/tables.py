"""The tables of the hindcast: scores, and the law of errors that bands of forecasts use."""

from __future__ import annotations

from pathlib import Path

from sim import results
from sim.analysis.forecast_errors import write_laws
from sim.validation.hindcast.errors import FIVE_YEARLY, estimate_law
from sim.validation.hindcast.forecasts import FIRST, SECOND
from sim.validation.hindcast.runs import bundled_hindcast
from sim.validation.hindcast.scores import comparisons, score_table


def write_scores(path: Path) -> Path:
    """Write the comparisons with other forecasts as a table; see `score_table`."""
    table = score_table(comparisons(bundled_hindcast(), bundled_hindcast("path")))
    return results.write_text(path, table.round(4).to_csv(index=False))


def write_errors(path: Path) -> Path:
    """Write the law of errors by figure, estimated from the errors of both halves of the decade.

    The parameters of the runs are fitted to the first half, in which errors are somewhat too small.
    """
    laws = {figure: estimate_law(bundled_hindcast(), figure, (FIRST, SECOND)) for figure in FIVE_YEARLY}
    return write_laws(laws, path)
