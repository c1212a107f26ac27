"""Theory checks: expected value, obtained value, tolerance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sim.validation.rows import Row
from sim.validation.theory.preset import Preset, load_preset

Numbers = tuple[float, float, float]  # expected, obtained, tolerance


def within(name: str, expected: float, obtained: float, tolerance: float) -> Row:
    """Return a row that passes if the obtained value is within tolerance of the expected one."""
    # Rounding must not decide where differences are integer numbers of movers.
    passed = abs(obtained - expected) <= tolerance * (1.0 + 1e-9)
    return Row("theory", name, expected, obtained, tolerance, passed)


@dataclass(frozen=True)
class Check:
    """A check that can be run by name."""

    name: str
    model: str
    run: Callable[[], Numbers]  # expected, obtained, tolerance

    def row(self) -> Row:
        """Evaluate the engine and the closed form."""
        return within(self.name, *self.run())


def static_preset(name: str, **changes: Any) -> Preset:
    """Return a static preset with changes."""
    found = load_preset(name, **changes)
    assert isinstance(found, Preset)
    return found


def outside_input(sigma: float, mu: float, smallest: float = 0.5) -> dict[str, str]:
    """Return the variable input for which the core does not run out of workers.

    With local labour a region that produces everything needs ``theta mu / (1 - mu/sigma)`` of all workers; beyond its
    share the outside sector there would need negative labour (Forslid & Ottaviano: mu < sigma/(2 sigma - 1)).
    """
    need = (sigma - 1.0) / sigma * mu / (1.0 - mu / sigma)
    return {"variable_input": "labour" if need < smallest - 1e-9 else "outside-good"}
