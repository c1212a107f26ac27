"""How public budgets are made: revenue of last year becomes this year's appropriations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.parameters import Government, Parameters
from sim.world.types import World


@dataclass
class Budget:
    """Appropriations of one year, million yuan (nominal).

    Attributes
    ----------
    equalisation, provincial : (R,)
        Transfers from the nation and from the province to each treasury.
    appropriation : (R,)
        What each treasury may spend, interest paid.
    programmes : float
        The nation's own spending on services in its regions.
    interest : (R,)
    """

    equalisation: np.ndarray
    provincial: np.ndarray
    appropriation: np.ndarray
    programmes: float
    interest: np.ndarray


def tax_shares(world: World, government: Government) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the (R,) shares of taxes of city, province and nation; taxes of SARs stay at home."""
    shared = world.national_taxes
    city = np.where(shared, government.city_share, 1.0)
    province = np.where(shared, government.province_share, 0.0)
    return city, province, 1.0 - city - province


def make_budget(
    world: World,
    government: Government,
    own: np.ndarray,
    provinces: np.ndarray,
    nation: float,
    people: np.ndarray,
    debt: np.ndarray,
    province_of: np.ndarray,
) -> Budget:
    """Appropriate last year's revenue.

    Parameters
    ----------
    own : (R,) million yuan
        Treasuries' own revenue of last year.
    provinces : (P,), nation : float
        Their revenue of last year.
    people : (R,) persons
    debt : (R,) million yuan, nominal
        Negative: deposits.
    province_of : (R,) int
    """
    shared = world.national_taxes.astype(float)
    mean = (own * shared).sum() / (people * shared).sum()
    gap = government.equalisation * np.maximum(0.0, mean - own / people) * people * shared
    equalisation = gap * min(1.0, government.equalisation_limit * nation / max(gap.sum(), 1e-300))
    weight = people / np.bincount(province_of, people, len(provinces))[province_of]
    provincial = provinces[province_of] * weight
    interest = government.interest * np.maximum(debt, 0.0)
    revenue = own + equalisation + provincial
    repay = government.repayment_rate * np.maximum(0.0, debt - government.debt_cap * revenue)
    draw = government.repayment_rate * np.maximum(0.0, -debt)
    appropriation = np.maximum(revenue - interest - repay + draw, 0.0)
    return Budget(equalisation, provincial, appropriation, nation - equalisation.sum(), interest)


def split_revenue(
    world: World, parameters: Parameters, book: np.ndarray, province_of: np.ndarray, n_provinces: int,
    owned_by_public: np.ndarray, treasuries: np.ndarray | None = None, nation_owned: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray, float]:  # fmt: skip
    """Return own revenue of treasuries (R,), of provinces (P,) and of the nation, million yuan.

    Parameters
    ----------
    book : (12, R)
        Accounts of the year, see `sim.kernels.market.incomes`.
    treasuries : (R, R), optional
        Share of j's capital owned by treasury i; the base-year shares if not given.
    nation_owned : (R,), optional
        Share of j's capital owned by the nation.
    """
    g, k = parameters.government, parameters.capital
    city, province, nation = tax_shares(world, g)
    kappa = parameters.production.capital_share_of_profit
    income = (1.0 - g.value_added_tax) * (book[0] + book[1]) + book[5]
    taxes = (
        g.value_added_tax * book[2] + g.profit_tax * (1.0 - g.value_added_tax) * kappa * book[3] + g.income_tax * income
    )
    state = k.state_share * book[4] if treasuries is None else treasuries @ book[4]
    national = k.national_share * book[4] if nation_owned is None else nation_owned * book[4]
    own = city * taxes + book[9] + state
    return own, np.bincount(province_of, province * taxes, n_provinces), float((nation * taxes).sum() + national.sum())


def national_weights(world: World, people: np.ndarray) -> np.ndarray:
    """Return the (R,) shares of the nation's programmes: people, in regions that pay national taxes."""
    weight = people * world.national_taxes
    return weight / weight.sum()
