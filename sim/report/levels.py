"""How sure the levels of a page are: shares of groups of regions in the nation with the bands of the model's errors."""

from __future__ import annotations

from typing import Any

import xarray as xr

from sim.analysis.bands import Bands, bands_of, error_law, reference_arm
from sim.analysis.forecast_errors import HORIZON, SUPPORTED
from sim.analysis.incidence import groups_of
from sim.report.answer import whom
from sim.report.numbers import agents_parts, seeds_parts
from sim.report.sentences import Figure, Sentence, amount, listed, marked

FIGURES = {"people": "people", "value_added": "value added"}
PER_CENT = 100.0
# Stands below differences between arms.
NOT_CONTAINED = (
    "These intervals contain the variation between seeds only: not the errors of the model that all arms share, nor "
    "those of the effect itself."
)


def levels_of(ds: xr.Dataset) -> dict[str, Any] | None:
    """Return the shares of groups of regions in the last year with their bands: ``text``, ``columns`` and ``rows``.

    None if no law of errors is known for these results.
    """
    laws = {figure: law for figure in FIGURES if (law := error_law(ds, figure)) is not None}
    if not laws:
        return None
    arm, rows = reference_arm(ds), []
    for group, mask in groups_of(ds).items():
        found = {figure: one for figure in laws if (one := bands_of(ds, figure, mask, arm)) is not None}
        cells = [marked(cell) for figure, one in found.items() for cell in _cells(f"levels:{group}:{figure}", one)]
        if cells:
            words = whom(group, ds).removeprefix("the ")
            rows.append([words[0].upper() + words[1:], *cells])
    first, last = (int(ds["year"].values[k]) for k in (0, -1))
    beyond = last - first > SUPPORTED
    band = "90 % band, extrapolated" if beyond else "90 % band"
    columns = [column for figure in laws for column in (f"Share of {FIGURES[figure]}, %", band)]
    counts: list[Sentence] = [
        [amount(f"levels:{figure}:errors", law.errors), f" errors of {FIGURES[figure]} in ",
         amount(f"levels:{figure}:provinces", law.provinces), " provinces"] for figure, law in laws.items()
    ]  # fmt: skip
    of_arm = " in the baseline" if ds.sizes["arm"] > 1 else ""
    text: Sentence = [
        f"Share in the mainland{of_arm} in ", Figure("last", last, str(last)), ", mean over ",
        *seeds_parts("levels", [int(ds["finished"].sel(arm=arm).sum())]), *agents_parts(ds), ", with the 90 % band "
        "of the model's errors. These are estimated from its hindcast, ", amount("levels:ahead", int(HORIZON)),
        " years ahead: ", *listed(counts), ". ", *(_beyond(last - first) if beyond else []), "A level has the same "
        "relative band, given the level of the nation, for which no band is known. Intervals over seeds do not contain "
        "this uncertainty: they are of chance alone and shrink with more seeds.",
    ]  # fmt: skip
    return {"text": marked(text), "columns": columns, "rows": rows}


def _beyond(horizon: int) -> Sentence:
    """Return that a horizon is beyond that of the hindcast."""
    return [
        amount("levels:horizon", horizon), " years ahead is beyond the ", amount("levels:supported", int(SUPPORTED)),
        " of the hindcast: bands are extrapolated, for errors that grow with the horizon as slowly and as fast as past "
        "changes allow. ",
    ]  # fmt: skip


def _cells(key: str, bands: Bands) -> tuple[Sentence, Sentence]:
    """Return the share in the last year, and its band; where that is extrapolated, at both ends of kappa."""
    ends: list[Sentence] = [
        ["[", amount(f"{key}:low:{pace}", low, PER_CENT), ", ", amount(f"{key}:high:{pace}", high, PER_CENT), "]"]
        for pace, low, high in zip(("slow", "fast"), bands.low[:, -1], bands.high[:, -1], strict=True)
    ]
    share = amount(f"{key}:share", bands.share[-1], PER_CENT)
    return [share], listed(ends, " to ") if bands.extrapolated[-1] else ends[0]
