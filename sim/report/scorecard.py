"""The scorecard of a region: what each instrument does to it, on two printed pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import xarray as xr
from markupsafe import Markup

from sim import results
from sim.analysis import agents_of, appraisal_of, config_of, unpriced
from sim.analysis.measured import graded
from sim.analysis.regions import region_names
from sim.analysis.scorecard import BUDGET, INDICATORS, MEAN_OVER, OUTLAY, OWN_SHARE, PER_YUAN, Aim, How
from sim.currency import money_of
from sim.figures.style import display_name
from sim.mechanisms import MECHANISMS
from sim.policy.evidence import GRADES
from sim.report.findings import Findings, findings_of
from sim.report.numbers import decides
from sim.report.page import filled
from sim.report.sentences import Figure, Sentence, amount, marked
from sim.report.trust import provenance

UP, DOWN, OPEN = "▲", "▼", "·"  # clearly more, clearly less, undecided: legible without colour
HOW = {How.AIMED: "aimed at it", How.AMONG: "with others", How.ELSEWHERE: "elsewhere"}
# Folders of sim/mechanisms in the order of the page.
SECTIONS = {
    "connect": "Connections", "markets": "Markets", "finance": "Finance", "public": "Public budgets",
    "innovation": "Innovation", "industry": "Industry", "people": "People", "ecology": "Ecology",
    "institutions": "Institutions", "zones": "Zones",
}  # fmt: skip
DECIMALS = ((100, 0), (10, 1), (0.1, 2), (0.01, 3))  # of numbers from this size on; smaller ones have four
Row = Mapping[str, Any]


class Card(NamedTuple):
    """What the page shows.

    Attributes
    ----------
    title : str
    findings : Findings
        The text on top.
    columns : list of str
    sections : list of (str, list of dict)
        Instruments by theme: ``name, about, grade, cells, reason``.
    basis : list
        What the numbers were made from, a sentence.
    notes : list of str
        How to read the table.
    made : str
        Config, model version, seed.
    """

    title: str
    findings: Findings
    columns: list[str]
    sections: list[tuple[str, list[dict[str, Any]]]]
    basis: Sentence
    notes: list[str]
    made: str


def card_of(ds: xr.Dataset, folder: Path, region: str, aims: Sequence[Aim], table: pd.DataFrame) -> Card:
    """Return the content of the page.

    Parameters
    ----------
    ds : Dataset
    folder : Path
        Its results.
    region : str
        Its id.
    aims : sequence of Aim
    table : DataFrame
        Of `sim.analysis.scorecard.scorecard_table`.
    """
    name = dict(zip(ds["region"].values.astype(str), region_names(ds), strict=True))[region]
    money = money_of(ds.attrs)
    units = {BUDGET: "million yuan"} | dict.fromkeys((key for key in INDICATORS if key != BUDGET), "%")
    columns = [money(f"{facts[0]}, {units[key]}") for key, facts in INDICATORS.items()]
    columns += [money("Public cost, million yuan"), money("Value added per yuan of cost")]
    sections = {
        title: [_line(one, table[table["kind"] == one.kind]) for one in aims if one.section == section]
        for section, title in SECTIONS.items()
    }
    manifest, config = results.read_manifest(folder) or {}, config_of(ds)
    head, changed, _ = str(ds.attrs.get("commit", "")).partition("-changed")
    made = [*dict(provenance(manifest, config)).items(), ("seed", config.get("seed")), ("commit", head[:12] + changed)]
    return Card(
        f"{name}: what each policy instrument does to it",
        findings_of(name, table, sorted(unpriced(ds)), money),
        columns,
        [(title, lines) for title, lines in sections.items() if lines],
        _basis(ds, table, len(aims)),
        _notes(name, {line["grade"] for lines in sections.values() for line in lines}, money),
        ", ".join(f"{key} {value}" for key, value in made if value not in (None, "")),
    )


def _line(one: Aim, rows: pd.DataFrame) -> dict[str, Any]:
    """Return the row of an instrument."""
    line = {
        "name": display_name(one.kind),
        "grade": graded(one.kind, MECHANISMS[one.kind].evidence),
        "reason": one.reason,
    }
    if one.how is How.REFUSED:
        return line | {"about": "cannot be aimed at it", "cells": []}
    where = f": {one.where.replace('_', ' ')}" if one.where else ""
    by = {str(row["indicator"]): row for row in rows.to_dict("records")}
    cells = [_effect(one.kind, key, by[key]) for key in INDICATORS]
    return line | {
        "about": HOW[one.how] + where,
        "cells": [*cells, _cost(one.kind, by), _ratio(one.kind, by[PER_YUAN])],
    }


def fixed(key: str, values: Sequence[float], name: str, k: int, sign: bool = True) -> Figure:
    """Return one of some numbers, with as many decimals as the largest of them needs for about three digits."""
    largest, value = max(map(abs, values)), values[k]
    if value != value:
        return Figure(f"{key}:{name}", value, "–")
    decimals = 0 if not largest else next((k for least, k in DECIMALS if largest >= least), 4)
    text = f"{value:{'+' if sign else ''},.{decimals}f}"
    bare = not float(text.replace(",", ""))
    return Figure(f"{key}:{name}", value, text.lstrip("+-") if bare else text.replace("-", "−"))


def _effect(kind: str, indicator: str, row: Row) -> dict[str, str]:
    """Return the cell of an effect: mark and size, below it the interval."""
    names = ("difference", "ci_low", "ci_high") if indicator == BUDGET else ("percent", "percent_low", "percent_high")
    values, key = [float(row[name]) for name in names], f"scorecard:{kind}:{indicator}"
    sign = 0 if not decides(row) else 1 if row["difference"] > 0 else -1
    size, low, high = (fixed(key, values, name, k) for k, name in enumerate(names))
    better = sign * INDICATORS[indicator][2]
    return {
        "text": _two_lines([f"{(OPEN, UP, DOWN)[sign]} ", size], ["[", low, ", ", high, "]"]),
        "css": "clear up" if better > 0 else "clear down" if better < 0 else "open",
    }


def _cost(kind: str, by: Mapping[str, Row]) -> dict[str, str]:
    """Return the cell of the public outlay, and of what the region pays of it."""
    outlay, share = float(by[OUTLAY]["difference"]), float(by[OWN_SHARE]["difference"])
    key = f"scorecard:{kind}"
    own: Sentence = [amount(f"{key}:{OWN_SHARE}:difference", share, 100.0, 2), " % own"] if share == share else ["–"]
    return {"text": _two_lines([fixed(f"{key}:{OUTLAY}", [outlay], "difference", 0, sign=False)], own), "css": ""}


def _ratio(kind: str, row: Row) -> dict[str, str]:
    """Return the cell of the effect per yuan; a dash without a price or a cost."""
    values, key = [float(row[name]) for name in ("difference", "ci_low", "ci_high")], f"scorecard:{kind}:{PER_YUAN}"
    if values[0] != values[0]:
        return {"text": Markup("–"), "css": "open"}
    size, low, high = (fixed(key, values, name, k) for k, name in enumerate(("difference", "ci_low", "ci_high")))
    return {"text": _two_lines([size], ["[", low, ", ", high, "]"]), "css": ""}


def _two_lines(first: Sentence, second: Sentence) -> Markup:
    return Markup("{}<br><small>{}</small>").format(marked(first), marked(second))


def _basis(ds: xr.Dataset, table: pd.DataFrame, instruments: int) -> Sentence:
    """Return what the numbers were made from."""
    first, last = (int(ds["year"].values[k]) for k in (0, -1))
    pairs, agents = int(table["n"].max()), agents_of(ds)
    million, rate = money_of(ds.attrs)("million yuan"), 100 * appraisal_of(ds).discount
    return [
        "Differences from no policy in ", amount("scorecard:n", pairs), " pairs of runs with the same random draws, ",
        amount("scorecard:firms", int(agents or 0)), " firm agents in each run, ", Figure("first", first, str(first)),
        "–", Figure("last", last, str(last)), ", with 95 % intervals; in bold what is clear of zero after the "
        "correction (Benjamini–Hochberg) for all effects of the table. Per cent: mean of the last ",
        amount("scorecard:years", min(MEAN_OVER, ds.sizes["year"])), " years, of the level without policy. Budget "
        f"(revenue less outlays of the region's treasury, transfers included) and public cost: {million} in prices of ",
        Figure("first", first, str(first)), ", present values of all years at ", amount("discount", rate), " % a year. "
        "What the region pays itself is its share in the payments of one pair of runs. ",
        amount("scorecard:instruments", instruments), " instruments at their defaults, which differ in size: rows are "
        "not a ranking.",
    ]  # fmt: skip


def _notes(name: str, grades: set[str], money: Any) -> list[str]:
    return [
        f"{UP} clearly more, {DOWN} clearly less, {OPEN} undecided. “Aimed at it”: the whole instrument is for {name}, "
        "in place of the regions of its bundled comparison; “with others”: it is one of them; “elsewhere”: it is not.",
        money("No figure per yuan where the price of what is bought is not known, or no public money is spent."),
        "Evidence, grade " + "; ".join(f"{letter}: {GRADES[letter]}" for letter in GRADES if letter in grades) + ".",
    ]


def write_page(card: Card, path: Path) -> Path:
    """Write the page, a single file for offline use."""
    content = {
        **card._asdict(), "basis": marked(card.basis), "findings": [(title, marked(text)) for title, text in
                                                                    card.findings.titled],
    }  # fmt: skip
    return results.write_text(path, filled(content, "scorecard.html.j2"))
