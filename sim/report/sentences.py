"""Sentences with numbers that can be recomputed: each number states what it is, its value and its text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from markupsafe import Markup, escape

from sim.analysis import number, signed


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
    """

    key: str
    value: float
    text: str


Sentence = list[str | Figure]


def amount(key: str, value: float, scale: float = 1.0, digits: int = 3, sign: bool = False) -> Figure:
    """Return a number as printed: a whole number in full, others with a few significant digits."""
    if isinstance(value, int | np.integer):
        return Figure(key, float(value), f"{value:,d}")
    return Figure(key, value, signed(scale * value, digits) if sign else number(scale * value, digits))


def plain(parts: Iterable[str | Figure]) -> str:
    """Return a sentence as text."""
    return "".join(part if isinstance(part, str) else part.text for part in parts)


def marked(parts: Iterable[str | Figure]) -> Markup:
    """Return a sentence as HTML, each number with its key and value."""
    return Markup("").join(
        escape(part)
        if isinstance(part, str)
        else Markup('<data value="{}" data-key="{}">{}</data>').format(repr(float(part.value)), part.key, part.text)
        for part in parts
    )


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
