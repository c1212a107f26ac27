"""The key ``world`` of a scenario: a name, a folder, or an inline definition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Tag

from sim.errors import nearest
from sim.world import InlineWorld, SyntheticWorld, located
from sim.world.own.schema import KINDS


def _form(value: Any) -> str:
    """Which of the forms a value has, so that errors are reported for this one alone."""
    return "name" if isinstance(value, str) else value["kind"] if isinstance(value, Mapping) else value.kind


def _has_form(value: Any) -> Any:
    if isinstance(value, str):
        return located(value)  # absolute: it stays the same folder when the current one changes
    if isinstance(value, (InlineWorld, SyntheticWorld)):
        return value
    kinds = ", ".join(KINDS)
    if not isinstance(value, Mapping):
        text = f"{value!r} is not a world; expected a name, a folder, or keys and values with a kind, one of {kinds}"
        raise ValueError(text)
    kind = value.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        error = "missing kind" if kind is None else f"unknown kind '{kind}'"
        raise ValueError(f"{error}; expected one of {kinds}{nearest(str(kind), KINDS)}")
    return value


WorldField = Annotated[
    Annotated[str, Tag("name")] | Annotated[InlineWorld, Tag("inline")] | Annotated[SyntheticWorld, Tag("synthetic")],
    Discriminator(_form),
    BeforeValidator(_has_form),
]
