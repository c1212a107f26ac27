"""Checks of equilibria: any preset as configured, uniqueness in Helpman, the logit regime."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from sim.errors import UserError
from sim.validation.theory import closed, thresholds
from sim.validation.theory.break_points import POINTS
from sim.validation.theory.dynamics import equilibrium
from sim.validation.theory.engine import PresetMarket, freeness_matrix
from sim.validation.theory.preset import Preset, SolowPreset
from sim.validation.theory.rows import Check, Numbers, static_preset
from sim.validation.theory.solow import solow_checks

UNIQUE_GRID = np.array([1e-4, 1e-3, 0.01, 0.05, 0.2, 0.5])  # freeness


def preset_checks(preset: Preset | SolowPreset) -> list[Check]:
    """Return the checks of a preset as configured: its equilibrium compared with the closed form.

    Raises
    ------
    UserError
        If no closed form covers the preset.
    """
    if isinstance(preset, SolowPreset):
        return list(solow_checks(preset.sigma, preset.intermediate_share, preset))
    # Each pair of regions reaches equilibrium within one firm; in a network these errors add up.
    tolerance = 1e-6 if preset.dynamics == "logit" else max(1, preset.regions - 2) / preset.movers
    expected = _closed_form(preset)
    ordered = preset.model == "footloose-capital" or preset.dynamics == "logit"
    obtained = equilibrium(PresetMarket(preset))
    if not ordered:  # symmetric regions: which one becomes the core is arbitrary
        expected, obtained = np.sort(expected)[::-1], np.sort(obtained)[::-1]
    checks = []
    for k, numbers in enumerate(zip(expected.tolist(), obtained.tolist(), strict=True)):

        def run(numbers: tuple[float, float] = numbers) -> Numbers:
            return (*numbers, tolerance)

        name = f"share of region {k + 1}" if ordered else f"share {k + 1}"
        checks.append(Check(f"{preset.name}/{name}", preset.model, run))
    return checks


def _closed_form(preset: Preset) -> np.ndarray:
    """Return the equilibrium of the closed form."""
    phi = freeness_matrix(preset)
    sizes = np.array(preset.land or preset.immobile)
    if preset.model == "footloose-capital":
        return closed.footloose_capital_shares(phi, _spending(preset))
    symmetric = preset.regions == 2 and phi[0, 0] == phi[1, 1] and sizes[0] == sizes[1] and phi[0, 1] == phi[1, 0]
    numbers = (preset.sigma, preset.mu)
    if preset.dynamics == "logit" and preset.model == "footloose-entrepreneur" and preset.regions == 2:
        share = closed.logit_share(phi[0, 1], *numbers, preset.elasticity, sizes[0] / sizes.sum())
        return np.array([share, 1.0 - share])
    if symmetric and preset.dynamics != "logit" and isinstance(preset.start, str):
        if preset.model == "helpman" and preset.sigma * (1.0 - preset.mu) > 1.0:
            return np.array([0.5, 0.5])
        if preset.model in POINTS:
            closed.check_numbers(preset.model, *numbers)
            _, _, point, _ = POINTS[preset.model][int(preset.start == "concentrated")]
            return np.array([1.0, 0.0] if phi[0, 1] / phi[0, 0] > point(*numbers) else [0.5, 0.5])
    raise UserError(
        f"{preset.name}: no closed form for this equilibrium; expected two identical regions or footloose-capital"
    )


def _spending(preset: Preset) -> np.ndarray:
    """Return spending shares by region: wages of workers, and profits of owners wherever their firms are."""
    workers = np.array(preset.immobile) / sum(preset.immobile)
    owners = np.array(preset.owners or preset.immobile)
    profit = preset.mu / preset.sigma
    return (1.0 - profit) * workers + profit * owners / owners.sum()


def helpman_checks(sigma: float, housing: Iterable[float]) -> Iterator[Check]:
    """Yield checks of uniqueness at every freeness if and only if sigma h > 1, and of the symmetry-breaking share."""
    for h in housing:
        for rents in ("local", "shared"):

            def run(h: float = h, rents: str = rents) -> Numbers:
                preset = static_preset("helpman", sigma=sigma, mu=1.0 - h, rents=rents)
                several = thresholds.multiple_equilibria(preset, UNIQUE_GRID)
                return float(sigma * h > 1.0), float(not several), 0.0

            yield Check(f"helpman/unique,sigma={sigma:g},sigma h={sigma * h:.4g},rents={rents}", "helpman", run)
    for phi in (1e-4, 0.2):

        def find(phi: float = phi) -> Numbers:
            preset = static_preset("helpman", sigma=sigma, freeness=phi)
            expected = closed.helpman_break(sigma, phi, preset.movers)
            return expected, thresholds.housing_threshold(preset), 0.002

        yield Check(f"helpman/h_B,sigma={sigma:g},phi={phi:g}", "helpman", find)


def logit_checks() -> Iterator[Check]:
    """Yield checks of the logit regime against its fixed point, with unequal regions."""
    for elasticity in (2.0, 10.0, 40.0):

        def run(elasticity: float = elasticity) -> Numbers:
            p = static_preset("logit", elasticity=elasticity)
            expected = closed.logit_share(float(freeness_matrix(p)[0, 1]), p.sigma, p.mu, p.elasticity, p.immobile[0])
            return expected, float(equilibrium(PresetMarket(p))[0]), 1e-6

        yield Check(f"footloose-entrepreneur/logit,elasticity={elasticity:g}", "footloose-entrepreneur", run)
