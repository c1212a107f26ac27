"""Settings with which the laws are those of earlier versions (f2f32bb to 520f6aa), where newer ones nest them."""

from __future__ import annotations

from typing import Any

PARAMETERS: dict[str, Any] = {"capital.size_persistence": 1}
# Equal cells, all planned money raised, all of it capital, no fee; a part of the seed is not paid.
FUND: dict[str, Any] = {
    "size_weight": 0, "raised": 1, "delivery": 0.43, "recycled_leverage": 1, "saturation": None, "talent_exponent": 0,
    "adverse_selection": 0, "fee": 0,
}  # fmt: skip


def overrides(fund: str) -> list[str]:
    """Return the texts of ``--set`` for a config in which a dotted key leads to a fund."""
    parameters = [f"parameters.{key}={value}" for key, value in PARAMETERS.items()]
    return parameters + [f"{fund}.{key}={'null' if value is None else value}" for key, value in FUND.items()]
