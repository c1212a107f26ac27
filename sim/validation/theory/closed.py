"""Closed forms of textbook models, independent of the engine.

Symbols
-------
phi freeness of trade, T trade cost (``phi = T^(1-sigma)``), Z = (1-phi)/(1+phi), sigma elasticity of substitution,
mu expenditure share of the differentiated good, b = mu/sigma, a = mu/(sigma-1), N movers.

Finite populations
------------------
A mover compares utility after its own move with utility now. With ``x`` the difference of shares and log utility in
region 1 ``A(Z) x + B x^2 + ..`` around symmetry, a move away from it (``x = 2/N``) pays if ``A + 2B/N > 0``: the break
point moves by ``-2B / (N A')``. At the core, utility in the empty region is ``f + s/N`` with ``f = 0`` the sustain
condition: the sustain point moves by ``-s / (N f')``. Both are exact to first order in 1/N. Derived in
docs/validation.md.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq

from sim.errors import UserError

LEAST, MOST = 1e-13, 0.999  # range of freeness in which thresholds are searched


def trade_cost(phi: float, sigma: float) -> float:
    """Return the trade cost T of a freeness."""
    return float(phi ** (-1.0 / (sigma - 1.0)))


def footloose_capital_shares(freeness: np.ndarray, spending: np.ndarray) -> np.ndarray:
    """Return the non-negative shares (R,) of firms that equalise profits (Martin & Rogers 1995, R regions).

    Inside, ``u = phi^-1 1``, ``s = phi^-1 (spending / u)`` with profits scaled to one; a region whose share would be
    negative is empty and its profit is at most the others'.

    Parameters
    ----------
    freeness : (R, R) float, symmetric
    spending : (R,) float
        Shares of expenditure.
    """
    spending = np.asarray(spending, float) / np.sum(spending)
    used = np.ones(len(spending), dtype=bool)
    while True:
        share = np.zeros(len(spending))
        share[used] = _interior(freeness, spending, used)
        if share.min() >= 0.0:
            return share
        used &= share > share.min()


def _interior(freeness: np.ndarray, spending: np.ndarray, used: np.ndarray) -> np.ndarray:
    """Return shares with equal profits in the used regions: Newton on the concave sum of spending times log access."""
    phi = freeness[used]
    share = np.full(used.sum(), 1.0 / used.sum())
    for _ in range(100):
        access = share @ phi
        profit = phi @ (spending / access)
        curve = (phi * (spending / access**2)) @ phi.T
        size = len(share)
        system = np.block([[curve, np.ones((size, 1))], [np.ones((1, size)), np.zeros((1, 1))]])
        step = np.linalg.solve(system, np.concatenate([profit, [0.0]]))[:size]
        scale = 1.0
        while ((share + scale * step) @ phi).min() <= 0.0:
            scale /= 2.0
        share = share + scale * step
        if np.abs(step).max() < 1e-14:
            break
    return share


def _z(phi: float) -> float:
    return (1.0 - phi) / (1.0 + phi)


def entrepreneur_break(sigma: float, mu: float) -> float:
    """Return phi of the break point of the footloose entrepreneur (Forslid & Ottaviano 2003)."""
    return (sigma - mu) * (sigma - 1.0 - mu) / ((sigma + mu) * (sigma - 1.0 + mu))


def entrepreneur_core(phi: float, sigma: float, mu: float) -> float:
    """Return log utility of a single entrepreneur outside the core, relative to the core."""
    a, b = mu / (sigma - 1.0), mu / sigma
    return float(np.log(((1.0 + b) * phi + (1.0 - b) / phi) / 2.0) + a * np.log(phi))


def entrepreneur_sustain(sigma: float, mu: float) -> float:
    """Return phi of the sustain point: ``1 = phi^a [(1+b) phi + (1-b)/phi]/2``."""
    return _first_root(lambda phi: entrepreneur_core(phi, sigma, mu), entrepreneur_break(sigma, mu))


def entrepreneur_break_shift(sigma: float, mu: float) -> float:
    """Return N times the shift of phi_B: ``-a (1 - (1+a)Z/2) (1-bZ)^2 (1+phi)^2 / (1-b^2)``."""
    a, b, phi = mu / (sigma - 1.0), mu / sigma, entrepreneur_break(sigma, mu)
    z = _z(phi)
    return -a * (1.0 - (1.0 + a) * z / 2.0) * (1.0 - b * z) ** 2 * (1.0 + phi) ** 2 / (1.0 - b**2)


def entrepreneur_sustain_shift(sigma: float, mu: float) -> float:
    """Return N times the shift of phi_S, with total spending 1 and spending (1+b)/2 in the core."""
    a, b, phi = mu / (sigma - 1.0), mu / sigma, entrepreneur_sustain(sigma, mu)
    core, rim = (1.0 + b) / 2.0, (1.0 - b) / 2.0
    reward = b * (phi * core + rim / phi)
    change = b * (phi * (1.0 - phi) * core - (1.0 - phi) * rim / phi**2 + (1.0 / phi - phi) * reward)
    return -(change / reward + a * (1.0 - phi) / phi) / _slope(phi, a, b)


def _slope(phi: float, a: float, b: float) -> float:
    """Return the derivative of log utility outside the core with respect to phi."""
    return ((1.0 + b) - (1.0 - b) / phi**2) / ((1.0 + b) * phi + (1.0 - b) / phi) + a / phi


def core_periphery_break(sigma: float, mu: float) -> float:
    """Return phi of the break point (Krugman 1991; Fujita, Krugman & Venables 1999)."""
    return (1.0 - mu) * (sigma * (1.0 - mu) - 1.0) / ((1.0 + mu) * (sigma * (1.0 + mu) - 1.0))


def core_periphery_core(phi: float, sigma: float, mu: float) -> float:
    """Return log utility of a single worker outside the core, relative to the core."""
    return float(np.log(((1.0 + mu) * phi + (1.0 - mu) / phi) / 2.0) / sigma + mu / (sigma - 1.0) * np.log(phi))


def core_periphery_sustain(sigma: float, mu: float) -> float:
    """Return phi of the sustain point: ``1 = T^(-mu sigma) [(1+mu) phi + (1-mu)/phi]/2``."""
    return _first_root(lambda phi: core_periphery_core(phi, sigma, mu), core_periphery_break(sigma, mu))


def _expansion(z: float, sigma: float, mu: float) -> tuple[float, float, float]:
    """Return rho, kappa and rho': supplies differ by ``rho kappa x``, wage bills by ``kappa x``."""
    rho = (1.0 - mu * z) / (1.0 - z**2)
    slope = (-mu * (1.0 - z**2) + 2.0 * z * (1.0 - mu * z)) / (1.0 - z**2) ** 2
    return rho, sigma / (rho + sigma - 1.0), slope


def core_periphery_break_shift(sigma: float, mu: float) -> float:
    """Return N times the shift of T_B."""
    phi = core_periphery_break(sigma, mu)
    a, z = mu / (sigma - 1.0), _z(phi)
    rho, kappa, slope = _expansion(z, sigma, mu)
    curve = (1.0 - kappa**2) / 2.0
    curve += a / 2.0 * (rho**2 * kappa**2 * (1.0 - z**2) + (sigma - 1.0) * kappa**2 - sigma)
    turn = -(kappa**2) * slope / sigma
    steep = turn + a * (rho * kappa + z * slope * kappa + z * rho * turn)
    by_phi = -2.0 * curve / steep * -2.0 / (1.0 + z) ** 2
    return -trade_cost(phi, sigma) / (phi * (sigma - 1.0)) * by_phi


def core_periphery_sustain_shift(sigma: float, mu: float) -> float:
    """Return N times the shift of T_S, with the movers' wage bill 1 and their wage in the core 1."""
    phi = core_periphery_sustain(sigma, mu)
    core, rim = (1.0 + mu) / (2.0 * mu), (1.0 - mu) / (2.0 * mu)
    demand = mu * (phi * core + rim / phi)
    wage = demand ** (1.0 / sigma)
    own = -1.0 + (1.0 - sigma) * (1.0 - wage)  # change of supply in the core when one of N leaves
    new = wage ** (1.0 - sigma)
    here, there = own + phi * new, phi * own + new
    change = mu * (wage * (1.0 / phi - phi) - phi * core * here - rim * there / phi**2)
    total = change / demand / sigma + mu / (sigma - 1.0) * there / phi
    slope = _slope(phi, mu * sigma / (sigma - 1.0), mu) / sigma
    return -trade_cost(phi, sigma) / (phi * (sigma - 1.0)) * -total / slope


def helpman_break(sigma: float, phi: float, movers: float = np.inf) -> float:
    """Return the housing share below which symmetry is unstable (Helpman 1998; rents spent locally).

    At zero freeness it is ``1/sigma``: unique at every freeness if and only if ``sigma h > 1``.

    Parameters
    ----------
    sigma, phi : float
    movers : float
        N; infinite by default.
    """
    z = _z(phi)
    rho, kappa, _ = _expansion(z, sigma, 1.0)
    curve = -(kappa**2) / 2.0
    curve += (rho**2 * kappa**2 * (1.0 - z**2) + (sigma - 1.0) * kappa**2 - sigma) / (2.0 * (sigma - 1.0))
    goods = (1.0 - 1.0 / movers) / (kappa + z * rho * kappa / (sigma - 1.0) + 2.0 / movers * curve)
    return float(1.0 - goods)


def solow_speed(sigma: float, intermediate_share: float, depreciation: float) -> float:
    """Return the yearly speed of convergence, ``-ln(1 - (1-alpha) delta)``."""
    alpha = 1.0 / ((sigma - 1.0) * (1.0 - intermediate_share))
    return float(-np.log1p(-(1.0 - alpha) * depreciation))


def entrepreneur_rewards(share: float, phi: float, sigma: float, mu: float, rim: float = 0.5) -> np.ndarray:
    """Return log utilities (2,) of entrepreneurs; ``rim`` is region 1's share of immobile people."""
    b = mu / sigma
    access = np.array([share + phi * (1.0 - share), phi * share + 1.0 - share])
    trade = np.array([[1.0, phi], [phi, 1.0]]) / access
    spends = np.array([share, 1.0 - share])
    reward = np.linalg.solve(np.eye(2) - b * trade * spends, b * trade @ np.array([rim, 1.0 - rim]))
    return np.log(reward) + mu / (sigma - 1.0) * np.log(access)


def entrepreneur_alone(freeness: np.ndarray, core: int, sigma: float, mu: float) -> np.ndarray:
    """Return log utilities (R,) of a single entrepreneur in each of R equal regions, relative to the core's.

    All others are in the core, whose income contains theirs: ``1/R + b/(1-b)`` with immobile people of size one.
    """
    b, access = mu / sigma, freeness[core]
    income = np.full(len(access), 1.0 / len(access))
    income[core] += b / (1.0 - b)
    reward = (freeness / access) @ income
    return np.log(reward / reward[core]) + mu / (sigma - 1.0) * np.log(access)


def core_periphery_rewards(share: float, phi: float, sigma: float, mu: float) -> np.ndarray:
    """Return log utilities (2,) of workers, with the movers' wage bill 1."""

    def state(y: float) -> tuple[float, np.ndarray]:
        bill = np.array([1.0 + y, 1.0 - y]) / 2.0
        people = np.array([share, 1.0 - share])
        supply = people * (bill / people) ** (1.0 - sigma)
        access = np.array([supply[0] + phi * supply[1], phi * supply[0] + supply[1]])
        spent = (1.0 / mu - 1.0) / 2.0 + bill
        sold = supply[0] * mu * (spent[0] / access[0] + phi * spent[1] / access[1])
        return sold - bill[0], np.log(bill / people) + mu / (sigma - 1.0) * np.log(access)

    return state(brentq(lambda y: state(y)[0], -1.0 + 1e-12, 1.0 - 1e-12, xtol=1e-15))[1]


def logit_share(phi: float, sigma: float, mu: float, elasticity: float, rim: float) -> float:
    """Return the fixed point of the logit choice: region 1's share of entrepreneurs."""

    def gap(share: float) -> float:
        value = entrepreneur_rewards(share, phi, sigma, mu, rim)
        return float(share - 1.0 / (1.0 + np.exp(-elasticity * (value[0] - value[1]))))

    return float(brentq(gap, 1e-9, 1.0 - 1e-9, xtol=1e-14))


def _first_root(function: Callable[[float], float], high: float) -> float:
    """Return the root below the break point, where utility outside the core decreases in phi from high values."""
    return float(brentq(function, 1e-30 if function(1e-30) > 0 else high * 1e-12, high, xtol=1e-15, rtol=1e-14))


def check_numbers(model: str, sigma: float, mu: float) -> None:
    """Refuse parameter values without thresholds.

    Raises
    ------
    UserError
        If out of range, in the black hole, or with a break point near free trade.
    """
    here = f"{model} with sigma {sigma:g}, mu {mu:g}"
    if not 1.0 < sigma < np.inf:
        raise UserError(f"{here}: sigma is out of range; expected more than 1")
    if not 0.0 < mu < 1.0:
        raise UserError(f"{here}: mu is out of range; expected a share above 0 and below 1")
    if model == "footloose-entrepreneur" and not mu < sigma - 1.0:
        raise UserError(f"{here}: a black hole, full agglomeration at every freeness; expected mu below sigma - 1")
    if model == "core-periphery" and not sigma * (1.0 - mu) > 1.0:
        raise UserError(f"{here}: a black hole, full agglomeration at any trade cost; expected sigma (1 - mu) above 1")
    points = {"footloose-entrepreneur": entrepreneur_break, "core-periphery": core_periphery_break}
    if model in points and points[model](sigma, mu) > MOST:
        raise UserError(
            f"{here}: symmetry breaks above freeness {MOST:g}, where gains from moving are not measurable; "
            "expected a lower sigma or a higher mu"
        )


def core_lasts(model: str, sigma: float, mu: float) -> bool:
    """Return whether the core is stable even at the lowest freeness searched, so that there is no sustain point."""
    core = {"footloose-entrepreneur": entrepreneur_core, "core-periphery": core_periphery_core}
    return model in core and core[model](LEAST, sigma, mu) <= 0.0
