"""Policy instruments, one file each; a new one needs one line below: its kind, and the path of its class.

Presets, kinds without code, need no line: each file in the folder ``presets`` is one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sim.policy.mechanism import Funding, Mechanism
from sim.policy.presets import class_name
from sim.policy.registry import KINDS, MechanismSpec

KINDS.own.update(
    ecological_compensation="sim.mechanisms.ecology.ecological_compensation:EcologicalCompensation",
    education_sharing="sim.mechanisms.people.service_sharing:ServiceSharing",
    enclave="sim.mechanisms.zones.enclave:Enclave",
    fiscal_transfer="sim.mechanisms.public.fiscal_transfer:FiscalTransfer",
    investment_fund="sim.mechanisms.finance.investment_fund:InvestmentFund",
    paired_assistance="sim.mechanisms.institutions.paired_assistance:PairedAssistance",
    pilot_zone="sim.mechanisms.institutions.pilot_zone:PilotZone",
    policy_fit="sim.mechanisms.institutions.policy_fit:PolicyFit",
    public_private_partnership="sim.mechanisms.institutions.public_private_partnership:PublicPrivatePartnership",
    residence_rights="sim.mechanisms.people.residence_rights:ResidenceRights",
    talent_market="sim.mechanisms.people.talent_market:TalentMarket",
    talent_sharing="sim.mechanisms.people.talent_sharing:TalentSharing",
    transport_corridor="sim.mechanisms.connect.transport_corridor:TransportCorridor",
)
KINDS.own.update({
    file.stem: f"sim.mechanisms.presets:{class_name(file.stem)}"
    for file in sorted((Path(__file__).resolve().parent / "presets").glob("*.yaml"))
})  # fmt: skip

# all kinds, including those of other packages
MECHANISMS = KINDS

__all__ = ["MECHANISMS", "Funding", "Mechanism", "MechanismSpec"]


def __getattr__(name: str) -> Any:
    """Return the class of a kind of the package by its name."""
    for kind, path in KINDS.own.items():
        if path.endswith(f":{name}"):
            return KINDS[kind]
    raise AttributeError(f"module 'sim.mechanisms' has no attribute '{name}'")
