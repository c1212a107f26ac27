"""Money in the currency of a world. Units and sentences are written in yuan once; this puts the currency into them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

Money = Callable[[str], str]  # `in_currency` of one currency
YUAN = "yuan"
PATTERN = r"^[A-Za-z]+$"
# Currencies whose plural is their singular; so are codes in capital letters.
_INVARIABLE = (YUAN, "renminbi", "yen", "won", "baht", "rand", "ringgit", "dong")
# What is before a singular. Names such as Yuan or Qingyuan do not count.
_WORD = re.compile(r"(?<![A-Za-z])(?P<one>(?:[Pp]er|[Oo]ne|[Ee]ach|public|additional|a)[\s_]+)?yuan(?![A-Za-z])")


def in_currency(text: str, currency: str) -> str:
    """Return a unit, a sentence or the name of a column, written in yuan, in a currency.

    Parameters
    ----------
    text : str
    currency : str
        The word for one unit of it.

    Examples
    --------
    >>> in_currency("million yuan/yr", "dollar"), in_currency("yuan per yuan", "yen")
    ('million dollars/yr', 'yen per yen')
    >>> in_currency("per_million_yuan", "dollar"), in_currency("gain_per_yuan", "dollar")
    ('per_million_dollars', 'gain_per_dollar')
    """
    if currency == YUAN:
        return text
    return _WORD.sub(lambda found: f"{found['one']}{currency}" if found["one"] else _several(currency), text)


def _several(currency: str) -> str:
    """Return the plural of a currency; a word that ends in s is one already."""
    same = currency.lower() in _INVARIABLE or currency.isupper() or currency.endswith("s")
    return currency if same else f"{currency}s"


def currency_of(attrs: Mapping[Any, Any]) -> str:
    """Return the currency that attributes of results or metadata of a run name; of earlier versions yuan."""
    return str(attrs.get("currency", YUAN))


def is_money(unit: str, currency: str) -> bool:
    """Return whether a unit in a currency is one of money."""
    return re.search(rf"(?<![A-Za-z]){currency}", unit) is not None


def money_of(attrs: Mapping[Any, Any]) -> Money:
    """Return `in_currency` for the currency of some attributes; see `currency_of`."""
    return partial(in_currency, currency=currency_of(attrs))


def columns_in(table: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Return a table for a file: names of columns, written in yuan, in a currency."""
    return table.rename(columns={column: in_currency(str(column), currency) for column in table})
