"""A config as YAML, and as Python that builds it: what its defaults do not say already."""

from __future__ import annotations

import io
import json
import keyword
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML

import sim
from sim.mechanisms import MECHANISMS
from sim.policy.mechanism import Mechanism
from sim.policy.plugins import of_name

WIDTH = 120
_INDENT = "    "
_LONG = 60  # letters of a list that recurs, from which on it has a variable


@dataclass(frozen=True)
class Call:
    """An object as the call that builds it.

    Attributes
    ----------
    cls : type
    given : dict of str to object
        Arguments by field: calls, or lists and dicts of them, or plain values.
    """

    cls: type[BaseModel]
    given: dict[str, Any]


def call_of(value: Any) -> Any:
    """Return an object as a call with those arguments alone that its defaults do not say already.

    Parameters
    ----------
    value : object
        A config, a part of one, or a plain value, which is returned as it is.

    Examples
    --------
    >>> from sim.config import Scenario
    >>> call_of(Scenario(name="mine", years=20)).given
    {'name': 'mine', 'years': 20}
    """
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        given = {name: _numbers(part, fields[name].annotation) for name, part in _given(value).items()}
        return Call(type(value), {name: _whole(call_of(part)) for name, part in given.items()})
    if isinstance(value, Mapping):
        return {key: call_of(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(call_of(part) for part in value)
    return value


def _numbers(value: Any, annotation: Any) -> Any:
    """Return a mapping to numbers of a known type with whole ones without decimals; anything else as it is."""
    kind = get_args(annotation)[1] if get_origin(annotation) is dict else None
    number = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    return {key: _whole(part) for key, part in value.items()} if number is float else value


def _whole(value: Any) -> Any:
    """Return a whole number without its decimals; the field that takes it has a type."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _given(config: BaseModel) -> dict[str, Any]:
    plain, found = _by_default(config), {}
    for name, field in type(config).model_fields.items():
        value = getattr(config, name)
        decides = name in getattr(config, "decisive", ())
        other = field.get_default(call_default_factory=True) if decides else getattr(plain, name)
        if field.is_required() or decides and value != other:
            found[name] = value
        elif value != other:
            merged = name in getattr(config, "merged", ())
            found[name] = _difference(value, other) if merged else value
    return found


def _by_default(config: BaseModel) -> BaseModel:
    """Return an object of the same class with as little given as can be."""
    cls = type(config)
    needed = [name for name, field in cls.model_fields.items() if field.is_required()]
    given = {name: getattr(config, name) for name in [*needed, *getattr(cls, "decisive", ())]}
    try:
        return cls.model_validate(given)
    except ValidationError:  # it needs one of several fields
        return cls.model_construct(**given)


def _difference(value: BaseModel, other: BaseModel) -> Call:
    """Return the values, part by part, in which one object differs from another of its class."""
    given = {}
    for name in type(value).model_fields:
        own, others = getattr(value, name), getattr(other, name)
        if own != others:
            given[name] = _difference(own, others) if isinstance(own, BaseModel) else _whole(own)
    return Call(type(value), given)


def yaml_text(config: BaseModel) -> str:
    """Return a config as YAML, short collections in a line; see `call_of`."""
    data = _plain(call_of(config))
    files = [plugin.paths[0] for name in _foreign(config) if (plugin := of_name(name)) is not None]
    if files:
        data = {"kind": data.pop("kind"), "mechanisms_from": list(dict.fromkeys(files)), **data}
    yaml, out = YAML(), io.StringIO()
    yaml.default_flow_style, yaml.width, yaml.allow_unicode = None, WIDTH, True
    yaml.dump(data, out)
    return out.getvalue()


def _plain(part: Any) -> Any:
    """Return what a config file holds: the kind of each object that has one, and its arguments by their key."""
    if isinstance(part, Call):
        fields = part.cls.model_fields
        kind = {"kind": fields["kind"].default} if "kind" in fields else {}
        return kind | {fields[name].alias or name: _plain(value) for name, value in part.given.items()}
    if isinstance(part, Mapping):
        return {key: _plain(value) for key, value in part.items()}
    return [_plain(value) for value in part] if isinstance(part, (list, tuple)) else part


def _foreign(part: Any) -> Iterator[str]:
    """Yield the kinds of mechanisms and the city rules in a config that are not of the package."""
    if isinstance(part, Mechanism) and part.kind not in MECHANISMS.own:
        yield part.kind
    if isinstance(part, BaseModel):
        part = {name: getattr(part, name) for name in type(part).model_fields}
    if isinstance(part, str) and ":" in part:
        yield part
    for value in part.values() if isinstance(part, Mapping) else part if isinstance(part, (list, tuple)) else ():
        yield from _foreign(value)


def python_text(config: BaseModel) -> str:
    """Return Python that builds a config as ``config``: its mechanisms first, then the rest."""
    names = _variables(call_of(config))
    writer = _Writer(names)
    lines = [line for part, name in names for line in writer.lines(f"{name} = ", part, "", own=name)]
    lines += writer.lines("config = ", call_of(config), "")
    return "\n".join([*_imports(writer.used), *lines]) + "\n"


def _imports(names: set[str]) -> list[str]:
    text = f"from hinterland import {', '.join(sorted(names))}"
    if len(text) <= WIDTH:
        return [text]
    return ["from hinterland import (", *_filled([f"{name}," for name in sorted(names)]), ")"]


def _filled(words: list[str]) -> list[str]:
    """Return words in lines of at most `WIDTH` letters, indented."""
    lines: list[str] = []
    for word in words:
        if lines and len(lines[-1]) + 1 + len(word) <= WIDTH:
            lines[-1] += f" {word}"
        else:
            lines.append(_INDENT + word)
    return lines


def _variables(config: Call) -> list[tuple[Any, str]]:
    """Return the parts that have a variable: long lists that recur, and mechanisms, by their names."""
    mechanisms = list(_mechanisms(config))
    named = [(_name_of(call), call) for call in mechanisms]
    lists = [
        (name, part)
        for call in dict(named).values()
        for name, part in call.given.items()
        if isinstance(part, list) and len(repr(part)) > _LONG
    ]
    recurring = [(name, part) for name, part in lists if sum(other == part for _, other in lists) > 1]
    found: dict[str, list[Any]] = {}
    for name, part in [*recurring, *named]:
        if part not in found.setdefault(name, []):
            found[name].append(part)
    fit = {name: parts[0] for name, parts in found.items() if len(parts) == 1 and _is_free(name)}
    return [(part, name) for name, part in fit.items()]


def _name_of(mechanism: Call) -> str:
    return str(mechanism.given.get("name", mechanism.cls.model_fields["kind"].default))


def _is_free(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name) and name not in ("config", "MECHANISMS")


def _mechanisms(part: Any) -> Iterator[Call]:
    if isinstance(part, Call) and issubclass(part.cls, Mechanism):
        yield part
    elif isinstance(part, Call):
        yield from _mechanisms(part.given)
    for value in part.values() if isinstance(part, Mapping) else part if isinstance(part, (list, tuple)) else ():
        yield from _mechanisms(value)


class _Writer:
    """Writes calls as Python, and remembers the names that it has to import.

    Parameters
    ----------
    names : list of (part, str)
        Parts that have a variable.
    """

    def __init__(self, names: list[tuple[Any, str]]):
        self.names, self.used = names, set[str]()

    def head(self, part: Any) -> tuple[str, list[tuple[str, Any]], str]:
        """Return how a collection or call opens, what it contains, each part after its label, and how it closes."""
        if isinstance(part, Call):
            return f"{self._name(part.cls)}(", [(f"{name}=", value) for name, value in part.given.items()], ")"
        if isinstance(part, Mapping):
            return "{", [(f"{self.line(key)}: ", value) for key, value in part.items()], "}"
        closes = ("[", "]") if isinstance(part, list) else ("(", ",)" if len(part) == 1 else ")")
        return closes[0], [("", value) for value in part], closes[1]

    def _name(self, cls: type[BaseModel]) -> str:
        name = cls.__name__
        if sim.public_class(name) is cls:
            self.used.add(name)
            return name
        if issubclass(cls, Mechanism):
            self.used.add("MECHANISMS")
            return f'MECHANISMS["{cls.model_fields["kind"].default}"]'
        return "dict"  # a part that its owner builds from arguments by name

    def line(self, part: Any, own: str = "") -> str:
        """Return a part in one line."""
        for known, name in self.names:
            if known == part and name != own:
                return name
        if not isinstance(part, (Call, Mapping, list, tuple)):
            return json.dumps(part, ensure_ascii=False) if isinstance(part, str) else repr(part)
        opens, parts, closes = self.head(part)
        return opens + ", ".join(label + self.line(value) for label, value in parts) + closes

    def lines(self, before: str, part: Any, after: str, own: str = "", indent: str = "") -> list[str]:
        """Return a part in as few lines as it fits into."""
        text = f"{indent}{before}{self.line(part, own)}{after}"
        if len(text) <= WIDTH or not isinstance(part, (Call, Mapping, list, tuple)):
            return [text]
        opens, parts, closes = self.head(part)
        found, inner = [f"{indent}{before}{opens}"], indent + _INDENT
        space, fresh = "", False  # a part that is broken into lines ends them
        for k, (label, value) in enumerate(parts):
            ends = f"{closes}{after}" if k == len(parts) - 1 else ","
            text = f"{label}{self.line(value)}{ends}"
            if not fresh and len(found[-1]) + len(space) + len(text) <= WIDTH:
                found[-1] += f"{space}{text}"
                space = " "
            elif len(inner) + len(text) <= WIDTH:
                found.append(inner + text)
                space, fresh = " ", False
            else:
                found += self.lines(label, value, ends, indent=inner)
                fresh = True
        return found
