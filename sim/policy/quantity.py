"""What a field of a typed result is: shape and unit, said once, beside the field."""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple


class Quantity(NamedTuple):
    """Shape and unit of a figure."""

    shape: str
    unit: str

    def __str__(self) -> str:
        return f"{self.shape} {self.unit}".strip()


def of(shape: str, unit: str) -> Any:
    """Return a dataclass field with its shape and unit.

    Parameters
    ----------
    shape : str
        Such as ``(R, S)``; empty for a single number.
    unit : str
    """
    return dataclasses.field(metadata={"quantity": Quantity(shape, unit)})


def quantities(result: Any) -> dict[str, Quantity]:
    """Return what the fields of a typed result are, by name."""
    found = {f.name: f.metadata.get("quantity") for f in dataclasses.fields(result)}
    return {name: quantity for name, quantity in found.items() if quantity is not None}
