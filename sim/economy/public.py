"""Public budgets: the revenue of last year becomes the appropriations of this year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sim.kernels.accounts import RegionalAccounts, taxable_income
from sim.parameters import Government, Parameters
from sim.policy.quantity import of
from sim.world.types import World


class Revenue(NamedTuple):
    """Own revenue of a year, million yuan, nominal."""

    own: np.ndarray  # (R,) of treasuries
    provinces: np.ndarray  # (P,)
    nation: float


@dataclass(frozen=True)
class Budget:
    """Appropriations of one year, nominal."""

    equalisation: np.ndarray = of("(R,)", "million yuan, from the nation to each treasury")
    provincial: np.ndarray = of("(R,)", "million yuan, from the province to each treasury")
    appropriation: np.ndarray = of("(R,)", "million yuan, what each treasury may spend, interest paid")
    programmes: float = of("", "million yuan, the nation's own spending on services in its regions")
    interest: np.ndarray = of("(R,)", "million yuan, on debt of treasuries")


def tax_shares(world: World, government: Government) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the (R,) shares of taxes of city, province and nation; taxes of SARs stay at home."""
    shared = world.national_taxes
    city = np.where(shared, government.city_share, 1.0)
    province = np.where(shared, government.province_share, 0.0)
    return city, province, 1.0 - city - province


def make_budget(
    world: World, government: Government, revenue: Revenue, people: np.ndarray, debt: np.ndarray,
    province_of: np.ndarray,
) -> Budget:  # fmt: skip
    """Return appropriations from the revenue of last year.

    Parameters
    ----------
    revenue : Revenue
        Of last year.
    people : (R,) persons
    debt : (R,) million yuan, nominal
        Negative: deposits.
    province_of : (R,) int
    """
    own, provinces, nation = revenue
    shared = world.national_taxes.astype(float)
    mean = (own * shared).sum() / (people * shared).sum()
    gap = government.equalisation * np.maximum(0.0, mean - own / people) * people * shared
    equalisation = gap * min(1.0, government.equalisation_limit * nation / max(gap.sum(), 1e-300))
    weight = people / np.bincount(province_of, people, len(provinces))[province_of]
    provincial = provinces[province_of] * weight
    interest = government.interest * np.maximum(debt, 0.0)
    received = own + equalisation + provincial
    repay = government.repayment_rate * np.maximum(0.0, debt - government.debt_cap * received)
    draw = government.repayment_rate * np.maximum(0.0, -debt)
    appropriation = np.maximum(received - interest - repay + draw, 0.0)
    return Budget(equalisation, provincial, appropriation, nation - equalisation.sum(), interest)


def split_revenue(
    world: World, parameters: Parameters, regional: RegionalAccounts, province_of: np.ndarray, n_provinces: int,
    treasuries: np.ndarray | None = None, nation_owned: np.ndarray | None = None,
) -> Revenue:  # fmt: skip
    """Return own revenue of treasuries, of provinces and of the nation.

    Parameters
    ----------
    regional : RegionalAccounts
        Of the year.
    treasuries : (R, R), optional
        Share of j's capital owned by treasury i; the base-year shares if not given.
    nation_owned : (R,), optional
        Share of j's capital owned by the nation.
    """
    g, k = parameters.government, parameters.capital
    city, province, nation = tax_shares(world, g)
    kappa = parameters.production.capital_share_of_profit
    income = taxable_income(g.value_added_tax, regional.labour_income, regional.dividends)
    taxes = (
        g.value_added_tax * regional.value_added
        + g.profit_tax * (1.0 - g.value_added_tax) * kappa * regional.operating_profit
        + g.income_tax * income
    )
    profit = regional.net_profit
    state = k.state_share * profit if treasuries is None else treasuries @ profit
    national = k.national_share * profit if nation_owned is None else nation_owned * profit
    return Revenue(
        city * taxes + regional.land_revenue + state + regional.charges,
        np.bincount(province_of, province * taxes, n_provinces),
        float((nation * taxes).sum() + national.sum()),
    )


def national_weights(world: World, people: np.ndarray) -> np.ndarray:
    """Return the (R,) shares of the nation's programmes: people, in regions that pay national taxes."""
    weight = people * world.national_taxes
    return weight / weight.sum()
