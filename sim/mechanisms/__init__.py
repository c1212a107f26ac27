"""Policy instruments, one file each; adding one is a line in each list below."""

from __future__ import annotations

from typing import Annotated, Union

from pydantic import Field

from sim.mechanisms.base import Funding, Mechanism
from sim.mechanisms.enclave import Enclave
from sim.mechanisms.fiscal_transfer import FiscalTransfer
from sim.mechanisms.investment_fund import InvestmentFund
from sim.mechanisms.transport_corridor import TransportCorridor

MECHANISMS: dict[str, type[Mechanism]] = {
    "enclave": Enclave,
    "fiscal_transfer": FiscalTransfer,
    "investment_fund": InvestmentFund,
    "transport_corridor": TransportCorridor,
}

# written out, so that a reader and a type checker see every kind
MechanismSpec = Annotated[
    Union[Enclave, FiscalTransfer, InvestmentFund, TransportCorridor],  # noqa: UP007
    Field(discriminator="kind"),
]

__all__ = [
    "MECHANISMS",
    "Enclave",
    "FiscalTransfer",
    "Funding",
    "InvestmentFund",
    "Mechanism",
    "MechanismSpec",
    "TransportCorridor",
]
