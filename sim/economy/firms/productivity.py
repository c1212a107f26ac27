"""The process of productivity: its stationary law for firms, and for agents that represent many of them.

The sum of ``w`` independent firms of equal size has ``1/w`` of the variance of one. Productive firms grow faster, so
that the mean of ``z^(sigma-1)`` weighted by capital exceeds the plain mean. The law of log productivity weighted by
capital is the fixed point of a linear map: growth by ``z^((sigma-1)/4)``, exit, founding, and the yearly shock. Log
productivity is shifted such that its weighted mean of ``z^(sigma-1)`` is 1 in the stationary state. New agents start
with the mean of ``z^(sigma-1)`` of single firms, however many they represent (docs/model.md 9.19).
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from sim.kernels.firms import Law
from sim.parameters import Capital, Industry

# By this age the hazard of exit has fallen to its floor: exp(-200 / 5) is negligible.
OLD = 200
# Grid of log productivity, in stationary standard deviations, and tolerance of the fixed point.
SPAN, POINTS, TOLERANCE, ROUNDS = 9.0, 121, 1e-9, 20_000
# Ages of the law of log productivity; the last one stands for all older firms.
AGES = 30
# Shares of a firm's variance at which the law is solved, from agents of many firms to a single firm.
NODES = np.array([0.01, 0.15, 0.5, 1.0])


class Process(NamedTuple):
    """Process of log productivity; ``h`` is the variance of an agent relative to that of a single firm of mean size.

    Attributes
    ----------
    power : float
        Growth exponent: firms grow in proportion to ``z^power``, and ``sigma - 1`` is four times as much.
    persistence, sd : float
        Of a single firm's log productivity: AR(1) coefficient, standard deviation of its yearly shock.
    entry : float
        Log of the mean of ``z^(sigma-1)`` of new firms, over ``sigma - 1``.
    mean : (4,) float
        Mean to which log productivity returns: coefficients of 1, ``h``, ``h^2``, ``h^3``.
    growth : (4,) float
        Log of the factor on growth with which its average does not depend on ``h``: coefficients as of the mean.
    centre, width : (4,) float
        Mean and variance of log productivity weighted by capital: coefficients as of the mean.
    """

    power: float
    persistence: float
    sd: float
    entry: float
    mean: np.ndarray
    growth: np.ndarray
    centre: np.ndarray
    width: np.ndarray

    @property
    def law(self) -> Law:
        """What the kernels compute with."""
        return Law(*(np.float32(x) for x in (self.power, self.persistence, self.sd, *self.mean, *self.growth)))


def process_of(
    industry: Industry, capital: Capital, sigma: float, growth: float = 0.03, gross_return: float = 0.15
) -> Process:
    """Return the stationary law of productivity.

    Parameters
    ----------
    industry : Industry
    capital : Capital
    sigma : float
        Elasticity of substitution.
    growth : float, 1/yr
        Growth of real capital in the base year.
    gross_return : float, 1/yr
        Average return to capital after tax, before depreciation, in the base year.
    """
    floor = math.log(max(industry.insolvency_return * capital.depreciation / gross_return, 1e-12)) / (sigma - 1.0)
    return _process(
        float(sigma), industry.productivity_persistence, industry.productivity_sd, industry.exit_rate,
        industry.insolvency_exit, floor, capital.depreciation, capital.founding_share, float(growth),
    )  # fmt: skip


@lru_cache(maxsize=64)
def _process(
    sigma: float, persistence: float, sd: float, exit_rate: float, insolvency_exit: float, floor: float,
    depreciation: float, founding: float, growth: float,
) -> Process:  # fmt: skip
    power = (sigma - 1.0) / 4.0
    if sd == 0.0:
        none = np.zeros(4)
        return Process(power, persistence, 0.0, 0.0, none, none, none, none)
    survival = np.append(survival_by_age(exit_rate)[: AGES - 1], survival_by_age(exit_rate)[-1])
    given = persistence, sigma, (1.0 - depreciation) * survival, growth, founding, insolvency_exit, floor
    mean = _stationary(sd, *given)[0]
    entry = mean + 0.5 * (sigma - 1.0) * sd**2 / (1.0 - persistence**2)
    rows = [_stationary(sd * math.sqrt(h), *given, entry) for h in NODES]
    solve = np.linalg.inv(np.vander(NODES, 4, increasing=True))
    return Process(power, persistence, sd, entry, *(solve @ y for y in np.array(rows).T))


def survival_by_age(exit_rate: float) -> np.ndarray:
    """Return the annual probability of survival of solvent firms by age, (OLD + 1,).

    It averages to ``exp(-exit_rate)`` over the ages that a constant exit rate implies.
    """
    leaves = -math.expm1(-exit_rate)
    mean = 0.5 + leaves / (1 - (1 - leaves) * math.exp(-0.2)) if leaves > 0 else 1.0
    return np.exp(-exit_rate / mean * (0.5 + np.exp(-np.arange(OLD + 1) / 5.0)))


def mean_age(exit_rate: float) -> float:
    """Return the mean age of firms that a constant exit rate implies, years; 0 where none closes."""
    leaves = -math.expm1(-exit_rate)
    return -1 / math.log1p(-leaves) if leaves > 0 else 0.0


def _stationary(
    sd: float, persistence: float, sigma: float, retained: np.ndarray, growth: float, founding: float,
    insolvency_exit: float, floor: float, entry: float | None = None,
) -> tuple[float, float, float, float]:  # fmt: skip
    """Solve for the law of age and log productivity weighted by capital at a variance.

    Parameters
    ----------
    sd : float
        Of the yearly shock.
    retained : (AGES,) float, 1/yr
        Share of capital left after exit of solvent firms and depreciation, by age.
    growth : float, 1/yr
        Of capital.
    founding : float
        Share of investment that founds firms.
    insolvency_exit, floor : float
        Exit probability of firms whose log productivity is below ``floor``.
    entry : float, optional
        Of new firms, as in `Process`; without it their law is the stationary one of the shocks.

    Returns
    -------
    mean, growth, centre, width : float
        The entries of `Process`.
    """
    spread = sd / math.sqrt(1.0 - persistence**2)
    behind = 0.0 if entry is None else abs(entry) + 0.5 * (sigma - 1.0) * spread**2
    x = np.linspace(-SPAN * spread - behind, SPAN * spread, POINTS)
    step = np.exp(-0.5 * ((x[:, None] - persistence * x[None, :]) / sd) ** 2)
    step /= step.sum(axis=0)
    profit, pull = np.exp((sigma - 1.0) * x), np.exp((sigma - 1.0) / 4.0 * x)
    new = _normal(x, 0.0, spread)
    weighted = np.outer(new, np.full(AGES, 1.0 / AGES))
    for _ in range(ROUNDS):
        law = weighted.sum(axis=1)
        mean = -math.log(law @ profit) / (sigma - 1.0)
        if entry is not None:
            new = _normal(x, entry - 0.5 * (sigma - 1.0) * spread**2 - mean, spread)
        insolvent = np.clip((floor - mean - x) / (x[1] - x[0]) + 0.5, 0.0, 1.0)
        kept = weighted * retained * (1.0 - insolvency_exit * insolvent)[:, None]
        added = 1.0 + growth - kept.sum()
        kept += (1.0 - founding) * added * (pull / (law @ pull))[:, None] * weighted
        after = np.zeros_like(weighted)
        after[:, 1:] = step @ kept[:, :-1]
        after[:, -1] += step @ kept[:, -1]
        after[:, 0] = founding * added * new
        after /= after.sum()
        change = np.abs(after - weighted).max()
        weighted = after
        if change < TOLERANCE:
            break
    centre = float(law @ x)
    factor = -math.log(law @ np.exp((sigma - 1.0) / 4.0 * (x + mean)))
    return mean, factor, mean + centre, float(law @ (x - centre) ** 2)


def _normal(x: np.ndarray, mean: float, sd: float) -> np.ndarray:
    """Return the normal law on a grid."""
    law = np.exp(-0.5 * ((x - mean) / sd) ** 2)
    return law / law.sum()
