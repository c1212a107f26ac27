"""Validation errors as sentences: key, error, expectation, nearest word."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from sim.documents import Key, dotted
from sim.errors import choices_in, echoes, nearest, sentence, unknown
from sim.policy.registry import ByKind

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Problem:
    """One error of a config.

    Attributes
    ----------
    path : tuple
        Keys from the top.
    text : str
        What is wrong and what is expected.
    code : str
        Which error it is, for programs: pydantic's type of error, or one of ours; may be empty.
    """

    path: Key
    text: str
    code: str = field(default="", compare=False)

    @property
    def sentence(self) -> str:
        """The error with its key path."""
        return f"{dotted(self.path)}: {self.text}" if self.path else self.text


def validate(model: type[M], data: Any) -> tuple[M | None, list[Problem]]:
    """Validate data, with all errors.

    Parameters
    ----------
    model : type
        A pydantic model.
    data : dict

    Returns
    -------
    (model or None, list of Problem)
        The object, or None and every error.
    """
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        return None, problems_in(model, data, error)


def problems_in(model: type[BaseModel], data: Any, error: ValidationError) -> list[Problem]:
    """Return the errors that pydantic found in data of a model."""
    found = error.errors(include_url=False)
    return [_problem(model, data, e) for e in found if not echoes(e, found)]


def _problem(model: type[BaseModel], data: Any, error: Mapping[str, Any]) -> Problem:
    path = _overridden(data, _data_path(data, error["loc"]), error.get("input"))
    return Problem(path, _text(model, error), str(error["type"]))


def _overridden(data: Any, path: Key, value: Any) -> Key:
    """Return the path inside ``overrides`` if the invalid value is in it; pydantic names the mechanism's key."""
    here = data
    for i, step in enumerate(path):
        overrides = here.get("overrides") if isinstance(here, Mapping) else None
        if isinstance(overrides, Mapping) and (step not in here or here[step] != value):
            for selector, fields in overrides.items():
                if isinstance(fields, Mapping) and step in fields and fields[step] == value:
                    return (*path[:i], "overrides", selector, *path[i:])
        try:
            here = here[step]
        except (KeyError, IndexError, TypeError):
            return path
    return path


def _data_path(data: Any, loc: Sequence[Any]) -> Key:
    """Drop the union tags that pydantic puts between keys."""
    path: list[Any] = []
    here = data
    for i, step in enumerate(loc):
        last = i == len(loc) - 1
        if isinstance(here, Mapping):
            if here.get("kind") == step and step not in here:
                continue
            here = here.get(step)
        elif isinstance(here, Sequence) and not isinstance(here, str) and isinstance(step, int) and step < len(here):
            here = here[step]
        elif not last:
            continue
        if step != "[key]":
            path.append(step)
    return tuple(path)


def _text(model: type[BaseModel], error: Mapping[str, Any]) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        names = field_names(model, error["loc"][:-1])
        return f"unknown key; expected one of {', '.join(names)}" + nearest(error["loc"][-1], names)
    if kind == "missing":
        return f"missing; expected {_meaning(model, error['loc'])}"
    if kind == "union_tag_invalid":
        return unknown("kind", context["tag"], choices_in(context["expected_tags"]))
    if kind == "union_tag_not_found":
        return f"missing kind; expected one of {', '.join(_tags(model, error['loc']))}"
    inner = context.get("error")
    if isinstance(inner, ValidationError):  # a mechanism's settings for one target
        return "; ".join(f"{dotted(e['loc'])}: {e['msg']}" for e in inner.errors(include_url=False))
    return sentence(error)


def _meaning(model: type[BaseModel], loc: Sequence[Any]) -> str:
    info = field_at(model, loc)
    return (info.description if info and info.description else "a value").rstrip(".")


def field_names(model: type[BaseModel], loc: Sequence[Any]) -> list[str]:
    """Return the keys that are valid at a position, walking `model` along `loc`."""
    owner = _class_at(model, loc)
    return [info.alias or name for name, info in owner.model_fields.items()] if owner else []


def field_at(model: type[BaseModel], loc: Sequence[Any]) -> FieldInfo | None:
    """Return the field at a position, or None in a free part of the config."""
    owner = _class_at(model, loc[:-1]) if loc else None
    fields = owner.model_fields.items() if owner else ()
    return next((info for name, info in fields if loc[-1] in (name, info.alias)), None)


def _tags(model: type[BaseModel], loc: Sequence[Any]) -> list[str]:
    annotation: Any = model
    for step in loc:
        annotation = _step(annotation, step)
    return [t for c in _members(annotation) for t in _kinds(c)]


def _class_at(model: type[BaseModel], loc: Sequence[Any]) -> type[BaseModel] | None:
    annotation: Any = model
    for step in loc:
        annotation = _step(annotation, step)
    classes = [c for c in _members(annotation) if isinstance(c, type) and issubclass(c, BaseModel)]
    return classes[0] if classes else None


def _members(annotation: Any) -> list[Any]:
    """Return the alternatives of an annotation, without `Annotated` and `Union` around them.

    What is chosen by its kind is one alternative, the `ByKind` that knows the classes.
    """
    origin = get_origin(annotation)
    if origin is Annotated:
        return [m for m in get_args(annotation) if isinstance(m, ByKind)] or _members(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return [m for a in get_args(annotation) for m in _members(a)]
    return [annotation]


def _kinds(owner: Any) -> tuple[str, ...]:
    if isinstance(owner, ByKind):
        return tuple(owner.kinds)
    info = getattr(owner, "model_fields", {}).get("kind")
    return get_args(info.annotation) if info and get_origin(info.annotation) is Literal else ()


def _step(annotation: Any, step: Any) -> Any:
    for member in _members(annotation):
        origin = get_origin(member)
        if isinstance(member, ByKind) and step in member.kinds:
            return member.kinds[step]
        if origin in (tuple, list):
            return get_args(member)[0]
        if origin is dict:
            return get_args(member)[1]
        if isinstance(member, type) and issubclass(member, BaseModel):
            if step in member.model_fields:
                return member.model_fields[step].annotation
            if step in _kinds(member):
                return member
    return annotation
