"""Errors that are for people."""

from __future__ import annotations

import difflib
import errno
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # of an OSError: no room for a file
# pydantic's limits and types in words
BOUNDS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
TYPES = {
    "int": "a whole number", "float": "a number", "finite": "a finite number", "bool": "true or false",
    "string": "text", "list": "a list", "tuple": "a list", "dict": "keys and values", "model": "keys and values",
}  # fmt: skip


class UserError(Exception):
    """Bad input: one or more messages, each with its place and a remedy.

    The command line prints them without a traceback and exits with 2.

    Parameters
    ----------
    messages : str or iterable of str
        Complete sentences, each naming place, fault, expectation.
    """

    def __init__(self, messages: str | Iterable[str]):
        self.messages = [messages] if isinstance(messages, str) else list(messages)
        super().__init__("\n".join(self.messages))


class NewerVersion(UserError):
    """Results of a version that this one does not know; it does not touch them."""


class RunFailed(Exception):
    """A run that stopped: a market that does not solve, a NaN, a broken identity.

    Other runs go on; the command exits with 1.
    """


def out_of_range(error: Mapping[str, Any]) -> str | None:
    """Return the sentence of a pydantic error about a limit of a number, or None for any other error."""
    limits = error.get("ctx", {})
    for name, words in BOUNDS.items():
        if name in limits:
            return f"{error.get('input')} is out of range; expected {words} {limits[name]:g}"
    return None


def echoes(error: Mapping[str, Any], all_errors: Sequence[Mapping[str, Any]]) -> bool:
    """Whether pydantic counts a list as too short only because items of it are faulty."""
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
