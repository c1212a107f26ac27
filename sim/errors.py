"""Errors with messages for users."""

from __future__ import annotations

import difflib
import errno
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # codes of an OSError: no space for a file
# pydantic's limits and types as text
BOUNDS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
TYPES = {
    "int": "an integer", "float": "a number", "finite": "a finite number", "bool": "true or false",
    "string": "text", "list": "a list", "tuple": "a list", "dict": "keys and values", "model": "keys and values",
}  # fmt: skip


_WORDS = {None: "nothing", True: "true", False: "false"}  # as YAML writes them


class UserError(Exception):
    """Invalid input: one or more messages, each with its location and a remedy.

    The command line prints them without a traceback and exits with 2.

    Parameters
    ----------
    messages : str or iterable of str
        Complete sentences, each giving the location, the error and the expected input.
    """

    def __init__(self, messages: str | Iterable[str]):
        self.messages = [messages] if isinstance(messages, str) else list(messages)
        super().__init__("\n".join(self.messages))


class NoEffect(UserWarning):
    """A value that has no effect, since another one of the config decides; the command line prints it as a note."""


class NewerVersion(UserError):
    """Results written by a newer version of the program; they are left unchanged."""


class RunFailed(Exception):
    """A failed run: no convergence of the market, a NaN, a violated identity.

    Other runs continue; the command exits with 1.
    """


def out_of_range(error: Mapping[str, Any]) -> str | None:
    """Return the message for a pydantic error about a bound of a number, or None for any other error."""
    limits = error.get("ctx", {})
    for name, words in BOUNDS.items():
        if name in limits:
            return f"{error.get('input')} is out of range; expected {words} {_bound(limits[name])}"
    return None


def _bound(limit: float) -> str:
    return str(limit) if isinstance(limit, int) else f"{limit:g}"


def sentence(error: Mapping[str, Any]) -> str:
    """Return what a pydantic error says about one value, and what is expected, whoever reads the value."""
    kind, value, facts = error["type"], error.get("input"), error.get("ctx", {})
    if kind == "finite_number":
        return f"'{value}' is not finite; expected a number"
    if limit := out_of_range(error):
        return limit
    if kind == "literal_error":
        return unknown("value", value, choices_in(facts["expected"]))
    if kind == "too_short":
        return f"has {facts['actual_length']}; expected at least {facts['min_length']}"
    if kind == "string_too_long":
        return f"has {len(str(value))} characters; expected at most {facts['max_length']}"
    if kind == "string_pattern_mismatch":
        return f"{_shown(value)} is not {_noun(facts['pattern'])}; expected {_letters(facts['pattern'])}"
    if kind == "string_unicode":
        return f"{_shown(value)} holds a character that cannot be written; expected text without it"
    expected = TYPES.get(kind.split("_")[0])
    if expected is not None:
        return f"{_shown(value)} is the wrong type; expected {expected}"
    if kind == "value_error" or "." in kind:  # our own sentences; codes of ours hold a dot
        return str(error["msg"]).removeprefix("Value error, ")
    return f"{_shown(value)}: {error['msg']}"


def _noun(pattern: str) -> str:
    if "A-Z" in pattern or "a-z" in pattern:
        return "a name"
    return "text" if "\\x0e" in pattern else "text in one line"


def _letters(pattern: str) -> str:
    if "A-Z" in pattern:
        return "letters, digits, '_', '-' or '.', a letter or digit first"
    if "a-z" in pattern:
        return "lower-case letters, digits and '_', a letter first" + (", joined by ;" if ";" in pattern else "")
    return "no control characters"


def _shown(value: Any) -> str:
    text = _WORDS[value] if value is None or isinstance(value, bool) else repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


def choices_in(text: str) -> list[str]:
    """Return the choices that a text of pydantic's lists: words in quotes, or numbers.

    Examples
    --------
    >>> choices_in("'a', 'b or c' or 'd'"), choices_in("2015 or 2020")
    (['a', 'b or c', 'd'], ['2015', '2020'])
    """
    return re.findall(r"'([^']*)'", text) or re.split(r", | or ", text)


def unknown(noun: str, word: Any, choices: Sequence[str]) -> str:
    """Return the sentence about a word that is none of some choices."""
    return f"unknown {noun} '{word}'; expected one of {', '.join(choices)}{nearest(str(word), choices)}"


def echoes(error: Mapping[str, Any], all_errors: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether pydantic counts a list as too short only because some of its items are invalid."""
    loc = error["loc"]
    return error["type"] == "too_short" and any(e["loc"][: len(loc)] == loc != e["loc"] for e in all_errors)


def nearest(word: str, choices: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the nearest choice, or an empty string.

    Examples
    --------
    >>> nearest("enclaev", ["enclave", "investment_fund"])
    "; did you mean 'enclave'?"
    """
    found = difflib.get_close_matches(str(word), [str(c) for c in choices], n=1, cutoff=0.5)
    return f"; did you mean '{found[0]}'?" if found else ""
