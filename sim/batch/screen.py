"""The terminal: the only border where text becomes what a terminal shows, so that no name is read as markup."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.text import Text


class Screen(Console):
    """A console that shows text as it is: no markup, no emoji codes, no colours for what looks like a number.

    Parameters
    ----------
    answers : Console, optional
        Where `show` prints; this console by default.
    **options
        Of `rich.console.Console`.
    """

    def __init__(self, answers: Console | None = None, **options: Any):
        super().__init__(markup=False, emoji=False, highlight=False, **options)
        self.answers = answers or self

    def show(self, *things: Any) -> None:
        """Print what was requested, such as a table or a sentence of the answer, as opposed to progress."""
        self.answers.print(*things)


def screen_of(console: Console) -> Screen:
    """Return a screen that writes where a console writes."""
    if isinstance(console, Screen):
        return console
    return Screen(
        file=console.file, width=console.width, quiet=console.quiet, soft_wrap=console.soft_wrap,
        force_terminal=console.is_terminal, no_color=console.no_color,
    )  # fmt: skip


def styled(template: str, *parts: Any) -> Text:
    """Return text with the markup of a template only, whatever brackets its parts contain.

    Examples
    --------
    >>> styled("[bold]{}[/]: {}", "a [b]", 1).plain
    'a [b]: 1'
    """
    return Text.from_markup(template.format(*(escape(str(part)) for part in parts)), emoji=False)
