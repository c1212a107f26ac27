"""Costs of the arms, their net benefits, and interactions of instruments in the report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from markupsafe import Markup

from sim.analysis import (
    baseline_of,
    has_pairs,
    headline_table,
    interaction,
    of_variant,
    paired,
    readable,
    reference_of,
    unpriced,
    years_text,
)
from sim.analysis.interaction import combinations, weights
from sim.currency import money_of
from sim.figures.style import display_name
from sim.indicators import BREAK_EVEN
from sim.parameters import Appraisal
from sim.report.numbers import interval_parts
from sim.report.sentences import BILLION, Figure, Sentence, amount, interval_of, listed, marked, shown

INTERACTION_NOTE = (
    "Effect of a combination less the mixture of its parts: the effects of the arms that have each instrument alone, "
    "each times the share of that arm's money that the combination spends on it; paired by seed, with 95 % intervals. "
    "It is zero where instruments neither support nor hinder each other and have constant returns."
)


NET_COST = "public_net_cost"
PARTS = ("gross", "returned", "assets", "net")


def cost_note(rates: Appraisal) -> Markup:
    """Return the explanation of costs and net benefits, with the rates of the experiment."""
    return marked([
        "Present values at ", discount_of(rates), " % a year. Gross outlay: payments of cities, provinces and the "
        "nation for the policy. Net cost: less what was returned to them, and less what funds and project companies "
        "still own at the end of the run (stakes at the lower of book and market value, discounted at ",
        amount("appraisal:equity_rate", rates.equity_rate, 100.0), " %; cash less debt). Own revenue: by how much the "
        "policy changes what taxes, land and state firms yield; it is reported and not netted. Net benefit: real "
        "income of households, of all regions or of those named, less ",
        amount("appraisal:funds_cost", rates.funds_cost), " times the net cost (marginal cost of public funds); what "
        "follows after the run is not counted. Nothing is divided by the net cost.",
    ])  # fmt: skip


def discount_of(rates: Appraisal) -> Figure:
    """Return the discount rate in per cent."""
    return amount("appraisal:discount", rates.discount, 100.0)


def cost_cells(arm: str, costs: Mapping[str, float]) -> list[Markup]:
    """Return the cells of what the net cost of an arm consists of; see `sim.analysis.costs.parts_of_cost`."""
    return [shown(f"costs:{arm}:{part}", costs.get(part, np.nan), digits=6) for part in PARTS]


def break_even_note(rates: Appraisal) -> Markup:
    """Return what the break-even cost is, with the rate of the experiment."""
    return marked([
        "Break-even net cost, where the price of what an instrument buys is not known: the present value of the change "
        "in real income of all households, with its 95 % interval, over ",
        amount("appraisal:funds_cost", rates.funds_cost), ". At this net cost the net benefit would be zero.",
    ])  # fmt: skip


def break_even_cell(ds: xr.Dataset, arm: str) -> Markup:
    """Return the break-even cost of an arm without a known price, with its interval; a dash of others."""
    if arm not in unpriced(ds) or not has_pairs(ds, reference_of(ds, arm)):
        return Markup("–")
    row, key = paired(ds, BREAK_EVEN, reference_of(ds, arm), "present").loc[arm], f"costs:{arm}:break_even"
    below = Markup("<br><small>{}</small>").format(marked(interval_of(key, row["ci_low"], row["ci_high"])))
    return shown(key, row["difference"], digits=6) + below


def break_even_parts(ds: xr.Dataset, baseline: str, titles: Mapping[str, str]) -> Sentence:
    """Return, of the arms without a known price, the break-even and the actual net cost; empty without such arms."""
    table, items = headline_table(ds, baseline), list[Sentence]()
    found = {arm: kinds for arm, kinds in unpriced(ds).items() if arm in table.index}
    known = all(name in table for name in (BREAK_EVEN, NET_COST))
    for arm, kinds in found.items():
        name = f"{titles[arm]} ({', '.join(display_name(kind).lower() for kind in kinds)})"
        if not known:
            items.append([name])
            continue
        even, cost = (table[name].loc[arm] for name in (BREAK_EVEN, NET_COST))
        key = f"headline:{BREAK_EVEN}:{arm}"
        items.append([
            amount(key, even["difference"], BILLION), " ",
            *interval_of(key, even["ci_low"], even["ci_high"], BILLION, sign=False), " and ",
            amount(f"headline:{NET_COST}:{arm}", cost["difference"], BILLION), f" for {name}",
        ])  # fmt: skip
    if not items:
        return []
    start = "No effect per yuan is stated where the price of what an instrument buys is not known"
    costs = "; net cost at which the net benefit of the nation would be zero, and actual net cost, billion yuan"
    return [money_of(ds.attrs)(start + costs * known), ": ", *listed(items), "."]


def interaction_tables(ds: xr.Dataset) -> list[dict[str, Any]]:
    """Return a table for each combination: what it consists of, and a row for each indicator."""
    tables, baseline = [], str(baseline_of(ds))
    main = of_variant(ds, baseline)
    for arm, rows in interaction(ds, baseline).groupby("arm", sort=False):
        cells = [_cells(row) for row in rows.to_dict("records")]
        shares = weights(main, str(arm), combinations(main)[str(arm)]).mean()
        parts = marked(_parts(str(arm), {str(single): float(share) for single, share in shares.items()}))
        tables.append({"title": display_name(str(arm)), "parts": parts, "rows": cells})
    return tables


def _parts(arm: str, shares: Mapping[str, float]) -> Sentence:
    """Return the arms that a combination consists of with their weights."""
    out = Sentence()
    for single, share in shares.items():
        weight = Figure(f"interaction:{arm}:{single}:weight", share, f"{share:.3g}")
        out += ["; " if out else "", f"{single} ", weight]
    return out


def _cells(row: Mapping[Any, Any]) -> list[Any]:
    names = ("actual", "mixture", "interaction")
    scale, unit = readable(str(row["unit"]), max(abs(float(row[name])) for name in names))
    head = Markup("{}<br><small>{}</small>").format(row["title"], unit + years_text(row["years"]))
    key = f"interaction:{row['arm']}:{row['indicator']}"
    share = amount(f"{key}:relative", float(row["relative"]), 100.0, 2, sign=True)
    return [
        head, *(shown(f"{key}:{name}", float(row[name]), scale, sign=True) for name in names),
        marked(interval_parts(key, row, scale)), marked([share, " %"] if np.isfinite(row["relative"]) else ["–"]),
    ]  # fmt: skip
