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
    air_routes="sim.mechanisms.connect.air_routes:AirRoutes",
    carbon_market="sim.mechanisms.ecology.carbon_market:CarbonMarket",
    commuting_circle="sim.mechanisms.connect.commuting_circle:CommutingCircle",
    digital_network="sim.mechanisms.connect.digital_network:DigitalNetwork",
    ecological_compensation="sim.mechanisms.ecology.ecological_compensation:EcologicalCompensation",
    education_sharing="sim.mechanisms.people.service_sharing:ServiceSharing",
    enclave="sim.mechanisms.zones.enclave:Enclave",
    evaluation="sim.mechanisms.institutions.evaluation:Evaluation",
    external_gateway="sim.mechanisms.markets.external_gateway:ExternalGateway",
    finance_platform="sim.mechanisms.finance.finance_platform:FinancePlatform",
    fiscal_transfer="sim.mechanisms.public.fiscal_transfer:FiscalTransfer",
    function_relief="sim.mechanisms.industry.function_relief:FunctionRelief",
    industrial_upgrading="sim.mechanisms.industry.industrial_upgrading:IndustrialUpgrading",
    innovation_platform="sim.mechanisms.innovation.innovation_platform:InnovationPlatform",
    investment_fund="sim.mechanisms.finance.investment_fund:InvestmentFund",
    investment_promotion="sim.mechanisms.industry.investment_promotion:InvestmentPromotion",
    joint_lab="sim.mechanisms.innovation.joint_lab:JointLab",
    logistics_hub="sim.mechanisms.connect.logistics_hub:LogisticsHub",
    market_integration="sim.mechanisms.markets.market_integration:MarketIntegration",
    paired_assistance="sim.mechanisms.institutions.paired_assistance:PairedAssistance",
    pilot_zone="sim.mechanisms.institutions.pilot_zone:PilotZone",
    policy_fit="sim.mechanisms.institutions.policy_fit:PolicyFit",
    property_exchange="sim.mechanisms.finance.property_exchange:PropertyExchange",
    public_private_partnership="sim.mechanisms.institutions.public_private_partnership:PublicPrivatePartnership",
    residence_rights="sim.mechanisms.people.residence_rights:ResidenceRights",
    sales_link="sim.mechanisms.markets.sales_link:SalesLink",
    shock="sim.mechanisms.markets.shock:Shock",
    soe_merger="sim.mechanisms.institutions.soe_merger:SoeMerger",
    talent_market="sim.mechanisms.people.talent_market:TalentMarket",
    talent_sharing="sim.mechanisms.people.talent_sharing:TalentSharing",
    trade_platform="sim.mechanisms.markets.trade_platform:TradePlatform",
    transport_corridor="sim.mechanisms.connect.transport_corridor:TransportCorridor",
    zone_link="sim.mechanisms.zones.zone_link:ZoneLink",
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
