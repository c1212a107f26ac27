"""Every marked number of a page against the number that follows from the stored runs.

The recomputation uses `sim.open_results`, numpy and scipy, and nothing of `sim.analysis`. Numbers agree to a millionth;
those of random resamples (intervals by the bootstrap and by max-t, permutations) to a stated share of the interval.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import NamedTuple

from sim.indicators import INDICATORS
from sim.mechanisms import MECHANISMS
from tests.pages import labels
from tests.pages.answer import Answered
from tests.pages.common import Common
from tests.pages.factorial import Factorial
from tests.pages.points import Sweep
from tests.pages.reading import Marked, Page
from tests.pages.robustness import Robustness
from tests.pages.validated import ROWS

KINDS = {"comparison": Answered, "scenario": Answered, "sweep": Sweep, "robustness": Robustness, "factorial": Factorial}
EXACT = 1e-6  # relative deviation
ROUNDING = 1e-12  # what counts as zero, relative to the largest number of the same indicator
SIZES = ("baseline", "difference", "effect", "value", "mean", "actual", "mixture", "maximum")  # in the indicator's unit
RANDOM = {"bca": 0.08, "joint": 0.03}  # share of the width of the interval; docs of `tests.pages.formulas`
PERMUTED = 0.05  # p values of 99 permutations


class Verdict(NamedTuple):
    """What came out for a page.

    Attributes
    ----------
    numbers, answer : int
        Marked numbers, and those of them in the answer.
    wrong, unknown, unmarked : list of str
        Numbers that disagree or have no formula, and pieces of text with digits in no mark.
    """

    numbers: int
    answer: int
    wrong: list[str]
    unknown: list[str]
    unmarked: list[str]

    @property
    def line(self) -> str:
        """The counts."""
        return (
            f"{self.numbers} numbers recomputed, {len(self.wrong)} disagree, {len(self.unknown)} not covered by a "
            f"formula; {len(self.unmarked)} pieces of text with digits in no mark"
        )


def check(folder: str | Path) -> Verdict:
    """Recompute every marked number of the page of a results folder."""
    folder = Path(folder)
    page = Page((folder / "report.html").read_text(encoding="utf-8"))
    config = json.loads((folder / "experiment.json").read_text(encoding="utf-8"))["config"]
    store = KINDS[config.get("kind", "comparison")](folder)
    widths = _widths(page.numbers)
    wrong, unknown = [], []
    for number in page.numbers:
        try:
            again = store.number(number.key)
        except (AssertionError, AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
            unknown.append(f"{number.key}: {type(error).__name__} {error}")
            continue
        if not abs(number.value - again) <= _tolerance(number, again, widths) + store.slack(number.key):
            wrong.append(f"{number.key}: {number.value!r} on the page, {again!r} from the store")
        elif not number.fits:
            wrong.append(f"{number.key}: printed as {number.text!r} for {number.value * number.scale!r}")
        wrong += [f"{number.key}: {fault}" for fault in labels.faults(number)]
    names = tuple(sorted((str(name) for name in _names(store)), key=len, reverse=True))
    answered = sum(number.answer for number in page.numbers)
    return Verdict(len(page.numbers), answered, wrong, unknown, page.unmarked(names))


def _widths(numbers: list[Marked]) -> dict[str, float]:
    """Return the largest absolute number of each indicator, and the width of each interval."""
    found: dict[str, float] = {}
    values = {number.key: number.value for number in numbers}
    for key, value in values.items():
        for name in key.split(":"):
            if name in INDICATORS and key.rpartition(":")[2] in SIZES:
                found[name] = max(found.get(name, 0.0), abs(value))
        if key.endswith("_low"):
            found[key[:-4]] = abs(values.get(f"{key[:-4]}_high", value) - value)
    return found


def _tolerance(number: Marked, again: float, widths: dict[str, float]) -> float:
    """Return by how much a number may deviate."""
    head, _, name = number.key.rpartition(":")
    kind, _, end = name.rpartition("_")
    if name in ("stored_money", "stored_people"):
        return 1e-13 + EXACT * abs(again)  # sums of rounding errors depend on the order of summation
    if kind in RANDOM and end in ("low", "high"):
        return RANDOM[kind] * widths.get(f"{head}:{kind}", 0.0) + EXACT * abs(again)
    if name == "p_value":
        return PERMUTED
    largest = max((widths.get(part, 0.0) for part in number.key.split(":") if part in INDICATORS), default=0.0)
    return EXACT * abs(again) + ROUNDING * largest


def _names(store: Common) -> set[str]:
    """Return the names that may contain digits: of arms, regions, classes of firms, variants, the experiment."""
    config = store.config
    found = {
        str(config.get("title", "")),
        str(config.get("question", "")),
        str(config.get("name", "")),
        *store.arms,
        *store.ds.attrs["missing"],
    }
    found |= {arm[:1].upper() + re.sub("[_-]", " ", arm[1:]) for arm in store.arms}
    found |= {row[column] for row in ROWS for column in ("name", "reason")}
    found |= {str(one) for cls in MECHANISMS.values() for one in (*cls.evidence, cls.study)}  # quoted
    manifest = json.loads((store.folder / "experiment.json").read_text(encoding="utf-8"))
    found |= set(map(str, (manifest.get("data") or {}).get("sources", {}).values()))
    for section in ("arms", "variants", "factors"):
        found |= {str(facts.get("title", "")) for facts in (config.get(section) or {}).values() if facts}
    for name in ("name", "age_class", "size_class"):
        if name in store.ds.coords:
            found |= set(store.ds[name].values.astype(str))
    return found - {""}
