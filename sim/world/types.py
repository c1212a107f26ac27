"""The types of a world: regions with population, accounts and networks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from html import escape

import numpy as np
import pandas as pd

from sim.currency import YUAN, in_currency
from sim.kernels.sphere import great_circle
from sim.selection import COLUMNS, masks


@dataclass(frozen=True)
class Network:
    """The transport network, and access to the world market.

    Attributes
    ----------
    build_edges : callable
        Returns the edges; called on first access, as checking a config needs none.
    terminal_hours : dict of str to float
        Hours to board and leave each mode.
    internal_hours : (R,) float
        Travel time inside each region.
    port_hours : (R,) float
        Generalised hours of goods from a port, airport or border crossing to the world market; infinite without one.
    hours : Hours, optional
        Hours of every year, if given as matrices instead of edges.
    """

    build_edges: Callable[[], pd.DataFrame]
    terminal_hours: dict[str, float]
    internal_hours: np.ndarray
    port_hours: np.ndarray
    hours: Hours | None = None

    @cached_property
    def edges(self) -> pd.DataFrame:
        """One row per edge.

        Columns ``a, b`` (region index), ``mode`` (road, expressway, rail, hsr, waterway, air, metro, digital),
        ``km``, ``speed`` (km/h, commercial), ``opened`` (year), ``line`` (name or empty).
        """
        return self.build_edges()

    @cached_property
    def opened(self) -> np.ndarray:
        """First year of use of each edge, (E,)."""
        return self.edges["opened"].to_numpy()

    def open_by(self, year: int) -> int:
        """Return the number of edges in use in a year."""
        return int(np.count_nonzero(self.opened <= year))


@dataclass(frozen=True)
class Hours:
    """Travel times of one year: ``hours[i, j]`` from i to j, with internal times on the diagonal.

    Attributes
    ----------
    people, goods, information : (R, R) float, h
    gateway : (R,) float, h
        Hours of goods to the world market.
    handling : tuple of float, log
        Change of the hours of handling of goods by region with which they were computed; empty if there is none.
    """

    people: np.ndarray
    goods: np.ndarray
    information: np.ndarray
    gateway: np.ndarray
    handling: tuple[float, ...] = ()


# Sectors whose products are bulky.
BULKY = ("agriculture", "energy")
# How products travel: the classes of trade.
TRADE = ("goods", "services", "local_services")


@dataclass(frozen=True, repr=False)
class World:
    """One world in its base year.

    Let R be the number of regions, S of sectors, G of skill groups.

    Attributes
    ----------
    name : str
    year : int
        Base year of the accounts; money is of that year.
    currency : str
        Currency of all money; the units below, in yuan, are to be read in it (`sim.currency`).
    sectors : tuple of str
    trade_class : (S,) int
        Index of `TRADE`: how the products of a sector travel.
    regions : DataFrame, R rows
        ``id`` (slug), ``adcode``, ``name_en``, ``name_zh``, ``province`` (slug), ``area``, ``zone``,
        ``circle`` (slug or empty), ``belts`` and ``points`` (``;``-joined slugs), ``lat``, ``lon``,
        ``fitted`` (False: outside fits and scores); optionally ``home``, a label that parts of one place share.
    people : (R, 2) float, persons
        Workers and talent.
    value_added : (R, S) float, million yuan/yr
    capital : (R,) float, million yuan
        Book value.
    land : (R,) float, km2
        Buildable land.
    area_km2 : (R,) float
    unregistered : (R, 2) float, persons
        People without local residence rights, by skill.
    residence_cost : (R,) float, share of consumption
        Cost of lacking local residence rights, as a share of consumption.
    migration_target : (R, 2) float, persons/yr
        Net migration in the base year, zero in sum.
    natural_rate, graduation_rate : (R,) float, 1/yr
        Births less deaths per capita; rate at which workers become talent.
    growth_trend : (R,) float, 1/yr
        Growth of value added relative to the nation in the five years before the base year.
    emission_intensity : (S,) float, kt CO2 per million yuan of gross output
    real_firms : (R, S) float
        Real firms.
    intermediate_share : (S,) float
        Intermediates in variable cost (iota).
    input_output : (S, S) float
        ``input_output[s, t]``: share of the product of sector t in the intermediates of sector s; rows sum to 1.
    investment_basket, government_basket : (S,) float
        Shares of products in investment and government demand; sum to 1.
    gateway_sales, gateway_demand : (S,) float, million yuan/yr
        Output of the world market, and its total spending by product (foreign and domestic goods).
    upstream : (R, R) float
        ``upstream[i, j]``: share of the river inflow of i that comes from j; rows sum to 1 or 0.
    national_taxes : (R,) bool
        False where taxes are not shared with the nation (Hong Kong, Macao).
    network : Network
    freeness : (2, R, R) float, optional
        Freeness of trade in goods and in services, if given instead of hours.
    quality : DataFrame
        One row per region, one column per figure, cells ``observed``, ``derived`` or ``assumed``.
    sources : dict of str to str
        Source or rule by figure.
    """

    name: str
    year: int
    sectors: tuple[str, ...]
    trade_class: np.ndarray
    regions: pd.DataFrame
    people: np.ndarray
    value_added: np.ndarray
    capital: np.ndarray
    land: np.ndarray
    area_km2: np.ndarray
    unregistered: np.ndarray
    residence_cost: np.ndarray
    migration_target: np.ndarray
    natural_rate: np.ndarray
    graduation_rate: np.ndarray
    growth_trend: np.ndarray
    emission_intensity: np.ndarray
    real_firms: np.ndarray
    intermediate_share: np.ndarray
    input_output: np.ndarray
    investment_basket: np.ndarray
    government_basket: np.ndarray
    gateway_sales: np.ndarray
    gateway_demand: np.ndarray
    upstream: np.ndarray
    national_taxes: np.ndarray
    network: Network
    quality: pd.DataFrame
    freeness: np.ndarray | None = None
    sources: dict[str, str] = field(default_factory=dict)
    currency: str = YUAN

    def __repr__(self) -> str:
        people, output = self.people.sum() / 1e6, self.value_added.sum() / 1e6
        return (
            f"<World {self.name}, {self.year}: {self.n_regions:,} regions, {len(self.sectors)} sectors, "
            f"{people:,.1f} million people, value added {output:,.2f} {in_currency('trillion yuan', self.currency)}>"
        )

    def _repr_html_(self) -> str:
        shown = self.regions[["id", "name_en", "province", "zone"]].assign(
            people=self.people.sum(axis=1), value_added=self.value_added.sum(axis=1)
        )
        return f"<p><code>{escape(repr(self))}</code></p>{shown.to_html(max_rows=12, float_format='{:,.0f}'.format)}"

    @cached_property
    def n_regions(self) -> int:
        """Number of regions R."""
        return len(self.regions)

    @cached_property
    def home(self) -> np.ndarray:
        """Home label of each region, (R,) int: regions of one label are parts of one place."""
        labels = self.regions["home"] if "home" in self.regions else self.regions["id"]
        return np.unique(labels.to_numpy(str), return_inverse=True)[1].astype(np.int64)

    def index(self, region: str) -> int:
        """Return the index of a region id.

        Raises
        ------
        KeyError
            If there is no such region.
        """
        found = np.flatnonzero((self.regions["id"] == region).to_numpy())
        if not len(found):
            raise KeyError(region)
        return int(found[0])

    @cached_property
    def distances(self) -> np.ndarray:
        """Great-circle distances between regions, (R, R) km."""
        lat, lon = self.regions["lat"].to_numpy(float), self.regions["lon"].to_numpy(float)
        return great_circle(lat[:, None], lon[:, None], lat[None, :], lon[None, :])

    @cached_property
    def broad_sector(self) -> np.ndarray:
        """Broad sector of each sector, (S,) int: 0 primary, 1 secondary, 2 tertiary."""
        farm = np.array([name == "agriculture" for name in self.sectors])
        return np.where(farm, 0, np.where(self.trade_class == TRADE.index("goods"), 1, 2))

    @cached_property
    def bulky(self) -> np.ndarray:
        """Sectors whose products are bulky, (S,) bool, by their names."""
        return np.isin(self.sectors, BULKY)

    @cached_property
    def across_provinces(self) -> np.ndarray:
        """Pairs of regions in different provinces, (R, R) bool."""
        province = self.regions["province"].to_numpy(str)
        return province[:, None] != province[None, :]

    @cached_property
    def selectors(self) -> dict[str, np.ndarray]:
        """All selectors with their regions, (R,) bool each; read-only."""
        return masks({c: self.regions[c] for c in COLUMNS if c in self.regions}, self.n_regions)

    def around(self, region: str) -> World:
        """Return the world with another region as its centre; the former one joins the leading regions.

        Raises
        ------
        KeyError
            If there is no such region.
        """
        if self.index(region) == self.centre:
            return self
        if region not in self._around:
            zone = self.regions["zone"].mask(self.regions["zone"] == "centre", "leading")
            zone = zone.mask(self.regions["id"] == region, "centre")
            self._around[region] = replace(self, regions=self.regions.assign(zone=zone))
        return self._around[region]

    @cached_property
    def _around(self) -> dict[str, World]:
        return {}

    @property
    def closed(self) -> bool:
        """Whether there is no foreign trade."""
        return not self.gateway_sales.any()

    @cached_property
    def centre(self) -> int:
        """Index of the central city (the first region of zone ``centre``)."""
        return int(np.flatnonzero((self.regions["zone"] == "centre").to_numpy())[0])


@dataclass(frozen=True)
class History:
    """What happened in the regions of a world.

    Attributes
    ----------
    world : World
        At its base year.
    figures : dict of (str, int) to (R,) float
        ``people`` and ``talent`` in persons, ``value_added`` in million units of money of the year, by year.
    good : dict of str to (R,) bool
        Regions eligible for fits and scores of each figure.
    covariates : DataFrame, R rows
        What regressions of the base year may use; empty where none are.
    """

    world: World
    figures: dict[tuple[str, int], np.ndarray]
    good: dict[str, np.ndarray]
    covariates: pd.DataFrame = field(default_factory=pd.DataFrame)

    def years(self, figure: str) -> list[int]:
        """Return the years in which a figure is known; ``income`` is value added per head."""
        parts = ("people", "value_added") if figure == "income" else (figure,)
        return sorted(year for year in {y for _, y in self.figures} if all((p, year) in self.figures for p in parts))
