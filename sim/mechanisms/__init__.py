"""Policy instruments, one file each; adding one is a line in each list below."""

from __future__ import annotations

from typing import Annotated, Union

from pydantic import Field

from sim.mechanisms.base import Funding, Mechanism
from sim.mechanisms.enclave import Enclave
from sim.mechanisms.fiscal_transfer import FiscalTransfer
from sim.mechanisms.investment_fund import InvestmentFund

MECHANISMS: dict[str, type[Mechanism]] = {
    "enclave": Enclave,
    "fiscal_transfer": FiscalTransfer,
    "investment_fund": InvestmentFund,
}

# written out, so that a reader and a type checker see every kind
MechanismSpec = Annotated[
    Union[Enclave, FiscalTransfer, InvestmentFund],  # noqa: UP007
    Field(discriminator="kind"),
]

__all__ = ["MECHANISMS", "Enclave", "FiscalTransfer", "Funding", "InvestmentFund", "Mechanism", "MechanismSpec"]
