"""Keys that are given with a range, a list of values, or nothing: the range of the parameter table then."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from sim.config.schema.axes import Range, Values, axis


def _maybe(given: Any) -> Any:
    return None if given is None or given == {} else axis(given)


def _by_key(given: Any) -> Any:
    """Read a list of keys as keys without a range."""
    if isinstance(given, (list, tuple)) and all(isinstance(key, str) for key in given):
        return dict.fromkeys(given)
    return given


Nothing = Annotated[dict[str, Any], Field(max_length=0)]
MaybeAxis = Annotated[
    tuple[Any, ...] | Range | None, BeforeValidator(_maybe, json_schema_input_type=Values | Range | Nothing | None)
]
Inputs = Annotated[
    dict[str, MaybeAxis],
    BeforeValidator(_by_key, json_schema_input_type=dict[str, Values | Range | Nothing | None] | list[str]),
]
