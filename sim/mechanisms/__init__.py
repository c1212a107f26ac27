"""Policy instruments, one file each; adding one is a line in each list below."""

from __future__ import annotations

from typing import Annotated, Union

from pydantic import Field

from sim.mechanisms.connect.transport_corridor import TransportCorridor
from sim.mechanisms.finance.investment_fund import InvestmentFund
from sim.mechanisms.public.fiscal_transfer import FiscalTransfer
from sim.mechanisms.zones.enclave import Enclave
from sim.policy.mechanism import Funding, Mechanism

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
