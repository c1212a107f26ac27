"""Errors with messages for users."""

from __future__ import annotations

import difflib
import errno
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # codes of an OSError: no space for a file
# pydantic's limits and types as text
BOUNDS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
TYPES = {
    "int": "an integer", "float": "a number", "finite": "a finite number", "bool": "true or false",
    "string": "text", "list": "a list", "tuple": "a list", "dict": "keys and values", "model": "keys and values",
}  # fmt: skip


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
            return f"{error.get('input')} is out of range; expected {words} {limits[name]:g}"
    return None


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
