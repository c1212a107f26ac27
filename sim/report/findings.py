"""The text of a scorecard: under which instruments a region loses and gains, and what each yuan brings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from sim.analysis.scorecard import PER_YUAN, How
from sim.currency import Money
from sim.figures.style import display_name
from sim.report.sentences import Sentence, amount, interval_of, listed, plain

INCOME, ADDED = "real_income", "value_added"
MOST, LONGEST = 3, 8  # instruments named as the best; as those under which the region loses


class Findings(NamedTuple):
    """Sentences, see `sim.report.sentences`."""

    loses: Sentence
    gains: Sentence
    undecided: Sentence
    yuan: Sentence

    @property
    def titled(self) -> list[tuple[str, Sentence]]:
        """The sentences with what they answer."""
        return list(zip(("Who loses", "What helps most", "Undecided", "Per yuan"), self, strict=True))

    @property
    def texts(self) -> dict[str, str]:
        """The sentences as text, by what they answer."""
        return {title: plain(sentence) for title, sentence in self.titled}


def findings_of(name: str, table: pd.DataFrame, unpriced: Sequence[str], money: Money) -> Findings:
    """Return the text.

    Parameters
    ----------
    name : str
        Of the region.
    table : DataFrame
        Of `sim.analysis.scorecard.scorecard_table`.
    unpriced : sequence of str
        Kinds without a known price.
    money : callable
        Puts the currency into a text.
    """
    income, added = (_clear(table, indicator) for indicator in (INCOME, ADDED))
    return Findings(
        _loses(name, income, added),
        _gains(name, income),
        _undecided(income),
        _per_yuan(name, table, added[added["sign"] > 0], unpriced, money),
    )


def _clear(table: pd.DataFrame, indicator: str) -> pd.DataFrame:
    """Return the rows of an indicator with their sign: 1 clearly above zero, -1 clearly below, 0 undecided."""
    rows = table[table["indicator"] == indicator]
    return rows.assign(sign=(rows["adjusted_low"] > 0).astype(int) - (rows["adjusted_high"] < 0).astype(int))


def _quoted(kind: object) -> str:
    return f"“{display_name(str(kind))}”"


def _by(rows: pd.DataFrame, indicator: str) -> Sentence:
    """Return instruments with the size of their effects."""
    items: list[Sentence] = []
    for row in rows.to_dict("records"):
        key = f"scorecard:{row['kind']}:{indicator}"
        size = amount(f"{key}:percent", float(row["percent"]), 1, 2, True)
        bounds = interval_of(f"{key}:percent", float(row["percent_low"]), float(row["percent_high"]))
        items.append([f"{_quoted(row['kind'])} (", size, " % ", *bounds, ")"])
    return listed(items)


def _loses(name: str, income: pd.DataFrame, added: pd.DataFrame) -> Sentence:
    worst = income[income["sign"] < 0].sort_values("percent")
    out: Sentence = [f"{name} loses real income per resident under "]
    if len(worst):
        out += _by(worst.head(LONGEST), INCOME)
        out += [" and ", amount("scorecard:more", len(worst) - LONGEST), " others"] if len(worst) > LONGEST else []
    else:
        out = [f"Under none of the instruments does real income per resident of {name} clearly fall"]
    below = added[(added["sign"] < 0) & ~added["kind"].isin(worst["kind"])].sort_values("percent")
    if len(below):
        named: list[Sentence] = [[_quoted(kind)] for kind in below["kind"]]
        out += ["; its value added clearly falls, without its real income, under ", *listed(named)]
    return [*out, "."]


def _gains(name: str, income: pd.DataFrame) -> Sentence:
    best = income[income["sign"] > 0].sort_values("percent", ascending=False)
    if not len(best):
        return [f"Under none of the instruments does real income per resident of {name} clearly rise."]
    return [f"Real income per resident of {name} rises most under ", *_by(best.head(MOST), INCOME),
            "; it clearly rises under ", amount("scorecard:gain", len(best)), " of ",
            amount("scorecard:run", len(income)), " instruments, each at its default size."]  # fmt: skip


def _undecided(income: pd.DataFrame) -> Sentence:
    names: list[Sentence] = [[_quoted(kind)] for kind in income[income["sign"] == 0]["kind"]]
    return ["Whether real income rises or falls is open under ", *listed(names), "."] if names else ["None."]


def _per_yuan(name: str, table: pd.DataFrame, better: pd.DataFrame, unpriced: Sequence[str], money: Money) -> Sentence:
    """Return what a yuan brings, of instruments that have a price, concern the region and clearly raise its output."""
    rows = table[(table["indicator"] == PER_YUAN) & (table["how"] != How.ELSEWHERE) & (table["ci_low"] > 0)]
    rows = rows[rows["kind"].isin(better["kind"])]
    items: list[Sentence] = []
    for row in rows.sort_values("difference", ascending=False).head(MOST).to_dict("records"):
        key = f"scorecard:{row['kind']}:{PER_YUAN}"
        bounds = interval_of(key, float(row["ci_low"]), float(row["ci_high"]))
        size = amount(f"{key}:difference", float(row["difference"]))
        items.append([f"{_quoted(row['kind'])} (", size, money(" yuan "), *bounds, ")"])
    names: list[Sentence] = [[_quoted(kind)] for kind in unpriced]
    rest = ["; no such figure, since their price is not known: ", *listed(names)] if names else []
    if not items:
        return [money(f"No instrument with a price clearly raises value added of {name} per yuan"), *rest, "."]
    return [money(f"A yuan of public money adds most to value added of {name} under "), *listed(items), *rest, "."]
