"""Sentences with numbers that can be recomputed: each number states what it is, its value and its text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from markupsafe import Markup, escape

from sim.analysis import number, signed, value_text

BILLION = 1e-3  # from million yuan


class Figure(NamedTuple):
    """A number in a text.

    Attributes
    ----------
    key : str
        What it is, words separated by colons, such as ``incidence:enclave:nation:difference``.
    value : float
        In the unit of the tables.
    text : str
        As printed.
    scale : float
        The text is the value times this.
    """

    key: str
    value: float
    text: str
    scale: float = 1.0


Sentence = list[str | Figure]


def amount(key: str, value: float, scale: float = 1.0, digits: int = 3, sign: bool = False) -> Figure:
    """Return a number as printed: a whole number in full, others with a few significant digits."""
    if isinstance(value, int | np.integer):
        return Figure(key, float(value), f"{value:,d}")
    return Figure(key, value, signed(scale * value, digits) if sign else number(scale * value, digits), scale)


def plain(parts: Iterable[str | Figure]) -> str:
    """Return a sentence as text."""
    return "".join(part if isinstance(part, str) else part.text for part in parts)


def marked(parts: Iterable[str | Figure]) -> Markup:
    """Return a sentence as HTML, each number with its key and value."""
    return Markup("").join(_mark(part) if isinstance(part, Figure) else escape(part) for part in parts)


def _mark(figure: Figure) -> Markup:
    """Return a number as HTML; a dash stands for a number that is not known and remains text."""
    if figure.text == "–":
        return escape(figure.text)
    scale = "" if figure.scale == 1 else Markup(' data-scale="{}"').format(repr(float(figure.scale)))
    facts = Markup('<data value="{}" data-key="{}"{}>{}</data>')
    return facts.format(repr(float(figure.value)), figure.key, scale, with_powers(figure.text))


def shown(key: str, value: float, scale: float = 1.0, digits: int = 3, sign: bool = False) -> Markup:
    """Return a number as HTML; see `amount`."""
    return marked([amount(key, value, scale, digits, sign)])


def setting(key: str, value: object) -> str | Figure:
    """Return a value of a config as text, marked if it is a number."""
    is_number = isinstance(value, int | float | np.number)
    return Figure(key, float(value), value_text(value)) if is_number else value_text(value)  # type: ignore[arg-type]


def with_powers(text: str) -> str:
    """Return a number with a power of ten as it is written by hand.

    Examples
    --------
    >>> with_powers("−1.20e-07"), with_powers("12.5")
    ('−1.20 × 10⁻⁷', '12.5')
    """
    return re.sub(r"(?<=\d)e([+-]?\d+)$", lambda found: f" × {power(int(found[1]))}", text)


def power(exponent: int) -> str:
    """Return a power of ten with a superscript.

    Examples
    --------
    >>> power(-14)
    '10⁻¹⁴'
    """
    return "10" + str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def interval_of(key: str, low: float, high: float, scale: float = 1.0, sign: bool = True) -> Sentence:
    """Return an interval in brackets."""
    return [
        "[", amount(f"{key}:low", low, scale, 2, sign), ", ", amount(f"{key}:high", high, scale, 2, sign), "]"
    ]  # fmt: skip


def listed(items: list[Sentence], last: str = " and ") -> Sentence:
    """Return items joined by commas, the last by a word."""
    out: Sentence = []
    for k, item in enumerate(items):
        if k:
            out.append(last if k == len(items) - 1 else ", ")
        out += item
    return out
