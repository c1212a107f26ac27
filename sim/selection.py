"""Selectors of regions and set expressions: ``leading & not (guangdong | hong_kong)``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping

import numpy as np

from sim.errors import UserError, nearest

ALL = "all"
# Columns of a region table whose cells are selectors; a cell may hold several, joined by ;.
COLUMNS = ("id", "province", "area", "zone", "circle", "belts", "points")
OPERATORS = {"and": "&", "or": "|", "not": "~"}
EXAMPLE = "supporting & not (guangxi | hunan)"
_WORD = re.compile(r"\w+", re.ASCII)
_FOREIGN = re.compile(r"[^\w\s&|~()]", re.ASCII)
# Two operands without an operator between them, in rewritten text.
_NEIGHBOURS = re.compile(r"(?:x +|\) *)x|[x)] *[(~]")


def masks(columns: Mapping[str, Iterable[object]], n: int) -> dict[str, np.ndarray]:
    """Return all selectors with their regions, (R,) bool each; a name used in two columns selects the union.

    Parameters
    ----------
    columns : mapping of str to iterable
        One value per region, for the available columns of `COLUMNS`.
    n : int
        Number of regions R.
    """
    found = {ALL: np.ones(n, dtype=bool)}
    for column in COLUMNS:
        for row, cell in enumerate(columns.get(column, ())):
            for word in str(cell).split(";"):
                if word:
                    found.setdefault(word, np.zeros(n, dtype=bool))[row] = True
    return found


def evaluate(text: str, known: Mapping[str, np.ndarray], where: str = "regions", of: str = "") -> np.ndarray:
    """Return the regions selected by an expression.

    Parameters
    ----------
    text : str
        Selectors, ``not`` or ``~``, ``&`` or ``and``, ``|`` or ``or``, parentheses; in this order of precedence, so
        that ``not x & y`` means ``(not x) & y``.
    known : mapping of str to (R,) bool
        See `masks`.
    where : str
        Location, for messages.
    of : str
        Context, for messages: `` in world 'china'``.

    Raises
    ------
    UserError
        For unknown selectors, one message each, or for an invalid expression.

    Examples
    --------
    >>> known = masks({"id": ["a", "b", "c"], "zone": ["leading", "leading", "supporting"]}, 3)
    >>> evaluate("leading & not b", known).tolist()
    [True, False, False]
    """
    text = text.strip()
    if text in known:
        return known[text].copy()
    try:
        return _evaluated(text, known, where, of)
    except (RecursionError, MemoryError) as error:
        raise UserError(f"{where}: the expression is too long; expected fewer selectors, or a list of them") from error


def _evaluated(text: str, known: Mapping[str, np.ndarray], where: str, of: str) -> np.ndarray:
    foreign = _FOREIGN.search(text)
    if foreign:
        raise _error(text, foreign.start(), where, nearest(text, known))
    tree = _parsed(text, where)
    names = {node.col_offset: _word(text, node) for node in ast.walk(tree) if isinstance(node, ast.Name)}
    unknown = [
        f"{where}: '{word}' is unknown{of}; expected a region, zone, province, area, circle, belt, point or "
        f"'{ALL}'{nearest(word, known)}"
        for word in dict.fromkeys(names[at] for at in sorted(names))
        if word not in known
    ]
    if unknown:
        raise UserError(unknown)
    return _value(tree, text, known, where)


def _parsed(text: str, where: str) -> ast.expr:
    plain = _rewritten(text)
    apart = _NEIGHBOURS.search(plain)
    if apart or plain.rstrip()[-1:] in ("", *"&|~("):
        raise _error(text, apart.end() - 1 if apart else len(text), where)
    try:
        return ast.parse(plain, mode="eval").body
    except SyntaxError as error:
        raise _error(text, max(0, (error.offset or 1) - 1), where) from error


def _rewritten(text: str) -> str:
    """Return the text as Python with unchanged positions: selectors become names of equal length, no keywords."""

    def same_length(found: re.Match) -> str:
        word = found.group()
        return OPERATORS[word].ljust(len(word)) if word in OPERATORS else "x" * len(word)

    return _WORD.sub(same_length, re.sub(r"\s", " ", text))


def _word(text: str, node: ast.Name) -> str:
    return text[node.col_offset : node.end_col_offset]


def _value(node: ast.expr, text: str, known: Mapping[str, np.ndarray], where: str) -> np.ndarray:
    if isinstance(node, ast.Name):
        return known[_word(text, node)].copy()
    if isinstance(node, ast.UnaryOp):
        return ~_value(node.operand, text, known, where)
    if isinstance(node, ast.BinOp):
        left, right = (_value(part, text, known, where) for part in (node.left, node.right))
        return left & right if isinstance(node.op, ast.BitAnd) else left | right
    raise _error(text, node.col_offset, where)  # the only other valid Python is "()"


def _error(text: str, at: int, where: str, hint: str = "") -> UserError:
    place = "at its end" if at >= len(text) else f"at character {at + 1}, before '{text[at : at + 12]}'"
    return UserError(
        f"{where}: '{text}' is not a valid expression, {place}; expected selectors joined by &, |, not and "
        f"parentheses, such as '{EXAMPLE}'{hint}"
    )
