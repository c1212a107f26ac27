"""Checks of break and sustain points: footloose entrepreneur, core-periphery."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

from sim.validation.theory import closed, thresholds
from sim.validation.theory.rows import Check, Numbers, outside_input, static_preset

MOVERS = 400
SMALL_SHIFT = 0.02  # relative to the threshold; beyond it the first order in 1/N is inaccurate
Point = Callable[[float, float], float]
Dynamics = Literal["best_response", "replicator"]
# Symbol, start of the runs, closed form in freeness, N times the finite-population shift.
POINTS: dict[str, tuple[tuple[str, str, Point, Point], ...]] = {
    "footloose-entrepreneur": (
        ("phi_B", "symmetric", closed.entrepreneur_break, closed.entrepreneur_break_shift),
        ("phi_S", "concentrated", closed.entrepreneur_sustain, closed.entrepreneur_sustain_shift),
    ),
    "core-periphery": (
        ("T_B", "symmetric", closed.core_periphery_break, closed.core_periphery_break_shift),
        ("T_S", "concentrated", closed.core_periphery_sustain, closed.core_periphery_sustain_shift),
    ),
}


def _points(model: str, sigma: float, mu: float) -> tuple[tuple[str, str, Point, Point], ...]:
    """Return the break point, and the sustain point if it can be found."""
    return POINTS[model][:1] if closed.core_lasts(model, sigma, mu) else POINTS[model]


def entrepreneur_checks(sigma: float, mu: float, dynamics: Dynamics | None = None) -> Iterator[Check]:
    """Yield checks of break and sustain points of the footloose entrepreneur, in freeness, corrected for finite N.

    Parameters
    ----------
    sigma, mu : float
    dynamics : {"best_response", "replicator"}, optional
        By default the first, unless the finite-population shift is large.
    """
    model = "footloose-entrepreneur"
    for symbol, start, point, shift in _points(model, sigma, mu):
        limit, moved = point(sigma, mu), shift(sigma, mu) / MOVERS
        kind = dynamics or ("best_response" if abs(moved) < SMALL_SHIFT * limit else "replicator")
        expected = limit + moved * (kind == "best_response")

        def run(start: str = start, kind: str = kind, expected: float = expected) -> Numbers:
            changes = {**outside_input(sigma, mu), "dynamics": kind, "movers": MOVERS}
            preset = static_preset(model, sigma=sigma, mu=mu, **changes)
            return expected, thresholds.freeness_threshold(preset, start), 0.002

        yield Check(named(model, symbol, sigma, mu, kind), model, run)


def core_periphery_checks(sigma: float, mu: float, dynamics: Dynamics | None = None) -> Iterator[Check]:
    """Yield checks of break and sustain points of core-periphery, in trade costs; see `entrepreneur_checks`."""
    model = "core-periphery"
    for symbol, start, point, shift in _points(model, sigma, mu):
        limit, moved = closed.trade_cost(point(sigma, mu), sigma), shift(sigma, mu) / MOVERS
        kind = dynamics or ("best_response" if abs(moved) < SMALL_SHIFT * limit else "replicator")
        expected = limit + moved * (kind == "best_response")

        def run(start: str = start, kind: str = kind, expected: float = expected) -> Numbers:
            preset = static_preset(model, sigma=sigma, mu=mu, dynamics=kind, movers=MOVERS)
            found = closed.trade_cost(thresholds.freeness_threshold(preset, start), sigma)
            return expected, found, 0.01 * expected

        yield Check(named(model, symbol, sigma, mu, kind), model, run)


def identity_checks() -> Iterator[Check]:
    """Yield checks that FE(sigma, sigma mu) and CP(sigma, mu) have the same thresholds: FE (3, .6), CP (3, .2)."""
    for symbol, start in (("phi_B", "symmetric"), ("phi_S", "concentrated")):

        def run(start: str = start) -> Numbers:
            # The replicator has no finite-population shift, which would differ between the two.
            pair = [
                static_preset(name, sigma=3.0, mu=mu, dynamics="replicator", variable_input=inputs)
                for name, mu, inputs in (
                    ("footloose-entrepreneur", 0.6, "outside-good"), ("core-periphery", 0.2, "labour")
                )
            ]  # fmt: skip
            first, second = (thresholds.freeness_threshold(preset, start) for preset in pair)
            return first, second, 1e-4

        yield Check(f"core-periphery/{symbol} of FE(3,.6) and CP(3,.2)", "core-periphery", run)


def shift_checks() -> Iterator[Check]:
    """Yield checks of N times the shift of thresholds from infinitely many movers, sigma 5, mu .4."""
    sigma, mu = 5.0, 0.4
    for model, points in POINTS.items():
        for symbol, start, point, shift in points:
            limit, expected = point(sigma, mu), shift(sigma, mu)

            def run(
                model: str = model, start: str = start, limit: float = limit, expected: float = expected
            ) -> Numbers:
                preset = static_preset(model, sigma=sigma, mu=mu, movers=MOVERS)
                found = thresholds.freeness_threshold(preset, start)
                first, second = (
                    (found, limit)
                    if model != "core-periphery"
                    else (closed.trade_cost(found, sigma), closed.trade_cost(limit, sigma))
                )
                return expected, MOVERS * (first - second), 0.03 * abs(expected)

            yield Check(f"{model}/N times shift of {symbol},sigma={sigma:g},mu={mu:g}", model, run)


def named(model: str, symbol: str, sigma: float, mu: float, dynamics: str) -> str:
    """Return the row name of a threshold."""
    regime = "" if dynamics == "best_response" else f",{dynamics}"
    return f"{model}/{symbol},sigma={sigma:g},mu={mu:g}{regime}"
