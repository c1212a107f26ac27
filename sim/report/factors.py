"""The design of a factorial experiment as text, for terminal and report."""

from __future__ import annotations

from typing import Any

import xarray as xr

from sim.analysis import appraisal_of, config_of, number
from sim.cells import Cells, cells_of
from sim.fractions import ROMAN
from sim.report.numbers import seeds_text

DEFINITIONS = (
    "Alone: effect of a factor without the others. On top: its effect where all others are on. Average: its effect "
    "averaged over all combinations of the others, each with the same weight (main effect). Shapley value: its effect "
    "averaged over all orders of adding factors; Shapley values sum to the effect of all factors together, (all)."
)
FITTED = (
    "Average: mean of the runs of the fraction with the factor less mean of those without (main effect), together with "
    "what it is aliased with. Shapley value: that of the fitted model without interactions of three factors, equal to "
    "the average effect; the gap, their sum less the effect of all factors together, is what the model misses."
)
PAIRS = (
    "Interaction: average difference in differences, the effect of one factor where the other is on less its effect "
    "where it is off, over all combinations of the remaining factors. Complements: together they improve the indicator "
    "by more than the sum of both; substitutes: by less; undecided: the 95 % interval includes zero."
)


def design_text(cells: Cells) -> str:
    """Return what is run: factors, combinations, sizes, resolution.

    Examples
    --------
    >>> from sim.fractions import Fraction
    >>> design_text(Cells(("a", "b"), (0.5, 1.0), Fraction(2)))
    'Full factorial design of 2 factors: 4 combinations, at sizes 0.5 and 1'
    """
    fraction, sizes = cells.fraction, [f"{size:g}" for size in cells.sizes]
    if fraction.full:
        text = f"Full factorial design of {fraction.count} factors: {len(fraction.runs)} combinations"
    else:
        text = (
            f"Fractional factorial design of {fraction.count} factors: {len(fraction.runs)} of "
            f"{2**fraction.count} combinations, resolution {ROMAN[fraction.resolution or 0]}"
        )
        if len(cells.sets) > len(fraction.runs):
            text += ", and all factors together for the total"
    return text + f", at size{'s' if len(sizes) > 1 else ''} " + " and ".join(sizes)


def alias_text(cells: Cells) -> str:
    """Return what main effects and pairs cannot be distinguished from; empty for a full design."""
    if cells.fraction.full:
        return ""
    if groups := cells.alias_texts():
        return f"Aliased, so that pairs are not reported: {'; '.join(groups)}."
    return "Main effects and pairs are aliased with interactions of three and more factors only."


def basis_text(ds: xr.Dataset) -> str:
    """Return seeds, years and money base of the results."""
    first, last = int(ds["year"].values[0]), int(ds["year"].values[-1])
    rate = number(100 * appraisal_of(ds).discount)
    return (
        f"{seeds_text(ds['finished'].sum('replication').values)} in each arm, {first}–{last}: levels of {last}, flows "
        f"summed over all years. Money in yuan of {first}; per billion yuan: present value of the effect over that of "
        f"the gross public outlay that comes with it, at {rate} % a year."
    )


def facts_of(ds: xr.Dataset) -> tuple[Cells, dict[str, Any]]:
    """Return the cells of some results and their config."""
    config = config_of(ds)
    return cells_of(config), config
