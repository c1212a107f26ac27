"""How public budgets are made: revenue of last year becomes this year's appropriations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.parameters import Government
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
