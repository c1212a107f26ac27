"""Required documentation of a kind: its kind, purpose, when it hurts, unit and basis of its fields."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sim.policy.evidence import Finding
from sim.policy.mechanism import Mechanism
from sim.policy.registry import kind_of

UNIT = re.compile(r"\[([^\[\]]+)\]$")


def kind_problems(cls: type[Mechanism]) -> list[str]:
    """Return the problems of the name and the docstring of a kind."""
    kind, annotation = kind_of(cls), cls.model_fields["kind"].annotation
    sentences = []
    if get_origin(annotation) is not Literal or get_args(annotation) != (kind,):
        sentences.append(f"its field kind is not a Literal; expected kind: Literal['{kind}'] = '{kind}'")
    sentences += purpose_problems(cls)
    if not all(isinstance(one, (str, Finding)) and str(one).strip() for one in cls.evidence):
        sentences.append("its evidence is not a tuple of texts or findings")
    return sentences


def purpose_problems(cls: type) -> list[str]:
    """Return the problems of a docstring: what a kind does, and when it hurts."""
    sentences = []
    purpose = (cls.__dict__.get("__doc__") or "").strip()
    if not purpose:
        sentences.append("it has no docstring; expected what it does and when it hurts")
    elif not hurts(purpose):
        sentences.append("its docstring does not say when it hurts; expected a sentence with the word 'hurt'")
    elif hurts(purpose) == purpose.replace("\n", " "):
        sentences.append("its docstring does not say what it does; expected a sentence on it before when it hurts")
    return sentences


def hurts(purpose: str) -> str:
    """Return the sentences of a docstring that say when a kind hurts."""
    sentences = re.split(r"(?<=[.;!?])\s+(?=[A-Z])", " ".join(purpose.split()))
    return " ".join(s for s in sentences if "hurt" in s)


def field_problems(cls: type[BaseModel]) -> list[str]:
    """Return the problems of the descriptions of a kind's fields, nested ones included."""
    sentences = []
    for name, field in _described(cls):
        text, extra = (field.description or "").strip(), field.json_schema_extra
        if not text:
            sentences.append(f"field '{name}' has no description")
            continue
        unit = UNIT.search(text)
        if is_number(field.annotation) and unit is None:
            sentences.append(
                f"field '{name}' is a number without a unit; expected it in brackets at the end: '{text} [1]'"
            )
        if isinstance(extra, dict) and "unit" in extra:
            if unit is None or unit.group(1) != extra["unit"]:
                sentences.append(f"field '{name}' has the unit '{extra['unit']}', but its description ends otherwise")
            if not str(extra.get("basis", "")).strip():
                sentences.append(f"field '{name}' has no basis; expected a source, or 'assumption'")
    return sentences


def _described(cls: type[BaseModel], above: str = "") -> Iterator[tuple[str, FieldInfo]]:
    for name, field in cls.model_fields.items():
        if name != "kind":
            yield f"{above}{name}", field
            for inside in _models(field.annotation):
                yield from _described(inside, f"{above}{name}.")


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation) if get_origin(annotation) is not Literal else ():
        yield from _models(part)


def is_number(annotation: Any) -> bool:
    """Return whether an annotation is of numbers, or contains them."""
    if get_origin(annotation) is Literal:
        return False
    return annotation in (int, float) or any(is_number(part) for part in get_args(annotation))
