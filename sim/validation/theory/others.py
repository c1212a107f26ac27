"""Rows of Helpman, Solow and the logit regime."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from sim.validation.theory import closed, thresholds
from sim.validation.theory.dynamics import rest
from sim.validation.theory.engine import Places, freeness_matrix
from sim.validation.theory.preset import SolowPreset, load_preset
from sim.validation.theory.rows import Check, Numbers, one
from sim.validation.theory.solow import speed

UNIQUE_GRID = np.array([1e-4, 1e-3, 0.01, 0.05, 0.2, 0.5])  # freeness


def helpman_checks(sigma: float, housing: Iterable[float]) -> Iterator[Check]:
    """One resting place at every freeness if and only if sigma h > 1; the share at which symmetry breaks."""
    for h in housing:
        for rents in ("local", "shared"):

            def run(h: float = h, rents: str = rents) -> Numbers:
                preset = one("helpman", sigma=sigma, mu=1.0 - h, rents=rents)
                several = thresholds.several_rests(preset, UNIQUE_GRID)
                return float(sigma * h > 1.0), float(not several), 0.0

            yield Check(f"helpman/unique,sigma={sigma:g},sigma h={sigma * h:.4g},rents={rents}", "helpman", run)
    for phi in (1e-4, 0.2):

        def find(phi: float = phi) -> Numbers:
            preset = one("helpman", sigma=sigma, freeness=phi)
            expected = closed.helpman_break(sigma, phi, preset.movers)
            return expected, thresholds.housing_threshold(preset), 0.002

        yield Check(f"helpman/h_B,sigma={sigma:g},phi={phi:g}", "helpman", find)


def solow_checks(sigma: float, intermediate_share: float, given: SolowPreset | None = None) -> Iterator[Check]:
    """Speed of convergence on the whole yearly engine, within 1 %."""

    def run() -> Numbers:
        preset = given or load_preset("solow", sigma=sigma, intermediate_share=intermediate_share)
        assert isinstance(preset, SolowPreset)
        expected = closed.solow_speed(sigma, intermediate_share, preset.depreciation)
        return expected, speed(preset), 0.01 * expected

    yield Check(f"solow/speed,sigma={sigma:g},iota={intermediate_share:g}", "solow", run)


def logit_checks() -> Iterator[Check]:
    """The logit regime beside its own fixed point, with unequal regions."""
    for elasticity in (2.0, 10.0, 40.0):

        def run(elasticity: float = elasticity) -> Numbers:
            p = one("logit", elasticity=elasticity)
            expected = closed.logit_share(float(freeness_matrix(p)[0, 1]), p.sigma, p.mu, p.elasticity, p.immobile[0])
            return expected, float(rest(Places(p))[0]), 1e-6

        yield Check(f"footloose-entrepreneur/logit,elasticity={elasticity:g}", "footloose-entrepreneur", run)
