"""The schema of user-defined worlds: regions, sectors, edges, matrices; and of synthetic ones."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from sim.catalogue import Figure, Quality
from sim.currency import PATTERN, YUAN
from sim.parameters import Strict
from sim.strict import closed

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
# Display text; control characters would break tables and files.
Title = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=200), AfterValidator(closed)]
# Amounts beyond which squares and their sums are not finite, or zero, far from all that exists: ten times the people
# alive, the surface of the Earth, its output in the smallest currency; a millionth of a person, a km or a million yuan.
LEAST, MOST_PERSONS, MOST_AREA, MOST_MONEY, MOST_WEIGHT, MOST_HOURS = 1e-6, 1e11, 6e8, 1e15, 1e9, 1e6
Persons = Annotated[float, Field(le=MOST_PERSONS)]
NetPersons = Annotated[float, Field(ge=-MOST_PERSONS, le=MOST_PERSONS)]
Money = Annotated[float, Field(le=MOST_MONEY)]
Weight = Annotated[float, Field(ge=0, le=MOST_WEIGHT)]
Positive = Annotated[float, Field(gt=0, le=MOST_WEIGHT)]
# Figures that a row may leave out, by the column that has them.
OPTIONAL: dict[Figure, str] = {
    "capital": "capital", "land": "land", "unregistered": "unregistered_workers", "natural_rate": "natural_rate",
    "migration_target": "migration_workers", "graduation_rate": "graduation_rate", "residence_cost": "residence_cost",
    "area_km2": "area_km2", "growth_trend": "growth_trend",
}  # fmt: skip
Matrix = tuple[tuple[Annotated[float, Field(le=MOST_HOURS)], ...], ...]
Currency = Annotated[str, Field(pattern=PATTERN, max_length=20)]


def _semicolon_joined(value: Any) -> Any:
    """Convert a list of selectors to text joined by semicolons."""
    return ";".join(value) if isinstance(value, (list, tuple)) and all(isinstance(v, str) for v in value) else value


# Selectors of groups of regions, usable in expressions.
Selectors = Annotated[
    str, BeforeValidator(_semicolon_joined), Field(pattern=r"^([a-z][a-z0-9_]*(;[a-z][a-z0-9_]*)*)?$", max_length=400)
]
Selector = Annotated[str, Field(pattern=r"^([a-z][a-z0-9_]*)?$", max_length=40)]


class RegionRow(Strict):
    """One region; in a folder a row of ``regions.csv``, value added by sector in columns ``va_SECTOR``."""

    id: Slug = Field(description="Identifier: lower-case letters, digits, underscores, a letter first")
    name_en: Title = Field(default="", description="English name; the id by default")
    name_zh: Title = Field(default="", description="Chinese name; the English name by default")
    province: Slug = Field(default="province", description="Province, with a separate account")
    area: Selector = Field(default="", description="Macro-region")
    zone: Literal["centre", "pilot", "leading", "supporting"] = Field("supporting", description="Zone class")
    home: str = Field(default="", description="Label that parts of one place share; by default the region itself")
    circle: Selectors = Field(default="", description="Metropolitan circles, joined by ;")
    belts: Selectors = Field(default="", description="Belts, joined by ;")
    points: Selectors = Field(default="", description="Special function zones, joined by ;")
    lat: float = Field(ge=-90, le=90, description="Latitude of the seat [degrees]")
    lon: float = Field(ge=-180, le=180, description="Longitude of the seat [degrees]")
    workers: Persons = Field(ge=LEAST, description="People without tertiary education [persons]")
    talent: Persons = Field(ge=LEAST, description="People with tertiary education [persons]")
    value_added: dict[str, Money] = Field(description="Value added by sector [million yuan/yr]")
    capital: float | None = Field(
        default=None, ge=LEAST, le=MOST_MONEY, description="Capital; three times value added [million yuan]"
    )
    area_km2: float = Field(default=10_000.0, ge=LEAST, le=MOST_AREA, description="Area [km2]")
    land: float | None = Field(
        default=None, ge=LEAST, le=MOST_AREA, description="Land that can be built on; a quarter of the area [km2]"
    )
    unregistered_workers: Persons = Field(default=0.0, ge=0, description="Workers without residence right [persons]")
    unregistered_talent: Persons = Field(default=0.0, ge=0, description="Talent without residence right [persons]")
    residence_cost: float = Field(
        default=0.0, ge=0, le=5, description="Cost of lacking residence right, of consumption [1]"
    )
    migration_workers: NetPersons = Field(
        default=0.0, description="Net migration of workers in the base year [persons/yr]"
    )
    migration_talent: NetPersons = Field(
        default=0.0, description="Net migration of talent in the base year [persons/yr]"
    )
    natural_rate: float = Field(default=0.0, ge=-0.1, le=0.1, description="Births less deaths [1/yr]")
    graduation_rate: float = Field(default=0.0, ge=0, le=0.1, description="Workers who become talent [1/yr]")
    growth_trend: float = Field(
        default=0.0, ge=-0.5, le=0.5, description="Growth beyond the nation's before the base year [1/yr]"
    )
    port_hours: float | None = Field(
        default=None, ge=LEAST, le=MOST_HOURS, description="Hours from here to the world market; empty: no gateway [h]"
    )
    national_taxes: bool = Field(default=True, description="Whether it shares taxes with the nation")
    quality: Quality = Field("assumed", description="How its figures are known")


class EdgeRow(Strict):
    """One link between two regions, in both directions; in a folder a row of ``edges.csv``."""

    a: Slug = Field(description="Region at one end")
    b: Slug = Field(description="Region at the other end")
    mode: Literal["road", "expressway", "rail", "hsr", "waterway", "air", "metro"] = Field(
        description="Mode of transport"
    )
    km: float = Field(ge=LEAST, le=1e6, description="Length [km]")
    speed: float = Field(ge=LEAST, le=1200, description="Commercial speed [km/h]")
    opened: int = Field(default=0, ge=0, le=9999, description="First year of use; empty: always in use [year]")
    line: Title = Field(default="", description="Name of the line")


class SectorSpec(Strict):
    """A user-defined sector; the six of the bundled worlds need not be described."""

    trade: Literal["goods", "services", "local_services"] = Field(
        "goods", description="How its product travels; local services are bought mostly where they are made"
    )
    intermediate_share: float = Field(default=0.5, ge=0, lt=1, description="Intermediates in variable cost (iota) [1]")
    inputs: dict[str, Weight] = Field(
        default_factory=dict, description="Products in its intermediates; equal shares by default [1]"
    )
    investment: Weight = Field(default=1.0, description="Weight in investment [1]")
    government: Weight = Field(default=1.0, description="Weight in public purchases [1]")
    foreign: Weight = Field(default=1.0, description="Weight in the world's output and demand [1]")
    emissions: Weight = Field(default=0.0, description="Emissions per output [kt CO2 per million yuan]")
    firms_per_value: float = Field(
        default=0.25, gt=0, le=MOST_WEIGHT, description="Real firms per value added [firms per million yuan]"
    )


class Hours(Strict):
    """Travel times as matrices; rows are origins, in the order of the regions, the diagonal a region's own time."""

    people: Matrix = Field(description="Hours of people [h]")
    goods: Matrix | None = Field(default=None, description="Generalised hours of goods; those of people by default [h]")
    information: Matrix | None = Field(default=None, description="Hours of information; from people's by default [h]")


class Freeness(Strict):
    """Freeness of trade as matrices, where hours are not wanted."""

    goods: Matrix = Field(description="Freeness of trade in goods, in (0, 1] [1]")
    services: Matrix | None = Field(default=None, description="The same of services; that of goods by default [1]")


class InlineWorld(Strict):
    """A world written out: in a config, or in a folder whose tables hold the rows."""

    kind: Literal["inline"] = "inline"
    name: Slug = Field(default="own", description="Name of the world")
    year: int = Field(default=2020, ge=0, le=9999, description="Base year of the accounts [year]")
    centre: Slug | None = Field(default=None, description="Id of the central region, instead of a zone centre")
    quality: dict[Figure, Quality] = Field(
        default_factory=dict, description="How figures of all regions are known; where a row says less, it counts"
    )
    currency: Currency = Field(default=YUAN, description="Currency of all amounts, in the singular")
    sectors: dict[Slug, SectorSpec] = Field(default_factory=dict, description="Sectors; the bundled six by default")
    world_size: float = Field(
        default=3.0, ge=0, le=MOST_WEIGHT, description="World market over the nation's output; 0: no trade abroad [1]"
    )
    regions: tuple[RegionRow, ...] = Field(min_length=1, description="Regions")
    edges: tuple[EdgeRow, ...] = Field(default=(), description="Links; by default roads and rails between neighbours")
    hours: Hours | None = Field(default=None, description="Hours as matrices instead of links")
    freeness: Freeness | None = Field(default=None, description="Freeness of trade as matrices")


class SyntheticWorld(Strict):
    """A generated world: cities on a square, sizes by a power law, sectors with random specialisation."""

    kind: Literal["synthetic"] = "synthetic"
    name: Slug = Field(default="synthetic", description="Name of the world")
    year: int = Field(default=2020, ge=0, le=9999, description="Base year [year]")
    regions: int = Field(default=30, ge=2, le=20_000, description="Number of regions")
    seed: int = Field(default=1, ge=0, lt=2**63, description="Seed of the map, not of runs")
    people: Persons = Field(default=4e6, gt=0, description="Mean people per region [persons]")
    size_exponent: float = Field(
        default=0.6, ge=0, le=2, description="Spread of sizes: people by rank to this power [1]"
    )
    density: Positive = Field(default=150.0, description="People per area [persons per km2]")
    talent_share: float = Field(default=0.15, gt=0, lt=1, description="Mean share of talent [1]")
    income: Positive = Field(default=0.073, description="Mean value added per head [million yuan/yr]")
    income_elasticity: float = Field(default=0.12, ge=-1, le=1, description="Income per head over city size [1]")
    specialisation: float = Field(default=0.3, ge=0, le=2, description="Spread of sector shares, in logs [1]")
    provinces: int = Field(default=4, ge=1, le=100, description="Provinces along each side of the map")
    leading_share: float = Field(default=0.2, ge=0, le=1, description="Share of regions in the leading zone")
    ports: int = Field(default=3, ge=1, le=20_000, description="Gateways to the world market, on the southern edge")


WorldSpec = Annotated[InlineWorld | SyntheticWorld, Field(discriminator="kind")]
KINDS: dict[str, type[InlineWorld | SyntheticWorld]] = {"inline": InlineWorld, "synthetic": SyntheticWorld}
