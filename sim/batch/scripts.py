"""Worker processes and the script that starts them: they import it only if they need what it defines.

Python imports the main script again in every process it starts, which repeats all it does unless it is written for
that. What workers need comes from modules as a rule; then a script of three lines works as it stands, from a file,
from standard input, with ``-c`` and in a notebook.
"""

from __future__ import annotations

import ast
import io
import multiprocessing
import pickle
import sys
from multiprocessing import context as contexts
from pathlib import Path
from types import ModuleType
from typing import Any

from sim.errors import UserError

MAIN = "__main__"


class _Looking(pickle.Pickler):
    """A pickler that notes which names of the main script it meets."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO())
        self.found: list[str] = []

    def persistent_id(self, obj: Any) -> None:
        """Note the name; the object is pickled as usual."""
        if hasattr(obj, "__qualname__") and getattr(obj, "__module__", None) == MAIN:
            self.found.append(obj.__qualname__)


def needed(things: Any) -> bool:
    """Return whether workers that receive these objects have to import the main script.

    Raises
    ------
    UserError
        If they have to and cannot: it is not a file, or would start again what it does now.
    """
    looking = _Looking()
    looking.dump(things)
    if not looking.found:
        return False
    name = looking.found[0]
    file = Path(getattr(sys.modules[MAIN], "__file__", None) or "")
    if not file.is_file():
        raise UserError(
            f"{name} is defined in a notebook or at a prompt, where worker processes do not find it; expected it in a "
            "file that is imported, or workers=0"
        )
    if sys.modules[MAIN].__spec__ is None and file.suffix == ".py" and not _guarded(file):
        raise UserError(
            f"{file}: worker processes import this script, as it defines {name}; expected the lines that run "
            f"something under 'if __name__ == \"{MAIN}\":', or workers=0"
        )
    return True


def _guarded(file: Path) -> bool:
    """Return whether a script has a part that only the main process runs."""
    tests = (node.test for node in ast.parse(file.read_bytes()).body if isinstance(node, ast.If))
    return any("__name__" in ast.unparse(test) for test in tests)


class _Alone:
    """A process that does not import the main script."""

    usual: type[multiprocessing.process.BaseProcess]

    def __reduce_ex__(self, protocol: Any) -> Any:
        # There it is one of the usual class: nothing of this package is imported before `hinterland.begin`.
        return object.__new__, (self.usual,), self.__dict__

    def start(self) -> None:
        """Start it, as if by a main module without a file."""
        main = sys.modules[MAIN]
        sys.modules[MAIN] = ModuleType(MAIN)
        try:
            super().start()  # type: ignore[misc]
        finally:
            sys.modules[MAIN] = main


class _Spawned(_Alone, contexts.SpawnProcess):
    usual = contexts.SpawnProcess


class _Spawning(contexts.SpawnContext):
    Process = _Spawned


_CONTEXTS: dict[str, type[contexts.BaseContext]] = {"spawn": _Spawning}

if sys.platform != "win32":

    class _Forked(_Alone, contexts.ForkServerProcess):
        usual = contexts.ForkServerProcess

    class _Forking(contexts.ForkServerContext):
        Process = _Forked

    _CONTEXTS["forkserver"] = _Forking


def context(method: str, script: bool = False) -> contexts.BaseContext:
    """Return the context of a start method, ``forkserver`` or ``spawn``, with or without import of the main script."""
    return multiprocessing.get_context(method) if script else _CONTEXTS[method]()
