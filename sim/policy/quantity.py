"""Shape and unit of the fields of typed results, stated once, in the field."""

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
    """Return the quantities of the fields of a typed result, by name."""
    by_name = {f.name: f.metadata.get("quantity") for f in dataclasses.fields(result)}
    return {name: quantity for name, quantity in by_name.items() if quantity is not None}
