"""City governments as plug-ins: the contract of city rules, and the bundled ones (docs/model.md 9.16)."""

from sim.policy.cities.registry import RULES, is_rule
from sim.policy.cities.rule import Bounds, City, Decision, RefusedDecision, decide, peers

__all__ = ["RULES", "Bounds", "City", "Decision", "RefusedDecision", "decide", "is_rule", "peers"]
