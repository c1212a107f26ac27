"""The catalogue: every recorded variable's dimensions, unit and meaning, in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

SECTORS: tuple[str, ...] = (
    "agriculture",
    "energy",
    "manufacturing",
    "high_tech",
    "producer_services",
    "consumer_services",
)
GOODS, SERVICES = SECTORS[:4], SECTORS[4:]
SECTOR_TITLES: dict[str, str] = {
    "agriculture": "Agriculture and resources",
    "energy": "Energy- and carbon-intensive industry",
    "manufacturing": "Manufacturing",
    "high_tech": "High-tech industry",
    "producer_services": "Producer services",
    "consumer_services": "Consumer services and tourism",
}
GROUPS: tuple[str, ...] = ("workers", "talent")
ZONES: tuple[str, ...] = ("centre", "pilot", "leading", "supporting")
# Classes of firms (docs/model.md 9.21): ages in years, sizes relative to the mean of the sector.
AGE_BOUNDS, SIZE_BOUNDS = (3, 8), (0.5, 2.0)
AGE_CLASSES: tuple[str, ...] = ("0-2", "3-7", "8+")
SIZE_CLASSES: tuple[str, ...] = ("small", "medium", "large")
OWNERSHIP: tuple[str, ...] = ("state", "private", "external")
# How a figure of a world is known, from the best to the least.
Quality = Literal["observed", "derived", "assumed"]
QUALITIES: tuple[Quality, ...] = get_args(Quality)
# What a world states a quality of.
Figure = Literal[
    "people", "talent", "value_added", "sectors", "capital", "area_km2", "land", "unregistered", "migration_target",
    "natural_rate", "graduation_rate", "growth_trend", "real_firms", "residence_cost",
]  # fmt: skip
FIGURES: tuple[Figure, ...] = get_args(Figure)

UNITS: tuple[str, ...] = (
    "1",
    "1/yr",
    "year",
    "persons",
    "persons/yr",
    "firms",
    "firms/yr",
    "million yuan",
    "million yuan/yr",
    "yuan/person/yr",
    "h",
    "km",
    "kt CO2/yr",
    "yuan/t CO2",
)


@dataclass(frozen=True)
class Variable:
    """One recorded variable.

    Attributes
    ----------
    name : str
        Name in results, plots and selectors.
    dims : tuple of str
        Dimensions after ``year``; a subset of region, sector, group, origin, destination, origin_zone,
        destination_zone, zone_class, age_class, size_class, ownership.
    unit : str
        One of `UNITS`; money is in constant base-year yuan.
    title : str
        Short description.
    detail : {"core", "full", "flows", "classes"}
        ``core`` variables are stored for every run: indicators and figures need them. ``full``, ``flows``, the
        bilateral matrices, and ``classes`` of firms are stored on request of the config.
    """

    name: str
    dims: tuple[str, ...]
    unit: str
    title: str
    detail: str = "core"


_R, _RS, _RG, _OD, _SOD, _ZZ, _SZZ, _CLASSES = (
    ("region",),
    ("region", "sector"),
    ("region", "group"),
    ("origin", "destination"),
    ("sector", "origin", "destination"),
    ("origin_zone", "destination_zone"),
    ("sector", "origin_zone", "destination_zone"),
    ("zone_class", "age_class", "size_class", "ownership"),
)

VARIABLES: dict[str, Variable] = {
    v.name: v
    for v in (
        # people
        Variable("people", _RG, "persons", "People by skill at the start of the year"),
        Variable("unregistered", _RG, "persons", "People without local residence rights", "full"),
        Variable("welfare", _RG, "1", "Expected utility (logsum) of location choice"),
        Variable("births_less_deaths", _RG, "persons/yr", "Natural change", "full"),
        Variable("graduates", _R, "persons/yr", "Workers who become talent", "full"),
        # production and prices
        Variable("value_added", _RS, "million yuan/yr", "Value added at national base-year prices"),
        Variable("sales", _RS, "million yuan/yr", "Gross output at national base-year prices", "full"),
        Variable("exports", _RS, "million yuan/yr", "Exports to the world market, national base-year prices", "full"),
        Variable(
            "wage", _RG, "yuan/person/yr", "Labour income per person employed there, national base-year prices", "full"
        ),
        Variable("price_index", _RS, "1", "Price of a sector's composite, base-year mean 1", "full"),
        Variable("cost_of_living", _R, "1", "Consumer deflator with housing, base-year mean 1", "full"),
        Variable(
            "goods_price", _R, "1", "Price of the goods in the nation's base-year basket, base-year mean 1", "full"
        ),
        Variable("rent", _R, "1", "Housing rent relative to the base year", "full"),
        Variable("real_income", _R, "yuan/person/yr", "Disposable income per head at local prices"),
        Variable("employment", _RS, "persons", "People employed there by sector, dependants included", "full"),
        Variable("labour_income", _R, "million yuan/yr", "Labour income of residents, wherever they work"),
        Variable("labour_paid", _R, "million yuan/yr", "Labour income paid in the region, to whoever works there"),
        # commuters beyond those of the base year, which are inside the data; negative: fewer
        Variable("commuters_in", _RG, "persons", "People who work in the region and live elsewhere", "full"),
        Variable("commuters_out", _RG, "persons", "People who live in the region and work elsewhere", "full"),
        # capital and firms
        Variable("capital", _RS, "million yuan", "Real capital at the start of the year"),
        Variable("return_to_capital", _RS, "1/yr", "Net return to capital", "full"),
        Variable("gross_return", _R, "1/yr", "Return to capital before depreciation, mean over capital", "full"),
        Variable("firms", _RS, "firms", "Firm agents at the start of the year"),
        Variable("real_firms", _RS, "firms", "Real firms represented by the agents"),
        Variable("firm_entry", _RS, "firms/yr", "Firm agents founded"),
        Variable("firm_branches", _RS, "firms/yr", "Firm agents opened as branches of firms elsewhere", "full"),
        Variable("firm_exit", _RS, "firms/yr", "Firm agents closed"),
        Variable(
            "scrapped",
            _R,
            "million yuan/yr",
            "Real capital scrapped when firms close, and what funds fail to create",
            "full",
        ),
        # firms by class
        Variable("capital_by_class", _CLASSES, "million yuan", "Real capital of the firms of a class", "classes"),
        Variable("real_firms_by_class", _CLASSES, "firms", "Real firms of a class", "classes"),
        Variable("value_added_by_class", _CLASSES, "million yuan/yr", "Value added of the firms of a class", "classes"),
        # public side
        Variable("services", _R, "1", "Public services per head, base-year national mean 1", "full"),
        Variable("infrastructure", _R, "1", "Public capital per head, base-year national mean 1", "full"),
        Variable("bid", _R, "1", "Share of its local taxes that a city refunds to firms", "full"),
        Variable("infrastructure_share", _R, "1", "Infrastructure in the ordinary spending of the city", "full"),
        Variable("public_revenue", _R, "million yuan/yr", "Revenue of the city treasury", "full"),
        Variable("public_spending", _R, "million yuan/yr", "Outlays of the city treasury", "full"),
        Variable("treasury", _R, "million yuan", "Deposits of the city treasury", "full"),
        Variable("debt", _R, "million yuan", "Debt of the city treasury", "full"),
        # knowledge and environment
        Variable("knowledge", _RS, "1", "Log knowledge of a city's sector", "full"),
        Variable("emissions", _R, "kt CO2/yr", "Carbon dioxide emissions"),
        Variable("environment", _R, "1", "Environmental quality relative to the base year", "full"),
        # connectivity
        Variable("centre_hours", _R, "h", "Travel time of people to the centre"),
        Variable("accessible_1h", _R, "persons", "People within one hour"),
        Variable("accessible_3h", _R, "persons", "People within three hours"),
        Variable("accessible_5h", _R, "persons", "People within five hours"),
        Variable("pole", _R, "1", "1 where value added per km2 exceeds that of all others within three hours", "full"),
        Variable(
            "carrying_ratio", _R, "1", "People per buildable land, over the base-year mean of the zone class", "full"
        ),
        Variable("via_centre", _R, "1", "1 where goods to the world market pass the port of the centre", "full"),
        Variable("hinterland", _R, "1", "1 where the centre's attraction exceeds that of every other city"),
        # flows
        Variable("talent_flow", _OD, "persons/yr", "Talent moving from origin to destination", "flows"),
        Variable("worker_flow", _OD, "persons/yr", "Workers moving from origin to destination", "flows"),
        Variable("capital_flow", _OD, "million yuan/yr", "Real investment by savers of the origin", "flows"),
        Variable("firm_flow", _SOD, "firms/yr", "Firm agents that relocate or branch", "flows"),
        Variable(
            "firm_capital_flow",
            _SOD,
            "million yuan/yr",
            "Real capital that moves with relocating firms and branches",
            "flows",
        ),
        Variable("commuters", _OD, "persons", "People who live in the origin and work in the destination", "flows"),
        # flows between zone classes, in double precision
        Variable("talent_flow_zones", _ZZ, "persons/yr", "Talent moving between zone classes"),
        Variable("worker_flow_zones", _ZZ, "persons/yr", "Workers moving between zone classes"),
        Variable("capital_flow_zones", _ZZ, "million yuan/yr", "Real investment by savers of a zone class"),
        Variable("firm_flow_zones", _SZZ, "firms/yr", "Firm agents that relocate or branch between zone classes"),
        Variable("firm_capital_flow_zones", _SZZ, "million yuan/yr", "Real capital that moves with them"),
        # nation
        Variable("deflator", (), "1", "National value-added deflator, base year 1"),
        Variable("foreign_balance", (), "million yuan/yr", "Exports less imports"),
        Variable("firm_size_tail", (), "1", "Hill exponent of the firm-size tail (largest 5 %)"),
        Variable("public_outlay", (), "million yuan/yr", "Public money paid for mechanisms"),
        Variable("treasury_outlay", (), "million yuan/yr", "Public money that cities paid for mechanisms", "full"),
        Variable("public_return", (), "million yuan/yr", "Money returned by mechanisms to public accounts"),
        Variable("public_equity", (), "million yuan", "Stakes of funds, at the lower of book and market value"),
        Variable("public_claims", (), "million yuan", "Cash less debt of funds and project companies"),
        Variable("own_revenue", (), "million yuan/yr", "Own revenue of cities, provinces and the nation"),
        Variable(
            "spending_cut", (), "1", "Share of ordinary public spending cut to maintain the floor of private investment"
        ),
        Variable("market_iterations", (), "1", "Iterations of the market solver"),
        # accounting identities: largest relative violation of the year
        Variable("audit_money", (), "1", "Accounts: receipts less payments of any account"),
        Variable("audit_people", (), "1", "People: change less ledger"),
        Variable("audit_capital", (), "1", "Capital: change less ledger; owners; firms"),
        Variable("audit_market", (), "1", "Market: expenditure less sales of any city and sector"),
    )
}
