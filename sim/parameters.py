"""Every default of the model: value, unit, range and basis, in one place.

The ranges feed sensitivity designs; the basis is shown by ``hinterland schema``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from sim.strict import Strict


def parameter(
    default: Any, unit: str, low: float, high: float, basis: str, title: str, *, hard: tuple | None = None
) -> Any:
    """Declare a parameter.

    Parameters
    ----------
    default : float
        Value used unless a config sets it.
    unit : str
        ``1`` when dimensionless.
    low, high : float
        Plausible range; the range of sensitivity designs.
    basis : str
        Source of the default.
    title : str
        Short description.
    hard : (float, float), optional
        Bounds outside which the model has no meaning; values beyond are refused.
    """
    lower, upper = hard if hard is not None else (None, None)
    return Field(
        default=default,
        ge=lower,
        le=upper,
        description=f"{title} [{unit}]",
        json_schema_extra={"unit": unit, "range": [low, high], "basis": basis},
    )


def setting(default: Any, unit: str, low: float, high: float, basis: str, title: str, **bounds: Any) -> Any:
    """Declare a numeric setting of a mechanism.

    Parameters
    ----------
    default : float or None
    unit : str
        ``1`` when dimensionless.
    low, high : float
        Plausible range; the range of sensitivity designs.
    basis : str
        Source of the default, or ``assumption``.
    title : str
        Short description.
    **bounds
        ``ge``, ``gt``, ``le``, ``lt``: values outside are refused; other arguments of pydantic's ``Field``.
    """
    return Field(
        default=default,
        description=f"{title} [{unit}]",
        json_schema_extra={"unit": unit, "range": [low, high], "basis": basis},
        **bounds,
    )


def error_at(title: str, position: tuple[str | int, ...], text: str, value: Any) -> ValidationError:
    """Return the error of a validator about a value at a position below the one that it validates."""
    details = InitErrorDetails(type=PydanticCustomError("value_error", text), loc=position, input=value)
    return ValidationError.from_exception_data(title, [details])


SHARE = (0.0, 1.0)
# Parameters of former versions by part; configs that are stored with results may still have them.
WITHDRAWN = {"industry": {"largest_entrant"}}
POSITIVE = (0.0, None)


class Production(Strict):
    """Technology, varieties, trade."""

    sigma: float = parameter(
        5.0,
        "1",
        4,
        7,
        "Tombe & Zhu 2019: trade elasticity 4",
        "Elasticity of substitution between varieties",
        hard=(1.5, 20),
    )
    distance_elasticity: float = parameter(
        1.0, "1", 0.6, 1.4, "gravity literature", "Distance elasticity of trade in goods (zeta)", hard=(0, 5)
    )
    services_distance_elasticity: float = parameter(
        1.4,
        "1",
        1.0,
        2.0,
        "services travel less than goods: assumption",
        "Distance elasticity of trade in services",
        hard=(0, 5),
    )
    local_preference: float = parameter(
        0.829,
        "1",
        0.6,
        0.95,
        "fitted (calibrate_trade): prefectures below 3 million people buy .70 of consumer services at home, assumed "
        "within .05, bound .87 by accounts; half of it for business services",
        "Preference for local services: reduction of the freeness of trade across prefectures (n)",
        hard=(0, 0.999),
    )
    provincial_border: float = parameter(
        0.315,
        "1",
        0.25,
        0.4,
        "fitted (calibrate_trade): .38 of sales cross a provincial border, value-added-tax invoices of 2017 .382, of 2022 "
        ".398",
        "Cost of crossing a provincial border",
        hard=(0, 3),
    )
    foreign_border: float = parameter(
        0.553,
        "1",
        0.4,
        0.8,
        "fitted (calibrate_trade): exports of goods .176 of value added (2020)",
        "Cost of crossing the national border",
        hard=(0, 5),
    )
    capital_share_of_profit: float = parameter(
        1.0,
        "1",
        0.5,
        1.0,
        "MODEL default: operating profit is the return to capital",
        "Capital's share of the fixed factor (kappa)",
        hard=SHARE,
    )
    density_elasticity: float = parameter(
        0.05,
        "1",
        0.02,
        0.10,
        "Ahlfeldt et al. 2015 .071; Combes, Démurger & Li 2015",
        "Productivity gain from density (gamma)",
        hard=(0, 0.3),
    )
    density_decay: float = parameter(2.0, "1/h", 0.5, 4, "assumption", "Decay of density with hours (du)", hard=(0, 20))
    scale_elasticity: float = parameter(
        0.02, "1", 0.0, 0.05, "assumption", "Gain from own-sector employment (lambda)", hard=(0, 0.3)
    )
    infrastructure_elasticity: float = parameter(
        0.05,
        "1",
        0.0,
        0.12,
        "Bom & Ligthart 2014, meta-analysis .08 core",
        "Gain from public capital (psi)",
        hard=(0, 0.3),
    )
    skill_premium: float = parameter(
        1.8,
        "1",
        1.3,
        2.2,
        "urban wage surveys, tertiary over others",
        "Base-year wage of talent over workers (omega)",
        hard=(1, 5),
    )
    skill_bias: float = parameter(
        0.75,
        "1",
        0.65,
        0.85,
        "fall of the premium by .2 while the odds of talent rise by .8: Hanushek, Wang & Zhang 2023; 0: constant demand",
        "Response of the demand for talent to its odds in the nation (b)",
        hard=SHARE,
    )


class Transport(Strict):
    """Carriage of bulky goods, for which freight counts more than time."""

    bulk_road_speed: float = parameter(
        0.7,
        "1",
        0.5,
        0.9,
        "assumption, as for other goods",
        "Generalised over commercial speed of bulky goods by road",
        hard=(0.01, 100),
    )
    bulk_expressway_speed: float = parameter(
        0.5,
        "1",
        0.3,
        0.75,
        "assumption: tolls by weight",
        "Generalised over commercial speed of bulky goods by expressway",
        hard=(0.01, 100),
    )
    bulk_rail_speed: float = parameter(
        1.1, "1", 0.8, 1.6, "assumption", "Generalised over commercial speed of bulky goods by rail", hard=(0.01, 100)
    )
    bulk_waterway_speed: float = parameter(
        8.0, "1", 4, 12, "assumption", "Generalised over commercial speed of bulky goods on water", hard=(0.01, 100)
    )
    bulk_road_handling: float = parameter(
        0.2, "h", 0.1, 0.4, "assumption, as for other goods", "Handling of bulky goods by road", hard=(0, 100)
    )
    bulk_expressway_handling: float = parameter(
        0.5, "h", 0.25, 1.0, "assumption, as for other goods", "Handling of bulky goods by expressway", hard=(0, 100)
    )
    bulk_rail_handling: float = parameter(
        3.0, "h", 1.5, 6, "assumption", "Handling of bulky goods by rail", hard=(0, 100)
    )
    bulk_waterway_handling: float = parameter(
        3.0, "h", 1.5, 10, "assumption", "Handling of bulky goods on water", hard=(0, 100)
    )

    def bulk(self, quantity: str) -> dict[str, float]:
        """Return ``speed`` or ``handling`` of bulky goods by mode."""
        return {m: getattr(self, f"bulk_{m}_{quantity}") for m in ("road", "expressway", "rail", "waterway")}


class Households(Strict):
    """Spending and housing."""

    saving_share: float = parameter(
        0.35, "1", 0.25, 0.45, "national accounts", "Saving out of disposable income (s)", hard=(0.01, 0.9)
    )
    housing_share: float = parameter(
        0.20,
        "1",
        0.10,
        0.30,
        "Tombe & Zhu 2019 .13; Ahlfeldt et al. 2015 .25",
        "Housing in consumption (h)",
        hard=(0, 0.6),
    )
    local_taste: float = parameter(
        0.5,
        "1",
        0.0,
        1.0,
        "assumption: half of the difference of local sales to national taste is taste",
        "Response of the taste for local services to their local sales over purchases in the base year (xi)",
        hard=SHARE,
    )
    sector_substitution: float = parameter(
        0.5,
        "1",
        0.2,
        0.9,
        "Comin, Lashkari & Mestieri 2021: about .5; 1: constant shares",
        "Elasticity of substitution between sectors in consumption (eta)",
        hard=(0.05, 1.0),
    )
    agriculture_exponent: float = parameter(
        0.05,
        "1",
        0.0,
        0.5,
        "Comin, Lashkari & Mestieri 2021",
        "Income exponent of farm products, relative to industrial goods (e)",
        hard=(0, 3),
    )
    services_exponent: float = parameter(
        1.2,
        "1",
        1.0,
        1.6,
        "Comin, Lashkari & Mestieri 2021",
        "Income exponent of services, relative to industrial goods (e)",
        hard=(0, 3),
    )
    housing_supply_elasticity: float = parameter(
        0.30, "1", 0.0, 1.0, "Saiz 2010, constrained cities", "Supply elasticity of housing (eps_h)", hard=(0, 10)
    )


class Labour(Strict):
    """Unemployment: how employment of workers responds to demand for them."""

    slack: float = parameter(
        0.0,
        "1",
        0.0,
        2.0,
        "u/(1 - u) over the slope of the wage curve: .53 at -.1 (Blanchflower & Oswald 1994), .75 at -.07 (Nijkamp & "
        "Poot 2005); 0: all workers are employed",
        "Elasticity of employment of workers to their wage (e)",
        hard=(0, 10),
    )
    unemployment: float = parameter(
        0.05, "1", 0.03, 0.08, "surveyed urban unemployment", "Unemployment of the base year (u0)", hard=(0.001, 0.5)
    )
    lowest_unemployment: float = parameter(
        0.02, "1", 0.01, 0.03, "assumption", "Unemployment below which employment does not rise", hard=(0, 0.5)
    )
    wage_adjustment: float = parameter(
        0.5, "1/yr", 0.2, 1.0, "assumption", "Share of a wage change that becomes the usual wage (rho)", hard=SHARE
    )
    farm_slack: float = parameter(
        0.0,
        "1",
        0.0,
        3.0,
        "surplus labour on farms (Lewis 1954): assumption",
        "Increase of the elasticity with the share of agriculture in the wages of workers (kappa)",
        hard=(0, 10),
    )


class Migration(Strict):
    """Location choice of workers and talent."""

    talent_elasticity: float = parameter(
        2.0,
        "1",
        1,
        3,
        "Tombe & Zhu 2019 1.5, higher for the skilled",
        "Migration elasticity of talent (eps)",
        hard=(0.01, 20),
    )
    worker_elasticity: float = parameter(
        1.5, "1", 1, 2.5, "Tombe & Zhu 2019", "Migration elasticity of workers (eps)", hard=(0.01, 20)
    )
    talent_mobility: float = parameter(
        0.07,
        "1/yr",
        0.03,
        0.10,
        "assumption: more than twice as often as workers; moves per year are fitted by the fixed cost of moving",
        "Share of talent that reconsiders each year (m)",
        hard=SHARE,
    )
    worker_mobility: float = parameter(
        0.03,
        "1/yr",
        0.01,
        0.05,
        "assumption; moves per year are fitted by the fixed cost of moving",
        "Share of workers that reconsiders each year (m)",
        hard=SHARE,
    )
    talent_moving_cost: float = parameter(
        0.34,
        "log odds",
        0.0,
        2.0,
        "fitted (calibrate_migration): 3.9 % of people live in another province than five years before (2015)",
        "Fixed cost of moving, talent (c0)",
        hard=(0, 50),
    )
    worker_moving_cost: float = parameter(
        0.34,
        "log odds",
        0.0,
        2.0,
        "fitted (calibrate_migration), as that of talent",
        "Fixed cost of moving, workers (c0)",
        hard=(0, 50),
    )
    distance_cost: float = parameter(
        0.8,
        "log odds per log hour",
        0.5,
        1.5,
        "literature range .5-1.5",
        "Cost of travel time in moving, which policy changes (c_t)",
        hard=(0, 10),
    )
    kilometre_cost: float = parameter(
        1.52,
        "log odds per log of 1 + km/100",
        0.5,
        2.0,
        "fitted (calibrate_migration): elasticity of residence by province of birth to distance, -1.37 (2010)",
        "Cost of distance in moving that faster travel does not change (c_km)",
        hard=(0, 10),
    )
    provincial_cost: float = parameter(
        1.16,
        "log odds",
        0.0,
        2.0,
        "fitted (calibrate_migration): share of moves between prefectures that cross a province",
        "Cost of moving to another province (c_prov)",
        hard=(0, 10),
    )
    commuting_elasticity: float = parameter(
        1.5, "1", 1.5, 3.3, "Tombe & Zhu 2019; United States counties 3.3 (Monte, Redding & Rossi-Hansberg 2018)",
        "Elasticity of the choice of a region of work to its wage", hard=(0, 20),
    )  # fmt: skip
    commuting_cost: float = parameter(
        4.2, "log odds per hour", 2.0, 6.0, "Ahlfeldt, Redding, Sturm & Wolf 2015: .07 per minute",
        "Cost of travel time in the choice of a region of work", hard=(0, 50),
    )  # fmt: skip
    commuting_border: float = parameter(
        2.2, "log odds", 1.5, 3.0,
        "fitted: 375,000 commute between Guangzhou and Foshan in 2024 (Southern News 2025); 2.34 by those of 2019",
        "Cost of working in another city", hard=(0, 20),
    )  # fmt: skip
    commuting_reach: float = parameter(
        2.5, "h", 1.5, 4.0, "assumption", "Travel time beyond which no one commutes", hard=(0, 24)
    )
    size_persistence: float = parameter(
        0.0,
        "1",
        0.0,
        1.0,
        "MODEL section 5: 1 is a replicator and drifts",
        "Weight of current size in the mass of a city (nu)",
        hard=SHARE,
    )
    services_weight: float = parameter(
        0.17,
        "log odds",
        0.0,
        0.4,
        "Zhang & Fang 2019",
        "Response of the choice of a city to its services per head (zeta_ps)",
        hard=(0, 3),
    )
    target_scale: float = parameter(
        1.0,
        "1",
        0.6,
        1.4,
        "the period over which migrants arrived is uncertain by a third",
        "Net migration of the base year relative to its target from data",
        hard=(0, 3),
    )
    target_fade: float = parameter(
        0.075,
        "1/yr",
        0.05,
        0.11,
        "changes of shares of people 2010-15 persist to 2015-20 by .74 between and .66 within provinces; those of "
        "provinces 2000-10 to 2010-20 by .33; 0: for good",
        "Rate at which net migration of the base year fades",
        hard=SHARE,
    )
    right_rate: float = parameter(
        0.03,
        "1/yr",
        0.0,
        0.1,
        "MODEL section 6",
        "Share of unregistered people who gain residence rights each year (rho_r)",
        hard=SHARE,
    )
    graduation_response: float = parameter(
        0.3, "1", 0.0, 0.6, "MODEL section 5", "Response of graduations to services per head", hard=(0, 2)
    )
    departure_rate: float = parameter(
        0.03,
        "1/yr",
        0.0,
        0.1,
        "assumption",
        "Share of unregistered people who lose this status otherwise (out)",
        hard=SHARE,
    )


class Capital(Strict):
    """Allocation of savings, ownership."""

    depreciation: float = parameter(
        0.06, "1/yr", 0.04, 0.10, "national accounts", "Depreciation (delta)", hard=(0.001, 0.5)
    )
    return_elasticity: float = parameter(
        1.0, "1", 0.3, 2.0, "prototype", "Response of investment to returns (eta_K)", hard=(0, 10)
    )
    distance_elasticity: float = parameter(
        3.7,
        "1",
        2.0,
        5.0,
        "fitted (calibrate_capital): high-speed lines raise investment between linked cities by .45 (Lin et al. 2023)",
        "Elasticity of investment to information hours (theta_K)",
        hard=(0, 10),
    )
    home_share: float = parameter(
        0.45,
        "1",
        0.3,
        0.6,
        "assumption: saving and investment of Chinese provinces are closely correlated (Chan et al. 2011); 0: home_bias",
        "Share of its investment that a place makes at home in the base year (chi)",
        hard=(0, 0.95),
    )
    home_bias: float = parameter(
        3.0, "log odds", 1, 5, "prototype", "Bias to invest at home, without home_share", hard=(0, 20)
    )
    size_persistence: float = parameter(
        0.5,
        "1",
        0.0,
        1.0,
        "assumption: 1 is a replicator and drifts, 0 draws capital back to its distribution of the base year",
        "Weight of current capital in the mass of a region for savers (nu_K)",
        hard=SHARE,
    )
    founding_share: float = parameter(
        0.08,
        "1",
        0.02,
        0.2,
        "entrants' share of investment: assumption",
        "Share of a cell's investment that founds new firms",
        hard=SHARE,
    )
    state_share: float = parameter(
        0.25,
        "1",
        0.1,
        0.4,
        "state-controlled share of enterprise assets: assumption",
        "Local treasuries' share of capital",
        hard=SHARE,
    )
    national_share: float = parameter(
        0.05,
        "1",
        0.0,
        0.15,
        "centrally owned enterprises: assumption",
        "National government's share of capital",
        hard=SHARE,
    )
    foreign_share: float = parameter(0.05, "1", 0.0, 0.10, "assumption", "Foreign share of capital", hard=SHARE)
    foreign_inflow: float = parameter(
        0.01,
        "1",
        0.0,
        0.03,
        "direct investment over GDP, 2020 about 1 %",
        "Foreign investment over value added (FI)",
        hard=SHARE,
    )
    foreign_created: float = parameter(
        0.5,
        "1",
        0.0,
        1.0,
        "assumption: 0 displaces as much elsewhere, 1 displaces nothing",
        "Share of the foreign investment that policy attracts that is new to the nation",
        hard=SHARE,
    )


class Industry(Strict):
    """Entry, relocation and exit of firms."""

    own_plot: bool = Field(
        default=True,
        description="Whether a firm's own plot is one alternative; if not, staying has the supply of its whole city [1]",
        json_schema_extra={
            "unit": "1",
            "basis": "with the supply of the whole city, flows depend on how the map is cut",
        },
    )
    relocation_rate: float = parameter(
        0.05,
        "1/yr",
        0.05,
        0.12,
        "above the 3.2 % of firms that relocate (Tang, Li, Ni & Yuan 2020): assumption",
        "Rate at which a firm reconsiders its location",
        hard=(0, 5),
    )
    relocation_share: float = parameter(
        0.005,
        "1/yr",
        0.003,
        0.01,
        "3.2 % of firms relocate (Tang, Li, Ni & Yuan 2020), small ones more often; in capital: assumption",
        "Share of the capital of every city that relocates in the base year",
        hard=(0, 0.5),
    )
    inertia: float = parameter(
        20.0, "1", 5, 100, "assumption", "Odds in favour of staying, without own_plot", hard=(1, 1e6)
    )
    life_cycle: float = parameter(
        1.0,
        "1",
        0.0,
        2.0,
        "nursery cities (Duranton & Puga 2001); no data here, by sector 0-.5 log odds: assumption",
        "Scale of the preference of mature firms for sparse regions (psi)",
        hard=(0, 10),
    )
    maturing: float = parameter(8.0, "year", 4, 15, "assumption", "Years over which firms mature", hard=(0.1, 100))
    profit_elasticity: float = parameter(
        3.0, "1", 1, 5, "prototype", "Response of location to unit profit (beta_pi)", hard=(0, 20)
    )
    moving_cost: float = parameter(2.5, "log odds", 1, 5, "assumption", "Fixed cost of relocating (m0)", hard=(0, 50))
    distance_cost: float = parameter(
        0.6, "log odds per log hour", 0.2, 1.5, "assumption", "Distance in relocating (m1)", hard=(0, 10)
    )
    branch_share: float = parameter(
        0.5,
        "1",
        0.2,
        0.8,
        "firms add sites more often than they relocate entirely: assumption after Duranton & Puga 2005",
        "Share of firms choosing another location that open a branch there",
        hard=SHARE,
    )
    branch_size: float = parameter(
        0.3, "1", 0.1, 0.5, "assumption", "Share of a firm's capital transferred to a branch", hard=(0.01, 0.99)
    )
    size_exponent: float = parameter(0.25, "1", 0, 0.5, "assumption", "Moving costs rise with size (b)", hard=(0, 2))
    headquarters_cost: float = parameter(
        0.3, "log odds per log hour", 0, 1, "assumption", "Distance to headquarters (hq)", hard=(0, 10)
    )
    entry_rate: float = parameter(0.09, "1/yr", 0.04, 0.15, "assumption", "Entry at average profit (e0)", hard=SHARE)
    entry_elasticity: float = parameter(
        1.0, "1", 0.5, 2, "assumption", "Response of entry to unit profit (chi)", hard=(0, 10)
    )
    exit_rate: float = parameter(0.09, "1/yr", 0.04, 0.15, "assumption", "Average exit rate", hard=SHARE)
    insolvency_return: float = parameter(
        0.05,
        "1",
        0.0,
        0.2,
        "a firm that does not earn a twentieth of its depreciation does not renew its capital: assumption",
        "Gross return over depreciation below which a firm is insolvent",
        hard=SHARE,
    )
    insolvency_exit: float = parameter(
        0.5, "1", 0.3, 0.8, "assumption", "Probability that an insolvent firm closes within the year", hard=SHARE
    )
    recovery_share: float = parameter(
        0.6,
        "1",
        0.3,
        0.8,
        "Ramey & Shapiro 2001: used capital sells at a deep discount",
        "Capital recovered when a firm closes",
        hard=SHARE,
    )
    productivity_persistence: float = parameter(
        0.9, "1", 0.8, 0.95, "Foster, Haltiwanger & Syverson 2008", "Persistence of log productivity", hard=(0, 0.999)
    )
    productivity_sd: float = parameter(
        0.15,
        "1",
        0.10,
        0.20,
        "Foster, Haltiwanger & Syverson 2008, a single firm; an agent that represents w firms has 1/w of the variance",
        "Standard deviation of a single firm's yearly productivity shocks",
        hard=(0, 0.3),
    )
    size_volatility: float = parameter(
        0.17,
        "1",
        0.0,
        0.25,
        "Stanley et al. 1996: the standard deviation of growth falls with size to the power .15-.2; 0: it does not",
        "Exponent by which the shocks of firms above the mean size are smaller",
        hard=(0, 1),
    )
    size_tail: float = parameter(
        1.1,
        "1",
        1.02,
        1.4,
        "Axtell 2001 1.06",
        "Pareto exponent of firm sizes at the start and at entry",
        hard=(1.01, 5),
    )

    @property
    def moved_share(self) -> float:
        """Expected share of the capital of a firm that moves if it prefers another location."""
        return 1.0 - self.branch_share * (1.0 - self.branch_size)

    @model_validator(mode="after")
    def _moves_are_possible(self) -> Self:
        most = -math.expm1(-self.relocation_rate) * self.moved_share
        if self.own_plot and self.relocation_rate > 0 and self.relocation_share > 0.9 * most:
            raise ValueError(
                f"relocation_share: {self.relocation_share:g} is out of range; with relocation_rate "
                f"{self.relocation_rate:g}, branch_share {self.branch_share:g} and branch_size {self.branch_size:g} at "
                f"most {0.9 * most:.4g} of the capital can move in a year"
            )
        return self


class Learning(Strict):
    """Knowledge, environment, growth."""

    knowledge_share: float = parameter(
        0.5,
        "1",
        0.3,
        1.0,
        "MODEL section 6",
        "Share of productivity differences that is due to knowledge, which can be learnt",
        hard=SHARE,
    )
    forgetting: float = parameter(0.05, "1/yr", 0.02, 0.1, "MODEL section 6", "Decay of knowledge (dq)", hard=SHARE)
    catch_up: float = parameter(
        0.04, "1/yr", 0.0, 0.1, "MODEL section 6", "Speed of learning from others (chi_c)", hard=SHARE
    )
    barrier_decay: float = parameter(
        0.0,
        "1/yr",
        0.0,
        0.1,
        "0: relative positions of the base year persist; fitted to history in calibrated worlds",
        "Decay of barriers that maintain a region's relative knowledge of the base year",
        hard=SHARE,
    )
    momentum: float = parameter(
        0.0,
        "1",
        0.0,
        2.0,
        "0: relative positions of the base year persist; fitted to history in calibrated worlds",
        "Share of a region's growth differential before the base year that persists",
        hard=(0, 3),
    )
    momentum_decay: float = parameter(
        0.095,
        "1/yr",
        0.05,
        0.14,
        "changes of provinces' shares of output persist by .66 from 2005-10 to 2010-15, by .59 from 2010-15 to 2015-20",
        "Decay of the momentum",
        hard=(0, 2),
    )
    absorption_cap: float = parameter(
        2.0,
        "1",
        1.5,
        3.0,
        "MODEL section 6",
        "Upper bound of the effect of talent on the speed of learning",
        hard=(1, 10),
    )
    research_floor: float = parameter(
        0.1,
        "1",
        0.05,
        0.3,
        "MODEL section 6",
        "Lower bound of research per head relative to its trend",
        hard=(1e-6, 1),
    )
    research: float = parameter(
        0.01, "1/yr", 0.0, 0.03, "MODEL section 6", "Response of knowledge to research (chi_r)", hard=SHARE
    )
    link_decay: float = parameter(
        0.1, "1/h", 0.05, 0.3, "MODEL section 6", "Decay of knowledge links with information hours (dw)", hard=(0, 10)
    )
    growth_now: float = parameter(
        0.02, "1/yr", 0.01, 0.03, "MODEL section 6", "Growth of the frontier at the start (gA)", hard=(-0.1, 0.2)
    )
    growth_later: float = parameter(
        0.01, "1/yr", 0.005, 0.02, "MODEL section 6", "Growth of the frontier in the long run", hard=(-0.1, 0.2)
    )
    growth_years: float = parameter(
        15.0, "year", 5, 30, "MODEL section 6", "Years over which frontier growth falls", hard=(0.1, 1000)
    )
    agriculture_lead: float = parameter(
        0.018,
        "1/yr",
        0.0,
        0.03,
        "Comin, Lashkari & Mestieri 2021, productivity by sector; China: assumption",
        "Growth of productivity in agriculture over that in services",
        hard=(-0.1, 0.1),
    )
    industry_lead: float = parameter(
        0.002,
        "1/yr",
        0.0,
        0.03,
        "Comin, Lashkari & Mestieri 2021, productivity by sector; China: assumption",
        "Growth of productivity in industry over that in services",
        hard=(-0.1, 0.1),
    )
    environment_weight: float = parameter(
        0.05, "1", 0.0, 0.15, "MODEL section 6", "Response of amenity to pollution (zeta_e)", hard=(0, 2)
    )
    pollution_persistence: float = parameter(
        0.5, "1/yr", 0.3, 0.7, "MODEL section 6", "Share of pollution that persists to the next year", hard=(0, 0.7)
    )
    river_carry: float = parameter(
        0.1,
        "1/yr",
        0.0,
        0.2,
        "pollution crosses borders downstream: Sigman 2002; size assumed",
        "Share of upstream pollution carried downstream per year",
        hard=(0, 0.25),
    )
    emission_decline: float = parameter(
        0.025,
        "1/yr",
        0.015,
        0.035,
        "set after the national path: carbon intensity -18.8 % in 2015-20 (Ministry of Ecology and Environment) gives .0235, "
        "-36 % in 2010-20 .029",
        "Annual decline of emissions per output within sectors",
        hard=(-0.1, 0.5),
    )


class Government(Strict):
    """Taxes, sharing, spending, debt."""

    value_added_tax: float = parameter(
        0.10, "1", 0.06, 0.14, "near national accounts: assumption", "Value-added tax (tau_v)", hard=(0, 0.6)
    )
    profit_tax: float = parameter(
        0.15, "1", 0.1, 0.25, "near national accounts: assumption", "Profit tax (tau_p)", hard=(0, 0.6)
    )
    income_tax: float = parameter(
        0.05, "1", 0.03, 0.1, "near national accounts: assumption", "Income tax (tau_y)", hard=(0, 0.6)
    )
    city_share: float = parameter(0.5, "1", 0.3, 0.7, "MODEL section 10", "Cities' share of taxes", hard=SHARE)
    province_share: float = parameter(0.1, "1", 0.0, 0.3, "MODEL section 10", "Provinces' share of taxes", hard=SHARE)
    headquarters_share: float = parameter(
        0.0,
        "1",
        0.0,
        0.5,
        "0: all where firms produce; of the local part of the tax of firms in several provinces a quarter is due at "
        "headquarters, half by production, a quarter is pooled (Ministry of Finance, Caiyu 2012 No. 40)",
        "Share of cities' profit tax that is due where firms have their headquarters",
        hard=SHARE,
    )
    equalisation: float = parameter(
        0.5, "1", 0.2, 1.0, "share of the gap closed: assumption", "Fiscal equalisation (psi_eq)", hard=SHARE
    )
    services_share: float = parameter(
        0.70, "1", 0.5, 0.8, "general public budgets: assumption", "Services in ordinary spending", hard=SHARE
    )
    infrastructure_share: float = parameter(
        0.25, "1", 0.15, 0.4, "general public budgets: assumption", "Infrastructure in ordinary spending", hard=SHARE
    )
    interest: float = parameter(0.04, "1/yr", 0.02, 0.06, "MODEL section 6", "Real interest on debt (r)", hard=(0, 0.5))
    debt_cap: float = parameter(
        1.2, "1", 0.8, 2.0, "MODEL section 6: debt over last year's revenue", "Cap on debt", hard=(0, 10)
    )
    initial_debt: float = parameter(
        0.8, "1", 0.4, 1.1, "local debt over revenue: assumption", "Debt at the start over revenue", hard=(0, 10)
    )
    repayment_rate: float = parameter(
        0.1,
        "1/yr",
        0.05,
        0.2,
        "assumption",
        "Share of debt above the cap repaid, and of deposits drawn, by a city per year",
        hard=SHARE,
    )
    reserve_rate: float = parameter(
        0.2,
        "1/yr",
        0.1,
        0.4,
        "assumption",
        "Share of deposits spent by provinces and the nation per year",
        hard=SHARE,
    )
    city_limit: float = parameter(
        0.5,
        "1",
        0.2,
        0.6,
        "basic public services continue: assumption",
        "Share of a city's appropriation that mechanisms may use",
        hard=SHARE,
    )
    province_limit: float = parameter(
        0.5, "1", 0.2, 0.6, "assumption", "Share of a province's revenue that mechanisms may use", hard=SHARE
    )
    nation_limit: float = parameter(
        0.2, "1", 0.1, 0.4, "assumption", "Share of national programmes that mechanisms may use", hard=SHARE
    )
    equalisation_limit: float = parameter(
        0.6,
        "1",
        0.4,
        0.8,
        "central transfers over central revenue, Ministry of Finance: near .8 with earmarked ones",
        "Share of national revenue that equalisation may use",
        hard=SHARE,
    )
    private_floor: float = parameter(
        0.2,
        "1",
        0.1,
        0.4,
        "MODEL section 5",
        "Share of private savings that public deficits must leave to private investment",
        hard=(0, 1),
    )
    services_depreciation: float = parameter(
        0.08, "1/yr", 0.04, 0.12, "MODEL section 6", "Depreciation of services (ds)", hard=(0.001, 1)
    )
    infrastructure_depreciation: float = parameter(
        0.05, "1/yr", 0.03, 0.08, "MODEL section 6", "Depreciation of infrastructure (dg)", hard=(0.001, 1)
    )


# Values of the former key `cities.reaction`, and the rules that they meant.
FORMER_REACTIONS = {"passive": "passive", "reactive": "yardstick"}


class Cities(Strict):
    """City governments: the rule by which they decide, and its settings."""

    rule: str = Field(
        default="passive",
        description="How budget shares and bids for firms are decided: passive, yardstick, best_response, "
        "or MODULE:CLASS [1]",
        json_schema_extra={"unit": "1", "basis": "passive: isolates the effect of an instrument"},
    )
    peer_hours: float = parameter(
        4.0,
        "h",
        2,
        10,
        "assumption",
        "yardstick: distance scale of the peers of a city, in travel time",
        hard=(0.1, 1000),
    )
    matching: float = parameter(
        0.5,
        "1/yr",
        0.0,
        0.7,
        "slopes of tax mimicking: .73 Chinese provinces, Chen & Regis 2014; 0 Finland, Lyytikäinen 2012",
        "yardstick: share of the gap to the peers' higher bid matched per year",
        hard=SHARE,
    )
    bid_response: float = parameter(
        0.5,
        "1/yr",
        0.2,
        2.0,
        "growth tournaments: Li & Zhou 2005; size assumed",
        "yardstick: increase of the bid per growth gap to the peers",
        hard=(0, 20),
    )
    bid_decay: float = parameter(
        0.05, "1/yr", 0.02, 0.2, "assumption", "yardstick: decay of bids and shares towards their defaults", hard=SHARE
    )
    bid_limit: float = parameter(
        0.5,
        "1",
        0.2,
        1.0,
        "refunds in practice are at most all local taxes of a firm; half: assumption",
        "Highest bid, share of local taxes; a common rule against bids lowers it",
        hard=SHARE,
    )
    growth_weight: float = parameter(
        25.0,
        "year",
        10,
        40,
        "the default share of infrastructure is then the nation's best choice (base year of guangzhou): assumption",
        "best_response: value of a yuan of annual value added to a city, in yuan of its ordinary spending",
        hard=(0, 1000),
    )
    share_response: float = parameter(
        0.5,
        "1/yr",
        0.0,
        1.0,
        "assumption",
        "yardstick: increase of the share of infrastructure per growth gap to the peers",
        hard=(0, 20),
    )
    lowest_share: float = parameter(
        0.6, "1", 0.4, 0.8, "assumption", "Lowest share of infrastructure relative to its default", hard=SHARE
    )
    highest_share: float = parameter(
        1.6, "1", 1.2, 2.0, "assumption", "Highest share of infrastructure relative to its default", hard=(1, 4)
    )

    @model_validator(mode="before")
    @classmethod
    def _renamed(cls, given: Any) -> Any:
        """Refuse the former key of the rule, and name the present one."""
        if isinstance(given, dict) and "reaction" in given:
            rule = FORMER_REACTIONS.get(given["reaction"], "passive")
            text = f"was replaced by 'rule'; expected 'rule: {rule}' instead of 'reaction: {given['reaction']}'"
            raise error_at(cls.__name__, ("reaction",), text, given["reaction"])
        return given


class Parameters(Strict):
    """All parameters of the model, by part."""

    production: Production = Production()
    transport: Transport = Transport()
    households: Households = Households()
    labour: Labour = Labour()
    migration: Migration = Migration()
    capital: Capital = Capital()
    industry: Industry = Industry()
    learning: Learning = Learning()
    government: Government = Government()
    cities: Cities = Cities()


class Appraisal(Strict):
    """How the costs and benefits of policies are valued; not among `Parameters`, since no run depends on it."""

    discount: float = parameter(
        0.04,
        "1/yr",
        0.0,
        0.08,
        "assumption, between 3.5 % (HM Treasury, Green Book) and 8 % (NDRC & Ministry of Construction 2006)",
        "Discount rate of the experiment; that of common_budget where it states one",
        hard=SHARE,
    )
    equity_rate: float = parameter(
        0.07,
        "1/yr",
        0.04,
        0.12,
        "real return to private capital before tax: OMB Circular A-94 (1992), section 8",
        "Discount rate of the stakes of funds that remain at the end of a run",
        hard=SHARE,
    )
    funds_cost: float = parameter(
        1.2,
        "1",
        1.0,
        1.5,
        "assumption within the published range: 1.25 (OMB Circular A-94), 1.17-1.56 (Ballard, Shoven & Whalley 1985)",
        "Marginal cost of public funds (mu)",
        hard=(0, 5),
    )

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Appraisal:
        """Return how an experiment values costs and benefits.

        Parameters
        ----------
        config : mapping
            Of the experiment. The rate that its ``common_budget`` states comes first, then its own ``discount``, then
            that of its ``appraisal``.
        """
        found = cls.model_validate(config.get("appraisal") or {})
        stated = ((config.get("common_budget") or {}).get("discount"), config.get("discount"), found.discount)
        return found.model_copy(update={"discount": next(rate for rate in stated if rate is not None)})
