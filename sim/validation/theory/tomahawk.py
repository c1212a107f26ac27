"""Data of the tomahawk diagram: equilibria by freeness or trade cost and by initial shares."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from sim.errors import UserError, nearest
from sim.validation.theory import closed
from sim.validation.theory.dynamics import best_response, start_counts
from sim.validation.theory.engine import PresetMarket
from sim.validation.theory.preset import Preset, load_preset
from sim.validation.theory.rows import outside_input

STARTS = (0.5, 0.55, 0.65, 0.75, 0.85, 0.95, 1.0)
POINTS, CURVE = 33, 60
AXES = {"footloose-entrepreneur": "phi", "core-periphery": "T"}
USUAL = (("footloose-entrepreneur", 3.0, 0.6), ("core-periphery", 5.0, 0.4))


def tomahawk(cases: tuple[tuple[str, float, float], ...] = USUAL, movers: int = 400) -> pd.DataFrame:
    """Run models around their thresholds from several starts.

    Parameters
    ----------
    cases : tuple of (model, sigma, mu)
        Models with break and sustain points.
    movers : int

    Returns
    -------
    DataFrame
        Columns ``model, axis`` (``phi`` or ``T``), ``sigma, mu, kind`` (``run``: equilibrium of a run; ``stable``
        and ``unstable``: closed-form branches), ``x, share`` (of region 1) and ``branch`` (which line).

    Raises
    ------
    UserError
        For a model or parameter values without thresholds.
    """
    frames = []
    for model, sigma, mu in cases:
        if model not in AXES:
            raise UserError(f"{model}: has no tomahawk; expected one of {', '.join(AXES)}{nearest(model, AXES)}")
        closed.check_numbers(model, sigma, mu)
        if closed.core_lasts(model, sigma, mu):
            here = f"{model} with sigma {sigma:g}, mu {mu:g}"
            raise UserError(f"{here}: has no sustain point to draw; expected a lower mu")
        axis = AXES[model]
        rows = [*_runs(model, axis, sigma, mu, movers), *_branches(model, axis, sigma, mu)]
        frame = pd.DataFrame(rows, columns=["kind", "branch", "x", "share"])
        frames.append(frame.assign(model=model, axis=axis, sigma=sigma, mu=mu))
    return pd.concat(frames, ignore_index=True)


def _points(model: str, sigma: float, mu: float) -> tuple[float, float]:
    if model == "core-periphery":
        return closed.core_periphery_break(sigma, mu), closed.core_periphery_sustain(sigma, mu)
    return closed.entrepreneur_break(sigma, mu), closed.entrepreneur_sustain(sigma, mu)


def _window(model: str, axis: str, sigma: float, mu: float) -> tuple[float, float]:
    """Return the range of the thresholds, extended by its width on either side, in units of the axis."""
    ends = [closed.trade_cost(p, sigma) if axis == "T" else p for p in _points(model, sigma, mu)]
    low, high = min(ends), max(ends)
    width = high - low
    floor, ceiling = (1.0 + 1e-3, np.inf) if axis == "T" else (1e-3, 1.0 - 1e-3)
    return max(floor, low - width), min(ceiling, high + width)


def _freeness(axis: str, x: float, sigma: float) -> float:
    return float(x ** (1.0 - sigma)) if axis == "T" else float(x)


def _runs(model: str, axis: str, sigma: float, mu: float, movers: int) -> list[tuple[str, str, float, float]]:
    changes = outside_input(sigma, mu) if model == "footloose-entrepreneur" else {}
    preset = load_preset(model, sigma=sigma, mu=mu, movers=movers, freeness=0.5, trade_cost=None, **changes)
    assert isinstance(preset, Preset)
    found = []
    for x in np.linspace(*_window(model, axis, sigma, mu), POINTS):
        for first in STARTS:
            start = (first, 1.0 - first)
            market = PresetMarket(preset.model_copy(update={"freeness": _freeness(axis, x, sigma), "start": start}))
            share = best_response(market, start_counts(market))[0] / movers
            # Regions are symmetric: a run that ends in region 2 mirrors one that ends in region 1.
            found += [("run", "", float(x), share), ("run", "", float(x), 1.0 - share)]
    return found


def _branches(model: str, axis: str, sigma: float, mu: float) -> list[tuple[str, str, float, float]]:
    broken, sustained = (closed.trade_cost(p, sigma) if axis == "T" else p for p in _points(model, sigma, mu))
    low, high = _window(model, axis, sigma, mu)
    agglomerated, dispersed = (low, high) if axis == "T" else (high, low)
    rows = [("stable", "symmetry", x, 0.5) for x in (dispersed, broken)]
    rows += [("unstable", "symmetry", x, 0.5) for x in (broken, agglomerated)]
    for core in (0.0, 1.0):
        rows += [("stable", f"core {core:g}", x, core) for x in (agglomerated, sustained)]
    curve = [(broken, 0.5), *_curve(model, axis, sigma, mu, broken, sustained), (sustained, 1.0)]
    for side in (1.0, -1.0):
        rows += [("unstable", f"between {side:g}", x, 0.5 + side * (share - 0.5)) for x, share in curve]
    return rows


def _curve(
    model: str, axis: str, sigma: float, mu: float, broken: float, sustained: float
) -> list[tuple[float, float]]:
    """Return the asymmetric equilibria between the thresholds, where both regions give the same utility."""
    rewards = closed.core_periphery_rewards if model == "core-periphery" else closed.entrepreneur_rewards
    margin = 1e-6 * abs(broken - sustained)
    low, high = min(broken, sustained) - margin, max(broken, sustained) + margin
    curve = []
    for share in np.linspace(0.5, 1.0, CURVE)[1:-1]:

        def gap(x: float, share: float = float(share)) -> float:
            value = rewards(share, _freeness(axis, x, sigma), sigma, mu)
            return float(value[0] - value[1])

        if gap(low) * gap(high) < 0:
            curve.append((float(brentq(gap, low, high, xtol=1e-12)), float(share)))
    return curve
