"""Checks of footloose capital: two regions, hub, infrastructure, line with corner solutions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from sim.validation.theory import closed
from sim.validation.theory.dynamics import equilibrium
from sim.validation.theory.engine import PresetMarket, freeness_matrix
from sim.validation.theory.rows import Check, Numbers, outside_input, static_preset

FREENESS, SPENDING = (0.1, 0.3, 0.5, 0.7, 0.9), (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)


def capital_checks(sigma: float, mu: float) -> Iterator[Check]:
    """Yield checks of footloose capital in two regions on a grid of freeness and spending."""
    for phi in FREENESS:
        for spending in SPENDING:
            name = f"footloose-capital/phi={phi:g},s_E={spending:g}{_numbers(sigma, mu, (5.0, 0.3))}"

            def run(phi: float = phi, spending: float = spending) -> Numbers:
                # Half of the firms start in the small market, up to all of them end in the large one.
                size = min(2.0 * min(spending, 1.0 - spending), max(spending, 1.0 - spending))
                preset = static_preset(
                    "footloose-capital", sigma=sigma, mu=mu, freeness=phi, immobile=(spending, 1.0 - spending),
                    **outside_input(sigma, mu, size),
                )  # fmt: skip
                return _capital_share(phi, spending), float(equilibrium(PresetMarket(preset))[0]), 1.0 / preset.movers

            yield Check(name, "footloose-capital", run)


def _capital_share(phi: float, spending: float) -> float:
    """Return the closed form of two regions, clipped at the corners."""
    return float(np.clip(0.5 + (1.0 + phi) / (1.0 - phi) * (spending - 0.5), 0.0, 1.0))


def network_checks() -> Iterator[Check]:
    """Yield checks of footloose capital in networks: hub, infrastructure of the periphery, line with corners."""
    for phi in (0.2, 0.3, 0.4, 0.5):
        matrix = ((1.0, phi, phi), (phi, 1.0, 0.2), (phi, 0.2, 1.0))
        yield _shares_check(f"footloose-capital/hub,phi={phi:g}", "hub", 0, freeness=matrix)
    for own in (0.6, 0.8, 1.0):
        links = ((1.0, 0.3), (0.3, own))
        yield _shares_check(f"footloose-capital/own infrastructure={own:g}", "infrastructure", 1, freeness=links)
    for between in (0.1, 0.5):
        links = ((1.0, between), (between, 0.8))
        yield _shares_check(f"footloose-capital/links to the centre={between:g}", "infrastructure", 1, freeness=links)
    for region in range(5):
        yield _shares_check(f"footloose-capital/line,region={region + 1}", "line", region)


def _shares_check(name: str, preset_name: str, region: int, **changes: Any) -> Check:
    def run() -> Numbers:
        preset = static_preset(preset_name, **changes)
        expected = closed.footloose_capital_shares(freeness_matrix(preset), np.array(preset.immobile))
        # Each pair of regions reaches equilibrium within one firm; in a network these errors add up.
        margin = max(1, preset.regions - 2)
        return float(expected[region]), float(equilibrium(PresetMarket(preset))[region]), margin / preset.movers

    return Check(name, "footloose-capital", run)


def _numbers(sigma: float, mu: float, usual: tuple[float, float]) -> str:
    return "" if (sigma, mu) == usual else f",sigma={sigma:g},mu={mu:g}"
