"""Phases of a command: what takes more than two seconds says on standard error what it does, and how long it took."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock, Timer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

LONG = 2.0  # seconds after which a phase is announced
_active = Lock()  # the outermost phase speaks, not those within it


@contextmanager
def phase(console: Console | Callable[[], Console], what: str, seconds: float | None = None) -> Iterator[None]:
    """Say what is done, as ``what … 3.2 s``, if it takes long.

    The text appears while the phase runs, and the time when it has ended. A phase within another one is silent, as is
    one on a quiet console.

    Parameters
    ----------
    console : Console, or a function that returns one
        For messages, on standard error. A function is called if there is something to say: consoles are slow to import.
    what : str
        Such as ``drawing figures``.
    seconds : float, optional
        How long a phase may be silent, by default `LONG`; 0 announces it at once.
    """
    if (not callable(console) and console.quiet) or not _active.acquire(blocking=False):
        yield
        return
    patience = LONG if seconds is None else seconds
    speaking, over = Lock(), False
    screen: Console | None = None

    def announce() -> None:
        nonlocal screen
        with speaking:
            if not over:
                screen = console() if callable(console) else console
                screen.print(f"{what} …", end="")

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
        if screen is not None:
            screen.print(f" {time.perf_counter() - begin:.1f} s")
