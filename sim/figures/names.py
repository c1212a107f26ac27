"""Names in figures: as long as there is room for, with an ellipsis in the middle; pages have them in full."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties, findfont
from matplotlib.ft2font import FT2Font

from sim.figures.fonts import MAIN, code_points

ROWS = 100.0  # points that names of rows take at most
HEAD = 0.6  # of a shortened name: the share before the ellipsis, as names often differ at their ends only


@lru_cache(maxsize=4096)
def _advance(letter: str) -> float:
    """Return the width of a letter in shares of the font size."""
    if ord(letter) in code_points(MAIN):
        return float(_font().load_char(ord(letter)).linearHoriAdvance) / 65536
    return 1.0 if unicodedata.east_asian_width(letter) in "WF" else 0.7


@lru_cache(maxsize=1)
def _font() -> FT2Font:
    font = FT2Font(findfont(FontProperties(family=MAIN)))
    font.set_size(1.0, 72)
    return font


def width(text: str, size: float) -> float:
    """Return the width of a line of text (points) in letters of a size (points).

    Examples
    --------
    >>> 30 < width("Guangzhou", 8) < 60 < width("支持粤港澳大湾区", 8)
    True
    """
    return size * sum(map(_advance, text))


def shortened(text: str, points: float, size: float) -> str:
    """Return a text that is at most this wide, with an ellipsis in its middle if it has to be shortened.

    Examples
    --------
    >>> shortened("Fund", 50, 8), shortened("A fund with a name that is much longer than its figure", 100, 8)
    ('Fund', 'A fund with a…its figure')
    """
    if width(text, size) <= points:
        return text
    for kept in range(len(text) - 1, 1, -1):
        head = max(1, round(HEAD * kept))
        short = f"{text[:head].rstrip()}…{text[head - kept :].lstrip()}" if kept > head else f"{text[:head]}…"
        if width(short, size) <= points:
            return short
    return f"{text[:1]}…"


def distinct(texts: Sequence[str], points: float, size: float) -> list[str]:
    """Return texts that are at most this wide and as different as they were; those cut to the same get a number.

    Examples
    --------
    >>> distinct(["x" * 90 + "a" + "y" * 90, "x" * 90 + "b" + "y" * 90], 60, 8)
    ['1 xxxxx…yyyy', '2 xxxxx…yyyy']
    """
    short = [shortened(text, points, size) for text in texts]
    if len(set(short)) == len(set(texts)):
        return short
    order = list(dict.fromkeys(texts))
    return [shortened(f"{order.index(text) + 1} {text}", points, size) for text in texts]


def wrapped(text: str, points: float, size: float, most: int = 3) -> str:
    """Return a text in lines that are at most this wide, broken at spaces; a word that is wider is shortened.

    Parameters
    ----------
    text : str
    points, size : float
        Width of a line and size of the letters.
    most : int
        Lines; the last one is shortened if there are more.
    """
    words = [shortened(word, points, size) for word in text.split(" ") if word]
    lines: list[str] = []
    for word in words:
        if lines and width(f"{lines[-1]} {word}", size) <= points:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    rest = " ".join(lines[most - 1 :])
    return "\n".join([*lines[: most - 1], *([shortened(rest, points, size)] if rest else [])])


def name_rows(axes: Axes, names: Iterable[str], points: float = ROWS, size: float = 8.0) -> None:
    """Label the rows of a panel."""
    texts = distinct(list(names), points, size)
    axes.set_yticks(range(len(texts)), texts, fontsize=size)


def room(inches: float) -> float:
    """Return the points that the title of a panel of this width can take, next to the labels of its axis."""
    return 72.0 * inches * 0.84


__all__ = ["distinct", "name_rows", "room", "shortened", "width", "wrapped"]
