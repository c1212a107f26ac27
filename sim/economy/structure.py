"""Structural change: baskets and recipes of a year, and price indices along their change (docs/model.md 9.24)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.economy.base import Base
from sim.kernels.market import Market, log_prices
from sim.parameters import Households, Learning, Parameters, Production
from sim.world import World
from sim.world.paths import NationalPath

NEWTON, TOLERANCE = 60, 1e-13


class Structure(NamedTuple):
    """Baskets, recipes and price indices; of last year in the state."""

    consumption: np.ndarray  # (R, S) shares in consumption other than housing
    inputs: np.ndarray  # (S, S) shares of products in intermediates
    investment: np.ndarray  # (S,) basket
    government: np.ndarray  # (S,) basket
    talent: np.ndarray  # (R, S) talent's share in labour cost
    log_productivity: np.ndarray  # (R, S) log, offsets what other recipes would gain at unequal prices
    living: np.ndarray  # (R,) log price of consumption other than housing
    capital: np.ndarray  # (R,) log price of investment
    services: np.ndarray  # (R,) log price of government demand
    spending: np.ndarray  # (R,) consumption per head over that of the base year

    def in_market(self, market: Market) -> Market:
        """Return the market with these baskets and recipes."""
        return market._replace(
            consumption=self.consumption, input_output=self.inputs, investment=self.investment,
            government=self.government, eta=self.talent,
        )  # fmt: skip


def first_structure(base: Base) -> Structure:
    """Return the structure of the base year."""
    market, log_price = base.market, np.log(base.prices[:-1])
    return Structure(
        market.consumption, market.input_output, market.investment, market.government, market.eta,
        np.zeros(market.consumption.shape), (log_price * market.consumption).sum(axis=1),
        log_price @ market.investment, log_price @ market.government, np.ones(len(log_price)),
    )  # fmt: skip


def next_structure(
    last: Structure, base: Base, world: World, parameters: Parameters, path: NationalPath | None, year: int,
    solution: np.ndarray, people: np.ndarray,
) -> Structure:  # fmt: skip
    """Return the baskets, recipes and skill demand of a year, with the price indices of the year before.

    Parameters
    ----------
    last : Structure
        Of the year before.
    base : Base
    world : World
    parameters : Parameters
    path : NationalPath, optional
        Shares of the broad sectors along which recipes and national baskets change.
    year : int
    solution : (2R + 1 + 2NS,) float
        Of the market of the year before.
    people : (R, 2) persons
        Of the year before.
    """
    market, households, now = base.market, parameters.households, last
    log_price = log_prices(solution, world.n_regions, len(world.sectors))[:-1]
    if households.sector_substitution < 1.0:
        change = log_price - np.log(base.prices[:-1]) - np.log(last.spending)[:, None]
        now = now._replace(consumption=consumption_shares(market.consumption, change, world.broad_sector, households))
    # Other inputs or skills at given prices would change unit cost, which is productivity from nothing.
    if parameters.production.skill_bias > 0.0:
        talent = skill_demand(world.people, people, parameters.production)
        workers_wage, talent_wage = solution[: world.n_regions], solution[world.n_regions : 2 * world.n_regions]
        gain = (talent[:, None] - last.talent) * (talent_wage - workers_wage)[:, None]
        talent = np.repeat(talent[:, None], len(world.sectors), axis=1)
        now = now._replace(talent=talent, log_productivity=now.log_productivity + gain)
    if path is not None:
        tilt = (path.at(year) / path.at(world.year))[world.broad_sector]
        inputs, investment, government = (
            basket * tilt / (basket * tilt).sum(axis=-1, keepdims=True)
            for basket in (market.input_output, market.investment, market.government)
        )
        gain = market.iota / (1.0 - market.iota) * (log_price @ (inputs - last.inputs).T)
        now = now._replace(
            inputs=inputs, investment=investment, government=government,
            log_productivity=now.log_productivity + gain,
        )  # fmt: skip
    return now


def priced(now: Structure, last: Structure, before: np.ndarray, after: np.ndarray, spending: np.ndarray) -> Structure:
    """Return the structure of a year with its price indices and spending.

    Where shares change, indices are chained by the mean shares of two years (Törnqvist).

    Parameters
    ----------
    now, last : Structure
        Of the year, and of the year before.
    before, after : (R, S) log
        Prices of both years.
    spending : (R,) float
        Consumption per head over that of the base year.
    """
    if now is last:
        return now._replace(
            living=(after * now.consumption).sum(axis=1), capital=after @ now.investment,
            services=after @ now.government, spending=spending,
        )  # fmt: skip
    change = after - before
    return now._replace(
        living=last.living + (0.5 * (now.consumption + last.consumption) * change).sum(axis=1),
        capital=last.capital + change @ (0.5 * (now.investment + last.investment)),
        services=last.services + change @ (0.5 * (now.government + last.government)),
        spending=spending,
    )


def consumption_shares(base: np.ndarray, change: np.ndarray, broad: np.ndarray, households: Households) -> np.ndarray:
    r"""Return shares of products in consumption by non-homothetic preferences.

    .. math:: m_{js} = \mu_{js} (\hat P_{js} / \hat E_j)^{1-\eta} \hat C_j^{e_{js}(1-\eta)}, \quad \sum_s m_{js} = 1

    with changes from the base year, and the exponents scaled such that their mean over the base-year shares is 1.

    Parameters
    ----------
    base : (R, S) float
        Shares of the base year.
    change : (R, S) log
        Change of prices over spending per head.
    broad : (S,) int
        Broad sector: 0 primary, 1 secondary, 2 tertiary.
    households : Households
    """
    income = np.array([households.agriculture_exponent, 1.0, households.services_exponent])[broad]
    rest = 1.0 - households.sector_substitution
    slope = rest * income / (base @ income)[:, None]
    level = np.zeros(len(base))
    # Convex and increasing in the level of consumption: Newton's method converges from any start, after one step from
    # above.
    for _ in range(NEWTON):
        shares = base * np.exp(rest * change + slope * level[:, None])
        total = shares.sum(axis=1)
        step = np.log(total) * total / (shares * slope).sum(axis=1)
        level = level - step
        if np.abs(step).max() < TOLERANCE:
            break
    shares = base * np.exp(rest * change + slope * level[:, None])
    return shares / shares.sum(axis=1, keepdims=True)


def skill_demand(first: np.ndarray, people: np.ndarray, production: Production) -> np.ndarray:
    """Return talent's share in labour cost, (R,), which rises with talent's share of people in the nation.

    Parameters
    ----------
    first, people : (R, 2) persons
        Workers and talent of the base year, and of the year before.
    production : Production
    """
    nation, before = people.sum(axis=0), first.sum(axis=0)
    rise = (nation[1] / nation[0]) / (before[1] / before[0])
    odds = first[:, 1] / first[:, 0] * rise**production.skill_bias
    return production.skill_premium * odds / (1.0 + production.skill_premium * odds)


def sector_growth(learning: Learning, world: World) -> np.ndarray:
    """Return the growth of productivity of the sectors relative to the mean of the nation, (S,) 1/yr."""
    lead = np.array([learning.agriculture_lead, learning.industry_lead, 0.0])[world.broad_sector]
    share = world.value_added.sum(axis=0)
    return lead - (share * lead).sum() / share.sum()
