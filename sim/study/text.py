"""The answers of the study as sentences and tables, from its small tables alone.

A number states the table, the names of the row and the column that it is from, so that each can be looked up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sim.analysis.likelihood import word_of
from sim.analysis.switching import DECIDED
from sim.figures.style import display_name
from sim.report.sentences import BILLION, Figure, Sentence, amount, listed
from sim.study.tables import ASSUMED

Tables = Mapping[str, pd.DataFrame]
NONE = "–"
COUNTS = ("n", "runs", "firms", "draws", "futures", "losing", "regions")  # columns of whole numbers


class Grid(NamedTuple):
    """A table of a page: heads of the columns, and rows of cells."""

    heads: list[str]
    rows: list[list[Sentence]]


class Answer(NamedTuple):
    """What an experiment answers.

    Attributes
    ----------
    experiment, question : str
    paragraphs : list of (str, Sentence)
        Heading and sentence: the answer, who loses, how sure.
    basis : Sentence
        Number of pairs, years, base of the money.
    grids : list of Grid
    """

    experiment: str
    question: str
    paragraphs: list[tuple[str, Sentence]]
    basis: Sentence
    grids: list[Grid]


class Row:
    """A row of a table of the study, whose numbers know where they are from."""

    def __init__(self, tables: Tables, table: str, *names: str) -> None:
        self.key = ":".join((table, *names))
        found = tables[table].loc[names if len(names) > 1 else names[0]]
        self.facts: dict[str, Any] = found.to_dict()

    def __getitem__(self, column: str) -> Any:
        return self.facts[column]

    def known(self, column: str) -> bool:
        """Return whether the row has a number in a column."""
        return isinstance(self.facts.get(column), int | float | np.number) and np.isfinite(self.facts[column])

    def number(self, column: str, scale: float = 1.0, digits: int = 3, sign: bool = False) -> Figure:
        """Return a number of the row."""
        value = int(self.facts[column]) if column in COUNTS else self.facts[column]
        return amount(f"{self.key}:{column}", value, scale, digits, sign)

    def interval(self, stem: str = "", scale: float = 1.0, sign: bool = True) -> Sentence:
        """Return the interval whose ends are the columns ``STEM_low`` and ``STEM_high``."""
        low, high = (f"{stem}_{end}" if stem else end for end in ("low", "high"))
        ends = [amount(f"{self.key}:{name}", float(self[name]), scale, 2, sign) for name in (low, high)]
        return ["[", ends[0], ", ", ends[1], "]"]

    def estimate(self, column: str, stem: str | None = None, scale: float = 1.0, sign: bool = True) -> Sentence:
        """Return a number with its interval; a dash if it is not known."""
        if not self.known(column):
            return [NONE]
        return [self.number(column, scale, 3, sign), " ", *self.interval(column if stem is None else stem, scale, sign)]


def rows_of(tables: Tables, table: str, experiment: str) -> Iterator[Row]:
    """Yield the rows of an experiment in their order."""
    if table not in tables:
        return
    index = tables[table].index
    for names in index if index.nlevels > 1 else ((name,) for name in index):
        if names[0] == experiment:
            yield Row(tables, table, *map(str, names))


def title_of(tables: Tables, experiment: str, arm: str) -> str:
    """Return what an arm is, within a sentence."""
    return f"“{tables['arms'].loc[(experiment, arm), 'title']}”"


def comparison_answer(tables: Tables, experiment: str) -> Answer:
    """Return the answer of a comparison."""
    facts = Row(tables, "experiments", experiment)
    arms = list(rows_of(tables, "arms", experiment))
    priced = sorted(
        (arm for arm in arms if arm.known("per_yuan") and arm["grade"] != ASSUMED), key=lambda arm: -arm["per_yuan"]
    )
    paragraphs = [("Answer", _helps(tables, experiment, priced, arms)), ("Who loses", _loses(tables, experiment))]
    if together := list(rows_of(tables, "complements", experiment)):
        paragraphs.append(("Together", _together(tables, experiment, together)))
    paragraphs.append(("How sure", _sure(tables, experiment, priced)))
    return Answer(experiment, str(facts["question"]), paragraphs, basis(facts), [_effects(arms)])


def years_of(facts: Row) -> tuple[Figure, Figure]:
    """Return the first and the last year of an experiment."""
    first, last = (Figure(f"{facts.key}:{end}", float(facts[end]), str(int(facts[end]))) for end in ("first", "last"))
    return first, last


def basis(facts: Row) -> Sentence:
    """Return n, years and base of the money."""
    first, last = years_of(facts)
    return [
        facts.number("n"), " pairs of runs with the same random draws, ", facts.number("firms"), " firm agents, ",
        first, " to ", last, "; effects in per cent are on the value added of the targets in ", last, ", effects per "
        "yuan and costs present values of all years at 4 % a year; money in prices of ", first, "; 95 % intervals.",
    ]  # fmt: skip


def _helps(tables: Tables, experiment: str, priced: Sequence[Row], arms: Sequence[Row]) -> Sentence:
    names = {arm.key: title_of(tables, experiment, arm.key.split(":")[2]) for arm in arms}
    if not priced:
        best, *others = sorted(arms, key=lambda arm: -arm["percent"])
        after: list[Sentence] = [[f"{names[one.key]} with ", *one.estimate("percent"), " %"] for one in others[:2]]
        rest: Sentence = [", before ", *listed(after)] if after else []
        start = f"In per cent of the value added of the targets, {names[best.key]} adds most: "
        return [
            start,
            *best.estimate("percent"),
            " %",
            *rest,
            ". No order per yuan is stated.",
            *_unpriced(names, arms),
        ]
    best, *others = priced
    lead = Row(tables, "leads", experiment) if len(priced) > 1 else None
    items: list[Sentence] = [[*one.estimate("per_yuan", sign=False), f" for {names[one.key]}"] for one in others]
    against: Sentence = [", against ", *listed(items)] if items else []
    percent: Sentence = [" It changes their value added by ", *best.estimate("percent"), " %."]
    if best["per_yuan_high"] < 0:
        start = f"None of the instruments raises the value added of the targets; {names[best.key]} lowers it least: "
    elif lead is not None and lead["low"] <= 0:
        start = (f"Undecided: per yuan of public outlay {names[best.key]} and {names[others[0].key]} add about as much "
                 "to the value added of the targets: ")  # fmt: skip
        percent = [" The first changes their value added by ", *best.estimate("percent"), " %."]
    else:
        start = f"Per yuan of public outlay {names[best.key]} adds most to the value added of the targets: "
    text: Sentence = [start, *best.estimate("per_yuan", sign=False), " yuan", *against, ".", *percent]
    return [*text, *_unpriced(names, arms), *_assumed(names, arms)]


def _assumed(names: Mapping[str, str], arms: Sequence[Row]) -> Sentence:
    """Return which arms have no place in the order since the size of their effect is an assumption."""
    found: list[Sentence] = [[names[one.key]] for one in arms if one["grade"] == ASSUMED and one.known("per_yuan")]
    start = " Not in this order, since nothing published says how large the effects of its instruments are (grade C): "
    return [start, *listed(found), "."] if found else []


def _unpriced(names: Mapping[str, str], arms: Sequence[Row]) -> Sentence:
    """Return the break-even cost of the arms whose price is not known."""
    items: list[Sentence] = [
        [*one.estimate("break_even", scale=BILLION, sign=False), f" billion yuan for {names[one.key]}"]
        for one in arms if not one["priced"] and one.known("break_even")
    ]  # fmt: skip
    if not items:
        return []
    return [" Where the price of what an instrument buys is not known, the net cost at which the nation would break "
            "even is ", *listed(items), "."]  # fmt: skip


def _loses(tables: Tables, experiment: str) -> Sentence:
    """Return who clearly loses under each arm: groups, number of regions, and the regions that lose most."""
    lost = list(rows_of(tables, "losers", experiment))
    out: Sentence = []
    for arm in dict.fromkeys(row.key.split(":")[2] for row in lost):
        own = [row for row in lost if row.key.split(":")[2] == arm]
        parts: list[Sentence] = [
            [f"{WORDS.get(str(row['name']), 'the ' + str(row['name']) + ' regions')} (",
             row.number("difference", BILLION, 3, True), ")"] for row in own if row["what"] == "group"
        ]  # fmt: skip
        named: list[Sentence] = [
            [f"{row['name']} (", row.number("difference", BILLION, 2, True), ")"]
            for row in own if row["what"] == "region"
        ]  # fmt: skip
        if not parts and not named:
            continue
        many: Sentence = []
        if named:
            many = ["; in " if parts else "", own[0].number("losing"), " of ", own[0].number("regions"),
                    " regions, most in ", *listed(named)]  # fmt: skip
        unit = " (billion yuan a year)" if not out else ""
        out += [" " if out else "", f"Under {title_of(tables, experiment, arm)} value added clearly falls{unit} in ",
                *listed(parts), *many, "."]  # fmt: skip
    return out or ["No group of regions and no region clearly loses value added."]


WORDS = {"nation": "the nation", "centre": "the centre", "targets": "the targets", "regions": "the targets"}


def _together(tables: Tables, experiment: str, rows: Sequence[Row]) -> Sentence:
    """Return which instruments add more, or less, to all others than they do alone."""
    groups: dict[str, list[Sentence]] = {"complements": [], "substitutes": [], "undecided": []}
    for row in rows:
        relation = "complements" if row["low"] > 0 else "substitutes" if row["high"] < 0 else "undecided"
        item: Sentence = [f"{title_of(tables, experiment, row.key.split(':')[2])} (",
                          *row.estimate("difference", "", BILLION), ")"]  # fmt: skip
        groups[relation].append(item)
    words = {"complements": "More on top of all others than alone (complements)",
             "substitutes": "less on top than alone (substitutes)", "undecided": "undecided"}  # fmt: skip
    parts: list[Sentence] = [[f"{words[name]}: ", *listed(items)] for name, items in groups.items() if items]
    out: Sentence = []
    for k, part in enumerate(parts):
        out += ["; " if k else "", *part]
    return [*out, ", billion yuan a year."]


def _sure(tables: Tables, experiment: str, priced: Sequence[Row]) -> Sentence:
    out: Sentence = []
    if "leads" in tables and experiment in tables["leads"].index:
        lead = Row(tables, "leads", experiment)
        out += [f"{title_of(tables, experiment, str(lead['first']))} leads "
                f"{title_of(tables, experiment, str(lead['second']))} by ", *lead.estimate("difference", ""),
                " yuan per yuan at the default parameters. "]  # fmt: skip
    drawn = [arm for arm in priced if arm.known("first")]
    if not drawn:
        return [*out, "How far the parameters matter was not examined here."]
    best = max(drawn, key=lambda arm: float(arm["first"]))
    decided = "" if best["first"] >= DECIDED else ": undecided over parameters"
    return [
        *out, f"Over drawn parameters it is {word_of(float(best['first']))} that "
        f"{title_of(tables, experiment, best.key.split(':')[2])} is first: ", best.number("first", 100.0), " % ",
        *best.interval("first", 100.0, sign=False), " of ", best.number("draws"), f" draws{decided}.",
    ]  # fmt: skip


def _effects(arms: Sequence[Row]) -> Grid:
    heads = ["Arm", "Evidence", "Public outlay, bn yuan", "Value added of the targets, %", "Per yuan of outlay, yuan",
             "Net benefit of the nation, bn yuan", "Break-even net cost, bn yuan", "First in % of draws"]  # fmt: skip
    rows: list[list[Sentence]] = [
        [
            [_named(arm)],
            [str(arm["grade"])],
            [arm.number("outlay", BILLION)] if arm.known("outlay") else [NONE],
            arm.estimate("percent"),
            arm.estimate("per_yuan", sign=False),
            arm.estimate("net_benefit", scale=BILLION),
            arm.estimate("break_even", scale=BILLION, sign=False) if not arm["priced"] else [NONE],
            [arm.number("first", 100.0)] if arm.known("first") else [NONE],
        ]
        for arm in arms
    ]
    return _without_empty(Grid(heads, rows))


def _named(arm: Row) -> str:
    """Return the title of an arm, and the name that figures show if that is another one."""
    name, title = display_name(arm.key.split(":")[2]), str(arm["title"])
    return title if title == name else f"{title} ({name})"


def _without_empty(grid: Grid) -> Grid:
    """Return a table without the columns in which no row has a number."""
    keep = [k for k in range(len(grid.heads)) if any(row[k] != [NONE] for row in grid.rows)]
    return Grid([grid.heads[k] for k in keep], [[row[k] for k in keep] for row in grid.rows])
