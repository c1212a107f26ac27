"""Policy instruments, one file each; adding one is a line below: its kind, and where its class is."""

from __future__ import annotations

from typing import Any

from sim.policy.mechanism import Funding, Mechanism
from sim.policy.registry import KINDS, MechanismSpec

KINDS.own.update(
    enclave="sim.mechanisms.zones.enclave:Enclave",
    fiscal_transfer="sim.mechanisms.public.fiscal_transfer:FiscalTransfer",
    investment_fund="sim.mechanisms.finance.investment_fund:InvestmentFund",
    transport_corridor="sim.mechanisms.connect.transport_corridor:TransportCorridor",
)

# every kind there is, those of other packages included
MECHANISMS = KINDS

__all__ = ["MECHANISMS", "Funding", "Mechanism", "MechanismSpec"]


def __getattr__(name: str) -> Any:
    """Return the class of an own kind by its name."""
    for kind, place in KINDS.own.items():
        if place.endswith(f":{name}"):
            return KINDS[kind]
    raise AttributeError(f"module 'sim.mechanisms' has no attribute '{name}'")
