"""Errors that are for people."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


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


class RunFailed(Exception):
    """A run that stopped: a market that does not solve, a NaN, a broken identity.

    Other runs go on; the command exits with 1.
    """


def nearest(word: str, choices: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the nearest choice, or an empty string.

    Examples
    --------
    >>> nearest("enclaev", ["enclave", "investment_fund"])
    "; did you mean 'enclave'?"
    """
    found = difflib.get_close_matches(str(word), [str(c) for c in choices], n=1, cutoff=0.5)
    return f"; did you mean '{found[0]}'?" if found else ""
