"""Presets that come with the package: a file each, named as its kind."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from sim.policy.mechanism import Mechanism
from sim.policy.presets import class_name, make

FOLDER = Path(__file__).resolve().parent
FILES = {class_name(path.stem): path for path in sorted(FOLDER.glob("*.yaml"))}


def __getattr__(name: str) -> type[Mechanism]:
    """Return the class of a preset by its name."""
    if name not in FILES:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return _made(name)


@lru_cache(maxsize=None)
def _made(name: str) -> type[Mechanism]:
    file = FILES[name]
    return make(file.read_text(encoding="utf-8"), str(file), __name__, bundled=True)
