"""The marked numbers of a page, and the digits of its text that no mark contains."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import NamedTuple

SKIPPED = {"style", "script", "pre", "code", "figcaption", "title"}  # captions, config and commands
CONSTANTS = re.compile(  # what is the same on every page: levels of confidence, citations, units, headings
    r"\b9[059] %|95\s+%|Figure \d+|5 %|1 % in a pilot|1/1000|CO2|km2|R²|90th|\((?:[^()]*\b)?(?:19|20)\d\d\)|1 if all|"
    r"Words of certainty.*|^1$|1/yr|"
    r"2010 to 2020, directions|\b\d{4}-\d\d-\d\d\b"  # hindcast, dates
)
SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


class Marked(NamedTuple):
    """A number of a page.

    Attributes
    ----------
    key : str
        What it is.
    value : float
    scale : float
        The text is the value times this.
    text : str
    answer : bool
        Whether it is in the answer, the first section of the page of a comparison.
    row, column : (str, str)
        Title and unit of the row and of the column of its table.
    """

    key: str
    value: float
    scale: float
    text: str
    answer: bool
    row: tuple[str, str] = ("", "")
    column: tuple[str, str] = ("", "")

    @property
    def fits(self) -> bool:
        """Whether the text is the value as printed: to half of its last digit, or on the stated side of a limit."""
        value, text = self.value * self.scale, self.text.replace("−", "-").replace(",", "").strip()
        if re.search(r"\de[+-]?\d", text):
            return False  # pages write powers of ten
        if text == "not a number":
            return not abs(value) < float("inf")
        limit = re.fullmatch(r"(<|>|below) (.+)", text)
        if limit:
            bound = _number(limit[2])
            return value > bound if limit[1] == ">" else value < bound
        return abs(_number(text) - value) <= _half(text) * (1 + 1e-6) + 1e-9 * abs(value)


def _number(text: str) -> float:
    """Return a printed number."""
    found = re.fullmatch(r"(?:(.+) × )?10([⁻⁰¹²³⁴-⁹]+)", text)
    return float(found[1] or 1) * 10.0 ** int(found[2].translate(SUPERSCRIPTS)) if found else float(text)


def _half(text: str) -> float:
    """Return half of the last digit of a number as printed; of whole numbers the third digit may be the last."""
    if "×" in text:
        mantissa, _, exponent = text.partition("×")
        return _half(mantissa.strip()) * _number(exponent.strip())
    whole, _, decimals = text.lstrip("+-").partition(".")
    if decimals or "." in text:
        return 0.5 * 10.0 ** -len(decimals)
    zeros = len(whole) - len(whole.rstrip("0"))
    return 0.5 * 10.0 ** max(0, min(zeros, len(whole) - 3))


class Page(HTMLParser):
    """The numbers of a page.

    Attributes
    ----------
    numbers : list of Marked
    rest : list of str
        Pieces of text without marks, captions, code and config.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.numbers: list[Marked] = []
        self.rest = [""]
        self._open: list[dict[str, str | None]] = []
        self._within: list[str] = []
        self._answer = self._ended = False
        self._row, self._columns = ["", ""], [["", ""]]  # title and unit
        self._cell, self._head, self._small, self._new = -1, "", 0, True
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Note a section, a mark, or an element that is left out."""
        given = dict(attributes)
        self._ended |= given.get("id") == "config"  # versions and config follow
        if tag == "section":
            self._answer = given.get("id") == "answer"
        elif tag == "data":
            self._open.append(given)
        elif tag in SKIPPED:
            self._within.append(tag)
        self._table(tag, given)
        if tag in ("p", "td", "th", "li", "h1", "h2", "h3", "h4", "summary"):
            self.rest.append("")

    def _table(self, tag: str, given: dict[str, str | None]) -> None:
        """Note the row and the column of a table."""
        if tag == "table":
            self._row, self._columns = ["", ""], []
        elif tag == "tr":
            self._cell = -1
        elif tag == "th":
            self._columns.append(["", ""])
            self._head, self._small = "column", 0
        elif tag == "td":
            self._cell += 1
            first = "head" in str(given.get("class")).split()
            self._head, self._small, self._new = "row" if first else "", 0, True
        elif tag == "small":
            self._small = 1

    def handle_endtag(self, tag: str) -> None:
        """Note the end of what `handle_starttag` notes."""
        if tag == "section":
            self._answer = False
        elif tag in ("td", "th"):
            self._head = ""
        elif tag == "data":
            self._open.pop()
        elif self._within and tag == self._within[-1]:
            self._within.pop()

    def handle_data(self, data: str) -> None:
        """Take a number or a piece of text."""
        if self._head == "row" and self._new and data.strip():
            self._row, self._new = ["", ""], False  # an empty cell continues the row above
        if self._head:
            (self._row if self._head == "row" else self._columns[-1])[self._small] += data
        if self._open:
            given = self._open[-1]
            value, scale = float(given["value"] or "nan"), float(given.get("data-scale") or 1)
            column = self._columns[min(self._cell, len(self._columns) - 1)] if self._columns else ["", ""]
            places = (self._row[0], self._row[1]), (column[0], column[1])
            self.numbers.append(Marked(str(given["data-key"]), value, scale, data, self._answer, *places))
            self.rest[-1] += "#"
        elif not self._within and not self._ended:
            self.rest[-1] += data

    def unmarked(self, known: tuple[str, ...] = ()) -> list[str]:
        """Return the pieces of text with digits in no mark, apart from constants and known names."""
        found = []
        for piece in self.rest:
            text = piece
            for name in known:
                text = text.replace(name, "")
            text = " ".join(CONSTANTS.sub("", text).split())
            found += [text[max(0, m.start() - 30) : m.end() + 20] for m in re.finditer(r"\d[\d.,]*", text)]
        return list(dict.fromkeys(found))
