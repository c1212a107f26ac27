"""Phases of a command: what takes more than two seconds says on standard error what it does, and how long it took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, Timer

from rich.console import Console

LONG = 2.0  # seconds after which a phase is announced
_active = Lock()  # the outermost phase speaks, not those within it


@contextmanager
def phase(console: Console, what: str, seconds: float | None = None) -> Iterator[None]:
    """Say what is done, as ``what … 3.2 s``, if it takes long.

    The text appears while the phase runs, and the time when it has ended. A phase within another one is silent, as is
    one on a quiet console.

    Parameters
    ----------
    console : Console
        For messages, on standard error.
    what : str
        Such as ``drawing figures``.
    seconds : float, optional
        How long a phase may be silent, by default `LONG`; 0 announces it at once.
    """
    if console.quiet or not _active.acquire(blocking=False):
        yield
        return
    patience = LONG if seconds is None else seconds
    speaking, said, over = Lock(), False, False

    def announce() -> None:
        nonlocal said
        with speaking:
            if not over:
                said = True
                console.print(f"{what} …", end="")

    begin, timer = time.perf_counter(), Timer(patience, announce)
    timer.daemon = True
    if patience > 0:
        timer.start()
    else:
        announce()
    try:
        yield
    finally:
        timer.cancel()
        with speaking:
            over = True
        _active.release()
        if said:
            console.print(f" {time.perf_counter() - begin:.1f} s")
