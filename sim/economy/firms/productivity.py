"""The process of productivity: its stationary law for firms, and for agents that represent many of them.

The sum of ``w`` independent firms of equal size has ``1/w`` of the variance of one. Productive firms grow faster, so
that the mean of ``z^(sigma-1)`` weighted by capital exceeds the plain mean. The law of log productivity weighted by
capital is the fixed point of a linear map: growth by ``z^((sigma-1)/4)``, exit, founding, and the yearly shock. Log
productivity is shifted such that its weighted mean of ``z^(sigma-1)`` is 1 in the stationary state (docs/model.md 9.3).
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
SPAN, POINTS, TOLERANCE, ROUNDS = 9.0, 301, 1e-13, 20_000
# Shares of a firm's variance at which the law is solved, from agents of many firms to a single firm.
NODES = np.array([0.1, 0.5, 1.0])


class Process(NamedTuple):
    """Process of log productivity; ``h`` is the variance of an agent relative to that of a single firm of mean size.

    Attributes
    ----------
    power : float
        Growth exponent: firms grow in proportion to ``z^power``, and ``sigma - 1`` is four times as much.
    persistence, sd : float
        Of a single firm's log productivity: AR(1) coefficient, standard deviation of its yearly shock.
    mean : (3,) float
        Mean of log productivity: coefficients of ``h``, ``h^2``, ``h^3``.
    growth : (3,) float
        Log of the factor on growth with which its average does not depend on ``h``: coefficients as of the mean.
    tilt : (3,) float
        Mean of log productivity weighted by capital less its plain mean, over its variance: coefficients of 1, ``h``,
        ``h^2``.
    spread : (3,) float
        Its variance weighted by capital over its plain variance: coefficients as of the tilt.
    """

    power: float
    persistence: float
    sd: float
    mean: np.ndarray
    growth: np.ndarray
    tilt: np.ndarray
    spread: np.ndarray

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
    retained = (1.0 - depreciation) * _mean_survival(exit_rate, depreciation, founding, growth)
    if sd == 0.0:
        none = np.zeros(3)
        return Process(power, persistence, 0.0, none, none, none, np.array([1.0, 0.0, 0.0]))
    added = 1.0 + growth - retained
    rows = [
        _stationary(sd * math.sqrt(h), persistence, sigma, retained, added, founding, insolvency_exit, floor)
        for h in NODES
    ]
    mean, factor, tilt, spread = np.array(rows).T
    # The first two vanish with h and are nearly proportional to it: their ratios to h are interpolated.
    powers = np.vander(NODES, 3, increasing=True)
    return Process(
        power, persistence, sd, *(np.linalg.solve(powers, y) for y in (mean / NODES, factor / NODES, tilt, spread))
    )


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


def _mean_survival(exit_rate: float, depreciation: float, founding: float, growth: float) -> float:
    """Return the stationary probability of survival weighted by capital: most capital is in old firms."""
    survival = survival_by_age(exit_rate)
    mean = float(survival[-1])
    for _ in range(50):
        added = 1.0 + growth - (1.0 - depreciation) * mean
        grown = ((1.0 - depreciation) * survival + (1.0 - founding) * added) / (1.0 + growth)
        capital = np.concatenate([[1.0], np.cumprod(grown[:-1])])
        # All higher ages are as the last one.
        capital[-1] /= max(1.0 - grown[-1], 1e-6)
        mean = float(capital @ survival / capital.sum())
    return mean


def _stationary(
    sd: float, persistence: float, sigma: float, retained: float, added: float, founding: float,
    insolvency_exit: float, floor: float,
) -> tuple[float, float, float, float]:  # fmt: skip
    """Solve for the law of log productivity weighted by capital; return the entries of `Process` at this variance.

    Parameters
    ----------
    sd : float
        Of the yearly shock.
    retained, added : float, 1/yr
        Capital after exit and depreciation, investment, per unit of capital.
    founding : float
        Share of investment that founds firms.
    insolvency_exit, floor : float
        Exit probability of firms whose log productivity is below ``floor``.
    """
    spread = sd / math.sqrt(1.0 - persistence**2)
    x = np.linspace(-SPAN, SPAN, POINTS) * spread
    step = np.exp(-0.5 * ((x[:, None] - persistence * x[None, :]) / sd) ** 2)
    step /= step.sum(axis=0)
    plain = np.exp(-0.5 * (x / spread) ** 2)
    plain /= plain.sum()
    weighted, profit, pull = plain, np.exp((sigma - 1.0) * x), np.exp((sigma - 1.0) / 4.0 * x)
    for _ in range(ROUNDS):
        mean = -math.log(weighted @ profit) / (sigma - 1.0)
        kept = retained * np.where(x + mean < floor, 1.0 - insolvency_exit, 1.0)
        grown = (kept + (1.0 - founding) * added * pull / (weighted @ pull)) * weighted
        new = step @ grown + founding * added * plain
        new /= new.sum()
        change = np.abs(new - weighted).max()
        weighted = new
        if change < TOLERANCE:
            break
    centre = float(weighted @ x)
    width = float(weighted @ (x - centre) ** 2)
    factor = -math.log(weighted @ np.exp((sigma - 1.0) / 4.0 * (x + mean)))
    return mean, factor, centre / spread**2, width / spread**2
