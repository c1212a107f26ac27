"""Results of the phases of a year. R regions, N nodes (with the gateway), S sectors, A accounts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.economy.firms.steps import Moves
from sim.economy.public import Budget
from sim.economy.state import Returns
from sim.kernels.accounts import RegionalAccounts
from sim.kernels.market import Market
from sim.policy.quantity import of
from sim.policy.settlement import Actions


@dataclass(frozen=True)
class Policy:
    """Phase policy: posts, grants, and ordinary public spending."""

    actions: Actions
    budget: Budget
    received: np.ndarray = of("(A,)", "million yuan, net of what accounts paid, by mechanism")
    spending_cut: float = of("", "1, of ordinary public spending")
    city_services: np.ndarray = of("(R,)", "million yuan")
    research: np.ndarray = of("(R,)", "million yuan")
    infrastructure: np.ndarray = of("(R,)", "million yuan")
    programmes: np.ndarray = of("(R,)", "million yuan, of the nation")
    site_log_z: np.ndarray = of("(n_sites, S)", "log")

    @property
    def services(self) -> np.ndarray:
        """Ordinary public purchases of services, (R,) million yuan."""
        return self.city_services + self.research + self.programmes


@dataclass(frozen=True)
class Connection:
    """Phase connect: information hours with the wedge of policy; the links are in the state."""

    information: np.ndarray = of("(R, R)", "h")


@dataclass(frozen=True)
class Placement:
    """Phase invest: allocation of savings."""

    savers_shares: np.ndarray = of("(R, R)", "1, from savers in i to j")
    inflow_shares: np.ndarray = of("(R,)", "1, of investment from abroad")


@dataclass(frozen=True)
class Production:
    """Phase produce: the market of the year as solved."""

    market: Market
    regional: RegionalAccounts
    returns: Returns
    iterations: int = of("", "1")
    log_price: np.ndarray = of("(N, S)", "log")
    log_cost: np.ndarray = of("(R, S)", "log, unit cost")
    sales: np.ndarray = of("(N, S)", "million yuan/yr")
    spent: np.ndarray = of("(N, S)", "million yuan/yr")
    public_balance: float = of("", "million yuan/yr, of all public accounts before debt")
    crowding: float = of("", "1, investment per yuan saved")
    employment: np.ndarray = of("(R, S)", "persons")
    deflator: float = of("", "base year 1")
    capital_price: np.ndarray = of("(R,)", "1")
    services_price: np.ndarray = of("(R,)", "1")
    quality: np.ndarray = of("(R, S)", "productive capital, million yuan, real")
    site_quality: np.ndarray = of("(n_sites, S)", "productive capital, million yuan, real")
    owned: np.ndarray = of("(R,)", "million yuan, real, all claims to capital")


@dataclass(frozen=True)
class Closing:
    """Phase `settle`: every payment of the year is in the ledger."""

    reports: dict[tuple[str, str], tuple[float, str]]
    exports: np.ndarray = of("(R, S)", "million yuan/yr")
    foreign_balance: float = of("", "million yuan/yr")
    public_outlay: float = of("", "million yuan/yr, for mechanisms")
    treasury_outlay: float = of("", "million yuan/yr, of public outlay, paid by treasuries of cities")
    public_return: float = of("", "million yuan/yr, returned to public accounts by mechanisms")
    own_revenue: float = of("", "million yuan/yr, of treasuries, provinces and the nation, without transfers")
    receipts: np.ndarray = of("(R,)", "million yuan/yr, of treasuries")
    outlays: np.ndarray = of("(R,)", "million yuan/yr, of treasuries")


@dataclass(frozen=True)
class Migration:
    """Phase talent: migration, its determinants, and demography."""

    people_before: np.ndarray = of("(R, 2)", "persons")
    workers_flow: np.ndarray = of("(R, R)", "persons/yr")
    talent_flow: np.ndarray = of("(R, R)", "persons/yr")
    welfare: np.ndarray = of("(R, 2)", "log")
    rent: np.ndarray = of("(R,)", "1, nominal")
    living: np.ndarray = of("(R,)", "1, nominal cost of living")
    services: np.ndarray = of("(R,)", "per head, base-year national mean 1")
    environment: np.ndarray = of("(R,)", "1")
    born: np.ndarray = of("(R, 2)", "persons/yr, births less deaths")
    graduates: np.ndarray = of("(R,)", "persons/yr")

    @property
    def flows(self) -> tuple[np.ndarray, np.ndarray]:
        """Moves of workers and of talent."""
        return self.workers_flow, self.talent_flow


@dataclass(frozen=True)
class Renewal:
    """Phase industry: exit, relocation and entry of firms, and new capital."""

    moves: Moves
    firms: np.ndarray = of("(R, S)", "firm agents, at the start of the year")
    real_firms: np.ndarray = of("(R, S)", "firms, at the start of the year")
    entry: np.ndarray = of("(R, S)", "firm agents/yr")
    exit: np.ndarray = of("(R, S)", "firm agents/yr")
    branches: np.ndarray = of("(R, S)", "firm agents/yr")
    scrapped: np.ndarray = of("(R,)", "million yuan/yr, real, of closed firms and of directed money")
    tail: float = of("", "1, Hill exponent of firm sizes")
    capital_flow: np.ndarray = of("(R, R)", "million yuan/yr, real, from savers in i to j")
    classes: np.ndarray | None = of(
        "(zones, 3, 3, 3, 3)",
        "capital, real firms and nominal value added, by zone, age, size and ownership, at the start of the year",
    )
    audit_capital: float = of("", "1, largest relative break")


@dataclass(frozen=True)
class Learning:
    """Phase learn: emissions; the stocks of knowledge, services, infrastructure and environment are in the state."""

    emissions: np.ndarray = of("(R,)", "kt CO2/yr")


@dataclass(frozen=True)
class Observation:
    """Phase observe: what is recorded of the year, by name of `sim.catalogue.VARIABLES`."""

    record: dict[str, np.ndarray]


@dataclass(frozen=True)
class Year:
    """Results of the phases of a year, in their order."""

    policy: Policy
    connect: Connection
    invest: Placement
    produce: Production
    settle: Closing
    talent: Migration
    industry: Renewal
    learn: Learning
    observe: Observation
