"""Policy instruments, one file each; a new one needs one line below: its kind, and the path of its class."""

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

# all kinds, including those of other packages
MECHANISMS = KINDS

__all__ = ["MECHANISMS", "Funding", "Mechanism", "MechanismSpec"]


def __getattr__(name: str) -> Any:
    """Return the class of a kind of the package by its name."""
    for kind, path in KINDS.own.items():
        if path.endswith(f":{name}"):
            return KINDS[kind]
    raise AttributeError(f"module 'sim.mechanisms' has no attribute '{name}'")
