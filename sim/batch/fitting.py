"""Tables that fit the terminal: the first of some versions, from complete to narrow, in which no number is cut."""

from __future__ import annotations

import io
from collections.abc import Callable

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sim.batch.screen import Screen


def show_fitted(console: Screen, build: Callable[[int], Table], versions: int) -> None:
    """Print the first version of a table that has room in the terminal.

    Parameters
    ----------
    console : Screen
    build : callable
        The table by number of its version: 0 is complete, each further one is narrower.
    versions : int
    """
    for number in range(versions):
        table = build(number)
        if fits(table, console.answers.width):
            break
    console.show(table)


def fits(table: Table, width: int) -> bool:
    """Return whether nothing of the columns that do not wrap is cut in a terminal of this width."""
    console = Console(file=io.StringIO(), width=width, emoji=False, markup=False, highlight=False)
    title, caption, table.title, table.caption = table.title, table.caption, None, None
    console.print(table)
    table.title, table.caption = title, caption  # they wrap, and may contain the words of a heading
    printed = console.file.getvalue()  # type: ignore[attr-defined]
    return all(
        line in printed
        for column in table.columns
        if column.no_wrap
        for cell in (column.header, *column.cells)
        for line in (cell.plain if isinstance(cell, Text) else str(cell)).split("\n")
    )


def short(name: str, columns: int) -> str:
    """Return a name that takes at most this many columns, with its end, by which names often differ.

    Examples
    --------
    >>> short("investment_fund_2", 10), short("投资基金和转移支付", 10)  # a Chinese letter takes two columns
    ('inves…nd_2', '投资…支付')
    """
    if cell_len(name) <= columns:
        return name
    head, tail = set_cell_size(name, columns // 2).rstrip(), name
    while cell_len(head) + 1 + cell_len(tail) > columns:
        tail = tail[1:]
    return f"{head}…{tail}"


def lacking(columns: list[str]) -> str:
    """Return a sentence on the columns that a narrow table omits; empty if there are none."""
    names = ", ".join(f"'{' '.join(name.split())}'" for name in columns)
    return f"No room here for {names}." if names else ""
