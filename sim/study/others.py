"""Answers of the other kinds of experiment: statements, combinations, portfolios, futures, splits of taxes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sim.analysis import INDICATORS, key_title
from sim.analysis.switching import DECIDED
from sim.figures.style import display_name
from sim.report.sentences import BILLION, Sentence, amount, listed
from sim.study.text import NONE, Answer, Grid, Row, Tables, comparison_answer, rows_of, years_of

REFUTED = 1.0 - DECIDED


def answer_of(tables: Tables, experiment: str) -> Answer:
    """Return the answer of an experiment of any kind."""
    kind = str(Row(tables, "experiments", experiment)["kind"])
    if kind == "comparison":
        return comparison_answer(tables, experiment)
    if "statements" in tables and (tables["statements"]["experiment"] == experiment).any():
        return _statements(tables, experiment)
    return _OTHERS[kind](tables, experiment)


def _answer(tables: Tables, experiment: str, paragraphs: list[tuple[str, Sentence]], grids: list[Grid]) -> Answer:
    facts = Row(tables, "experiments", experiment)
    first, last = years_of(facts)
    basis: Sentence = [
        facts.number("runs"), " runs with ", facts.number("firms"), " firm agents, ", first, " to ", last,
        "; effects per yuan and costs are present values at 4 % a year, money in prices of ", first, ".",
    ]  # fmt: skip
    return Answer(experiment, str(facts["question"]), paragraphs, basis, grids)


def _statements(tables: Tables, experiment: str) -> Answer:
    """Return the pairwise statements: those that hold in most draws, those that are refuted, the undecided ones."""
    table = tables["statements"]
    rows = [Row(tables, "statements", *map(str, names)) for names in table.index]
    holds = [row for row in rows if row["share"] >= DECIDED]
    refuted = [row for row in rows if row["share"] <= REFUTED]
    undecided = len(rows) - len(holds) - len(refuted)
    limit = amount("statements:decided", 100 * DECIDED)
    text: Sentence = [
        "Of ", amount("statements:count", len(rows)), " statements of the form “the first adds more to the value added "
        "of the targets per public yuan than the second”, ", amount("statements:hold", len(holds)),
        " hold in at least ", limit, " % of the draws of parameters, ", amount("statements:refuted", len(refuted)),
        " are refuted in as many, and ", amount("statements:undecided", undecided), " are undecided.",
    ]  # fmt: skip
    heads = ["First", "Second", "Difference, yuan per yuan", "First is ahead in, % of draws", "Verdict",
             "Most influential parameter", "Equal at"]  # fmt: skip
    cells: list[list[Sentence]] = [
        [
            [display_name(str(row.key.split(":")[1]))], [display_name(str(row.key.split(":")[2]))],
            [row.number("difference", sign=True)],
            row.estimate("share", scale=100.0, sign=False),
            ["holds" if row["share"] >= DECIDED else "refuted" if row["share"] <= REFUTED else "undecided"],
            [key_title(str(row["uncertainty"])) if isinstance(row["uncertainty"], str) else NONE],
            [row.number("value")] if row["switches"] is True or row["switches"] == 1 else ["none in its range"],
        ]
        for row in rows
    ]  # fmt: skip
    return _answer(tables, experiment, [("Answer", text)], [Grid(heads, cells)])


def _factorial(tables: Tables, experiment: str) -> Answer:
    """Return what each instrument contributes and which pairs support or hinder each other."""
    factors = [row for row in rows_of(tables, "factors", experiment) if not row.key.split(":")[2].startswith("(")]
    factors.sort(key=lambda row: -row["value"])
    pairs = list(rows_of(tables, "pairs", experiment))
    unit = " billion yuan a year"
    names = {row.key: f"“{display_name(row.key.split(':')[2])}”" for row in factors}
    items: list[Sentence] = [[*_valued(row), f" for {names[row.key]}"] for row in factors]
    text: Sentence = ["Contribution to the value added of the targets (Shapley value, average over all orders): ",
                      *listed(items), f",{unit}."]  # fmt: skip
    related: Sentence = []
    for relation in ("complements", "substitutes"):
        own = sorted((row for row in pairs if row["relation"] == relation), key=lambda row: -abs(row["value"]))[:4]
        found: list[Sentence] = [
            [" and ".join(display_name(one).lower() for one in row.key.split(":")[2:]), " (", *_valued(row), ")"]
            for row in own
        ]
        related += [" " if related else "", f"{relation.capitalize()}: ", *(listed(found) if found else ["none"]), "."]
    undecided = sum(row["relation"] == "undecided" for row in pairs)
    related += [" ", amount(f"pairs:{experiment}:undecided", undecided), " of ",
                amount(f"pairs:{experiment}:count", len(pairs)), " pairs are undecided."]  # fmt: skip
    return _answer(tables, experiment, [("Answer", text), ("Together", related)], [])


def _valued(row: Row) -> Sentence:
    ends: Sentence = [row.number("ci_low", BILLION, 2, True), ", ", row.number("ci_high", BILLION, 2, True)]
    return [row.number("value", BILLION, 3, True), " [", *ends, "]"]


def _tuning(tables: Tables, experiment: str) -> Answer:
    """Return the portfolios on the front: their objectives and levers."""
    rows = list(rows_of(tables, "front", experiment))
    columns = [name for name in tables["front"].columns if isinstance(name, str)]
    objectives = [name for name in columns if name in INDICATORS]
    levers = [name for name in columns if name.startswith("mechanisms.")]
    text: Sentence = [
        amount(f"front:{experiment}:count", len(rows)), " portfolios are on the front of ",
        " and ".join(INDICATORS[name].title.lower() for name in objectives),
        ": none of them is better in one goal without being worse in another.",
    ]  # fmt: skip
    heads = ["Trial", *(f"{INDICATORS[name].title}, change, {INDICATORS[name].unit}" for name in objectives),
             *(display_name(name.split(".")[1]) for name in levers)]  # fmt: skip
    cells: list[list[Sentence]] = [
        [
            [row.key.split(":")[2]],
            *_numbers(row, [*objectives, *levers]),
        ]
        for row in rows
    ]
    return _answer(tables, experiment, [("Answer", text)], [Grid(heads, cells)])


def _numbers(row: Row, columns: Sequence[str]) -> list[Sentence]:
    return [[row.number(name)] for name in columns]


def _futures(tables: Tables, experiment: str) -> Answer:
    """Return which policy is best in how many futures, and its regret."""
    rows = sorted(rows_of(tables, "futures", experiment), key=lambda row: -row["share"])
    names = {row.key: f"“{display_name(row.key.split(':')[2])}”" for row in rows}
    best, *_ = rows
    decided = "" if best["share"] >= DECIDED else " Below 80 % the order is undecided."
    text: Sentence = [
        f"Per yuan of outlay {names[best.key]} is first in ", *best.estimate("share", scale=100.0, sign=False),
        " % of ", best.number("futures"), f" futures.{decided}",
    ]  # fmt: skip
    heads = ["Policy", "First in, % of futures", "Mean regret, bn yuan", "Largest regret, bn yuan"]
    cells: list[list[Sentence]] = [
        [[names[row.key].strip("“”")], row.estimate("share", scale=100.0, sign=False),
         [row.number("regret", BILLION)], [row.number("largest_regret", BILLION)]]
        for row in rows
    ]  # fmt: skip
    return _answer(tables, experiment, [("Answer", text)], [Grid(heads, cells)])


def _split(tables: Tables, experiment: str) -> Answer:
    """Return for which splits of taxes sponsor and hosts both gain, and how that depends on what is delivered."""
    rows = list(rows_of(tables, "split", experiment))
    text: Sentence = []
    grids = []
    for arm in dict.fromkeys(row.key.split(":")[2] for row in rows):
        own = [row for row in rows if row.key.split(":")[2] == arm]
        bands = [row for row in rows_of(tables, "bands", experiment) if row.key.split(":")[2] == arm]
        found: list[Sentence] = [
            ["from ", row.number("least"), " to ", row.number("most"), f" at a delivery of {row.key.split(':')[3]}"]
            for row in bands if row["clear"]
        ]  # fmt: skip
        none = [row.key.split(":")[3] for row in bands if not row["clear"]]
        text += [" " if text else "", f"{display_name(arm)}: both the sponsor and the hosts clearly gain "]
        text += ["if the sponsor's share of taxes is ", *listed(found)] if found else ["at no split that was run"]
        text += [f"; at none at a delivery of {', '.join(none)}." if none and found else "."]
        shares, deliveries = (sorted({row.key.split(":")[k] for row in own}, key=float) for k in (3, 4))
        at = {tuple(row.key.split(":")[3:]): row for row in own}
        heads = ["Sponsor's share of taxes", *(f"Delivery {one}" for one in deliveries)]
        cells: list[list[Sentence]] = [[[share], *_welfare(at, share, deliveries)] for share in shares]
        grids.append(Grid([f"{display_name(arm)}: {heads[0].lower()}", *heads[1:]], cells))
    text += [" Cells: welfare of the sponsor / of the hosts, % of consumption, difference from no policy."]
    return _answer(tables, experiment, [("Answer", text)], grids)


def _welfare(at: Mapping[tuple[str, ...], Row], share: str, deliveries: Sequence[str]) -> list[Sentence]:
    return [
        [*at[share, one].estimate("sponsor", scale=100.0), " / ", *at[share, one].estimate("host", scale=100.0)]
        for one in deliveries
    ]


_OTHERS: dict[str, Callable[[Tables, str], Answer]] = {
    "factorial": _factorial, "tuning": _tuning, "robustness": _futures, "sweep": _split,
}  # fmt: skip
