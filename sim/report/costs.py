"""Costs of the arms, their net benefits, and interactions of instruments in the report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from markupsafe import Markup

from sim.analysis import baseline_of, interaction, number, signed, years_text
from sim.figures.style import display_name
from sim.parameters import Appraisal
from sim.report.numbers import interval_text, scale_of

INTERACTION_NOTE = (
    "Effect of a combination less the mixture of its parts: the effects of the arms that have each instrument alone, "
    "each times the share of that arm's money that the combination spends on it; paired by seed, with 95 % intervals. "
    "It is zero where instruments neither support nor hinder each other and have constant returns."
)


def cost_note(rates: Appraisal) -> str:
    """Return the explanation of costs and net benefits, with the rates of the experiment."""
    discount, equity = (number(100 * rate) for rate in (rates.discount, rates.equity_rate))
    return (
        f"Present values at {discount} % a year. Gross outlay: payments of cities, provinces and the nation for the "
        "policy. Net cost: less what was returned to them, and less what funds and project companies still own at the "
        f"end of the run (stakes at the lower of book and market value, discounted at {equity} %; cash less debt). Own "
        "revenue: by how much the policy changes what taxes, land and state firms yield; it is reported and not "
        "netted. Net benefit: real income of households, of all regions or of those named, less "
        f"{number(rates.funds_cost)} times the net cost (marginal cost of public funds); what follows after the run is "
        "not counted. Nothing is divided by the net cost."
    )


def interaction_tables(ds: xr.Dataset) -> list[dict[str, Any]]:
    """Return a table for each combination: what it consists of, and a row for each indicator."""
    tables = []
    for arm, rows in interaction(ds, str(baseline_of(ds))).groupby("arm", sort=False):
        cells = [_cells(row) for row in rows.to_dict("records")]
        tables.append({"title": display_name(str(arm)), "parts": str(rows["parts"].iloc[0]), "rows": cells})
    return tables


def _cells(row: Mapping[Any, Any]) -> list[Any]:
    means = [float(row[name]) for name in ("actual", "mixture", "interaction")]
    scale, unit = scale_of(row["indicator"], max(map(abs, means)))
    head = Markup("{}<br><small>{}</small>").format(row["title"], unit + years_text(row["years"]))
    relative = f"{signed(100 * row['relative'], 2)} %" if np.isfinite(row["relative"]) else "–"
    return [head, *(signed(scale * mean) for mean in means), interval_text(row, scale), relative]
