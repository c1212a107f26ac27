"""Worlds that users write: regions, sectors, edges, matrices; and generated ones."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from sim.errors import nearest
from sim.parameters import Strict

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Matrix = tuple[tuple[float, ...], ...]


def _joined(value: Any) -> Any:
    """Let a list of groups stand for words joined by semicolons."""
    return ";".join(value) if isinstance(value, (list, tuple)) and all(isinstance(v, str) for v in value) else value


Words = Annotated[str, BeforeValidator(_joined)]


class RegionRow(Strict):
    """One region; in a folder a row of ``regions.csv``, value added by sector in columns ``va_SECTOR``."""

    id: Slug = Field(description="Identifier: lower-case letters, digits, underscores, a letter first")
    name_en: str = Field(default="", description="English name; the id by default")
    name_zh: str = Field(default="", description="Chinese name; the English name by default")
    province: Slug = Field(default="province", description="Province, an account of its own")
    area: str = Field(default="", description="Macro-region")
    zone: Literal["centre", "pilot", "leading", "supporting"] = Field("supporting", description="Zone class")
    circle: Words = Field(default="", description="Metropolitan circles, joined by ;")
    belts: Words = Field(default="", description="Belts, joined by ;")
    points: Words = Field(default="", description="Special function zones, joined by ;")
    lat: float = Field(ge=-90, le=90, description="Latitude of the seat [degrees]")
    lon: float = Field(ge=-180, le=180, description="Longitude of the seat [degrees]")
    workers: float = Field(gt=0, description="People without tertiary education [persons]")
    talent: float = Field(gt=0, description="People with tertiary education [persons]")
    value_added: dict[str, float] = Field(description="Value added by sector [million yuan/yr]")
    capital: float | None = Field(default=None, gt=0, description="Capital; three times value added [million yuan]")
    area_km2: float = Field(default=10_000.0, gt=0, description="Area [km2]")
    land: float | None = Field(default=None, gt=0, description="Land that can be built on; a quarter of the area [km2]")
    unregistered_workers: float = Field(default=0.0, ge=0, description="Workers without residence right [persons]")
    unregistered_talent: float = Field(default=0.0, ge=0, description="Talent without residence right [persons]")
    residence_cost: float = Field(default=0.0, ge=0, le=5, description="Cost of lacking residence right, of consumption [1]")
    migration_workers: float = Field(default=0.0, description="Net migration of workers in the base year [persons/yr]")
    migration_talent: float = Field(default=0.0, description="Net migration of talent in the base year [persons/yr]")
    natural_rate: float = Field(default=0.0, ge=-0.1, le=0.1, description="Births less deaths [1/yr]")
    graduation_rate: float = Field(default=0.0, ge=0, le=0.1, description="Workers who become talent [1/yr]")
    growth_trend: float = Field(default=0.0, ge=-0.5, le=0.5, description="Growth beyond the nation's before the base year [1/yr]")
    port_hours: float | None = Field(default=None, gt=0, description="Hours from here to the world market; empty: no gateway [h]")
    national_taxes: bool = Field(default=True, description="Whether it shares taxes with the nation")
    quality: Literal["observed", "derived", "assumed"] = Field("assumed", description="How its figures are known")

    @model_validator(mode="after")
    def _consistent(self) -> RegionRow:
        if self.land is not None and self.land > self.area_km2:
            raise ValueError(f"land {self.land:g} is larger than area_km2 {self.area_km2:g}; expected at most the area")
        for group, people in (("workers", self.workers), ("talent", self.talent)):
            if getattr(self, f"unregistered_{group}") > people:
                raise ValueError(f"unregistered_{group} is larger than {group}; expected at most {people:g}")
        return self


class EdgeRow(Strict):
    """One way between two regions, both directions; in a folder a row of ``edges.csv``."""

    a: Slug = Field(description="Region at one end")
    b: Slug = Field(description="Region at the other end")
    mode: Literal["road", "expressway", "rail", "hsr", "waterway", "air"] = Field(description="Mode of transport")
    km: float = Field(gt=0, description="Length [km]")
    speed: float = Field(gt=0, le=1200, description="Commercial speed [km/h]")
    opened: int = Field(default=1990, description="First year of use [year]")
    line: str = Field(default="", description="Name of the line")


class SectorSpec(Strict):
    """A sector of an own world; the six of the bundled worlds need not be described."""

    trade: Literal["goods", "services"] = Field("goods", description="How its product travels")
    intermediate_share: float = Field(default=0.5, ge=0, lt=1, description="Intermediates in variable cost (iota) [1]")
    inputs: dict[str, float] = Field(default_factory=dict, description="Products in its intermediates; alike by default [1]")
    investment: float = Field(default=1.0, ge=0, description="Weight in investment [1]")
    government: float = Field(default=1.0, ge=0, description="Weight in public purchases [1]")
    foreign: float = Field(default=1.0, ge=0, description="Weight in the world's output and demand [1]")
    emissions: float = Field(default=0.0, ge=0, description="Emissions per output [kt CO2 per million yuan]")
    firms_per_value: float = Field(default=0.25, gt=0, description="Real firms per value added [firms per million yuan]")


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
    year: int = Field(default=2020, description="Base year of the accounts [year]")
    sectors: dict[Slug, SectorSpec] = Field(default_factory=dict, description="Sectors; the bundled six by default")
    world_size: float = Field(default=3.0, ge=0, description="World market over the nation's output; 0: no trade abroad [1]")
    regions: tuple[RegionRow, ...] = Field(min_length=1, description="Regions")
    edges: tuple[EdgeRow, ...] = Field(default=(), description="Ways; by default roads and rails between neighbours")
    hours: Hours | None = Field(default=None, description="Hours as matrices instead of ways")
    freeness: Freeness | None = Field(default=None, description="Freeness of trade as matrices")


class SyntheticWorld(Strict):
    """A generated world: cities on a square, sizes by a power law, sectors with random specialisation."""

    kind: Literal["synthetic"] = "synthetic"
    name: Slug = Field(default="synthetic", description="Name of the world")
    year: int = Field(default=2020, description="Base year [year]")
    regions: int = Field(default=30, ge=2, le=20_000, description="Number of regions")
    seed: int = Field(default=1, ge=0, lt=2**63, description="Seed of the map, not of runs")
    people: float = Field(default=4e6, gt=0, description="Mean people per region [persons]")
    size_exponent: float = Field(default=0.6, ge=0, le=2, description="Spread of sizes: people by rank to this power [1]")
    density: float = Field(default=150.0, gt=0, description="People per area [persons per km2]")
    talent_share: float = Field(default=0.15, gt=0, lt=1, description="Mean share of talent [1]")
    income: float = Field(default=0.073, gt=0, description="Mean value added per head [million yuan/yr]")
    income_elasticity: float = Field(default=0.12, ge=-1, le=1, description="Income per head over city size [1]")
    specialisation: float = Field(default=0.3, ge=0, le=2, description="Spread of sector shares, in logs [1]")
    provinces: int = Field(default=4, ge=1, le=100, description="Provinces along each side of the map")
    leading_share: float = Field(default=0.2, ge=0, le=1, description="Share of regions in the leading zone")
    ports: int = Field(default=3, ge=1, description="Gateways to the world market, on the southern edge")


WorldSpec = Annotated[InlineWorld | SyntheticWorld, Field(discriminator="kind")]
KINDS: dict[str, type[InlineWorld | SyntheticWorld]] = {"inline": InlineWorld, "synthetic": SyntheticWorld}


def cross_checks(world: InlineWorld) -> list[tuple[tuple[Any, ...], str]]:
    """Return what no single row shows: key path in the world, fault with what is expected.

    Parameters
    ----------
    world : InlineWorld
    """
    ids = [r.id for r in world.regions]
    found: list[tuple[tuple[Any, ...], str]] = []
    for k, row in enumerate(world.regions):
        if row.id in ids[:k]:
            found.append((("regions", k, "id"), f"'{row.id}' stands in two rows; expected an id used once"))
        found += _sectors(world, k, row)
    centres = [k for k, r in enumerate(world.regions) if r.zone == "centre"]
    if len(centres) != 1:
        place = ("regions", centres[1] if centres else 0, "zone")
        found.append((place, f"{len(centres)} regions have the zone centre; expected exactly one"))
    for k, edge in enumerate(world.edges):
        for end in ("a", "b"):
            name = getattr(edge, end)
            if name not in ids:
                text = f"'{name}' is no region; expected one of regions.csv{nearest(name, ids)}"
                found.append((("edges", k, end), text))
        if edge.a == edge.b:
            found.append((("edges", k, "b"), f"the edge leads from '{edge.a}' to itself; expected two regions"))
    for part in ("hours", "freeness"):
        for field, matrix in (getattr(world, part) or {}):
            found += [((part, field, *place), text) for place, text in _matrix(part, matrix, len(ids))]
    return found + _inputs(world)


def _sectors(world: InlineWorld, k: int, row: RegionRow) -> list[tuple[tuple[Any, ...], str]]:
    from sim.catalogue import SECTORS

    wanted = list(world.sectors) or list(SECTORS)
    found: list[tuple[tuple[Any, ...], str]] = []
    for name in wanted:
        value = row.value_added.get(name)
        place = ("regions", k, "value_added", name)
        if value is None:
            found.append((place, "missing; expected value added above 0 [million yuan/yr]"))
        elif not value > 0:
            found.append((place, f"{value:g} is not above 0; expected value added [million yuan/yr]"))
    for name in row.value_added:
        if name not in wanted:
            text = f"no sector '{name}'; expected {', '.join(wanted)}{nearest(name, wanted)}"
            found.append((("regions", k, "value_added", name), text))
    return found


def _matrix(part: str, matrix: Matrix | None, n: int) -> list[tuple[tuple[Any, ...], str]]:
    if matrix is None:
        return []
    if len(matrix) != n or any(len(row) != n for row in matrix):
        shape = f"{len(matrix)} rows of {sorted({len(row) for row in matrix})} numbers"
        return [((), f"has {shape}; expected {n} rows of {n}, one a region")]
    top = 1.0 if part == "freeness" else float("inf")
    word = "a freeness above 0 and at most 1" if part == "freeness" else "hours above 0"
    return [
        ((i, j), f"{value:g} is out of range; expected {word}")
        for i, row in enumerate(matrix)
        for j, value in enumerate(row)
        if not 0 < value <= top
    ]


def _inputs(world: InlineWorld) -> list[tuple[tuple[Any, ...], str]]:
    found: list[tuple[tuple[Any, ...], str]] = []
    for name, sector in world.sectors.items():
        for product, share in sector.inputs.items():
            place = ("sectors", name, "inputs", product)
            if product not in world.sectors:
                found.append((place, f"no sector '{product}'; expected {', '.join(world.sectors)}"))
            elif share < 0:
                found.append((place, f"{share:g} is negative; expected a share"))
    return found
