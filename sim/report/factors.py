"""The design of a factorial experiment as text, for terminal and report."""

from __future__ import annotations

from typing import Any

import xarray as xr

from sim.analysis import appraisal_of, config_of
from sim.cells import Cells, cells_of
from sim.currency import money_of
from sim.fractions import ROMAN
from sim.report.costs import discount_of
from sim.report.numbers import agents_parts, seeds_parts
from sim.report.sentences import Figure, Sentence, amount, plain

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
    return plain(design_parts(cells))


def design_parts(cells: Cells) -> Sentence:
    """Return `design_text` with its numbers."""
    fraction = cells.fraction
    count, runs = amount("design:factors", fraction.count), amount("design:combinations", len(fraction.runs))
    if fraction.full:
        text: Sentence = ["Full factorial design of ", count, " factors: ", runs, " combinations"]
    else:
        text = [
            "Fractional factorial design of ", count, " factors: ", runs, " of ",
            amount("design:possible", 2**fraction.count),
            f" combinations, resolution {ROMAN[fraction.resolution or 0]}",
        ]  # fmt: skip
        if len(cells.sets) > len(fraction.runs):
            text.append(", and all factors together for the total")
    text.append(f", at size{'s' if len(cells.sizes) > 1 else ''} ")
    for k, size in enumerate(cells.sizes):
        text += [" and "] * bool(k) + [size_of(f"design:size:{k}", size)]
    return text


def size_of(key: str, size: float) -> Figure:
    """Return a size with its number."""
    return Figure(key, size, f"{size:g}")


def alias_text(cells: Cells) -> str:
    """Return what main effects and pairs cannot be distinguished from; empty for a full design."""
    if cells.fraction.full:
        return ""
    if groups := cells.alias_texts():
        return f"Aliased, so that pairs are not reported: {'; '.join(groups)}."
    return "Main effects and pairs are aliased with interactions of three and more factors only."


def basis_text(ds: xr.Dataset) -> str:
    """Return seeds, years and money base of the results."""
    return plain(basis_parts(ds))


def basis_parts(ds: xr.Dataset) -> Sentence:
    """Return `basis_text` with its numbers."""
    first, last = (
        Figure(name, int(ds["year"][k]), str(int(ds["year"][k]))) for name, k in (("first", 0), ("last", -1))
    )
    money = money_of(ds.attrs)
    return [
        *seeds_parts("arms", ds["finished"].sum("replication").values), " in each arm", *agents_parts(ds), ", ",
        first, "–", last,
        ": levels of ", last, ", flows summed over all years. ", money("Money in yuan of "), first,
        money("; per billion yuan"), ": present value of the effect over that of the gross public outlay that comes "
        "with it, at ", discount_of(appraisal_of(ds)), " % a year.",
    ]  # fmt: skip


def facts_of(ds: xr.Dataset) -> tuple[Cells, dict[str, Any]]:
    """Return the cells of some results and their config."""
    config = config_of(ds)
    return cells_of(config), config
