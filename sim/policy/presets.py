"""Presets: kinds without code. A YAML file gives a kind other defaults, a text, evidence, an example.

::

    kind: canal
    of: transport_corridor
    text: Builds a canal. It hurts ...
    defaults: {mode: waterway, speed: 25}
    evidence: [...]
    hurts: [...]
    example: {cities: [nanning, qinzhou]}
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, ValidationError, create_model
from pydantic.fields import FieldInfo

from sim import documents
from sim.errors import UserError, echoes, nearest, sentence
from sim.parameters import Strict
from sim.policy.evidence import Finding, Harm
from sim.policy.mechanism import Mechanism
from sim.policy.registry import KINDS
from sim.policy.targets import spellings

SUFFIXES = (".yaml", ".yml")
FIXED = ("kind", "name")  # fields that a preset cannot give another default
Path = tuple[Any, ...]


class PresetError(Exception):
    """A file that is not a valid preset; each message has the file, line, column, key and error.

    Attributes
    ----------
    messages : list of str
    """

    def __init__(self, messages: list[str]):
        self.messages = messages
        super().__init__("; ".join(messages))


class Preset(Strict):
    """The keys of a file."""

    kind: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    of: str
    text: Annotated[str, Field(min_length=1)]
    defaults: dict[str, Any] = Field(default_factory=dict)
    study: str = ""
    evidence: tuple[str | Finding, ...] = ()
    hurts: tuple[Harm, ...] = ()
    example: dict[str, Any] = Field(default_factory=dict)


def make(text: str, source: str, module: str, bundled: bool = False) -> type[Mechanism]:
    """Make a kind of a preset.

    Parameters
    ----------
    text : str
        In YAML.
    source : str
        The file, as messages name it.
    module : str
        To which the class shall belong.
    bundled : bool
        Whether it comes with Hinterland, whose names others cannot take.

    Raises
    ------
    PresetError
    """
    data, positions = _read(text, source)

    def refuse(problems: list[tuple[Path, str]]) -> None:
        if problems:
            raise PresetError(
                [f"{_position(positions, path, source)}: {_named(path)}{problem}" for path, problem in problems]
            )

    try:
        preset = Preset.model_validate(data)
    except ValidationError as error:
        refuse([(e["loc"], _sentence(e, list(Preset.model_fields))) for e in _errors(error)])
        raise
    refuse([] if preset.of in KINDS else [(("of",), _unknown("kind", preset.of, list(KINDS)))])
    if not bundled and preset.kind in KINDS.own:
        refuse([(("kind",), f"'{preset.kind}' is a kind of Hinterland itself; expected another name")])
    base = KINDS[preset.of]
    fields, problems = _fields(preset, base)
    refuse(problems)
    cls = _class(preset, base, fields, module)
    try:
        cls.model_validate(preset.example)
    except ValidationError as error:
        refuse([(("example", *e["loc"]), _sentence(e, _keys(base, e["loc"][:-1]))) for e in _errors(error)])
    return cls


def class_name(kind: str) -> str:
    """Return the name of the class of a preset."""
    return "".join(part.capitalize() for part in kind.split("_"))


def _class(preset: Preset, base: type[Mechanism], fields: dict[str, Any], module: str) -> type[Mechanism]:
    name, kind = class_name(preset.kind), preset.kind
    made: dict[str, Any] = {"kind": (Literal[kind], kind), **fields}
    cls: type[Mechanism] = create_model(name, __base__=base, __module__=module, __doc__=preset.text, **made)
    examples = (preset.example, *_fitting(cls, base))
    cls.preset_of = base
    cls.study = preset.study or base.study
    cls.evidence = preset.evidence or base.evidence
    cls.hurts = preset.hurts or base.hurts
    cls.examples = classmethod(lambda _: examples)  # type: ignore[method-assign,assignment]
    return cls


def _fitting(cls: type[Mechanism], base: type[Mechanism]) -> Iterator[dict[str, Any]]:
    """Yield the examples of the base that make sense with the other defaults."""
    for example in base.examples():
        try:
            cls.model_validate(example)
        except ValidationError:
            continue
        yield example


def _fields(preset: Preset, base: type[Mechanism]) -> tuple[dict[str, Any], list[tuple[Path, str]]]:
    """Return the fields with other defaults, as `create_model` takes them, and what is wrong with these."""
    known = {key: name for name, field in base.model_fields.items() for key in spellings(name, field)}
    choices = [name for name in base.model_fields if name not in FIXED]
    fields: dict[str, Any] = {}
    problems: list[tuple[Path, str]] = []
    for key, value in preset.defaults.items():
        name = known.get(key)
        if name is None or name in FIXED:
            problems.append((("defaults", key), _unknown("setting", key, choices)))
            continue
        field = base.model_fields[name]
        meant: Any = Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
        try:
            default = _default(meant, value)
        except ValidationError as error:
            problems += [
                (("defaults", key, *e["loc"][1:]), _sentence(e, _keys(base, (name, *e["loc"][1:-1]))))
                for e in _errors(error)
            ]
            continue
        fields[name] = (meant, _other(field, default, bool(preset.evidence)))
    return fields, problems


def _default(meant: Any, value: Any) -> Any:
    """Return a default as the type of its field reads it, as strictly as in a config."""
    holder: Any = create_model("Default", __base__=Strict, value=(meant, ...))
    return holder.model_validate({"value": value}).value


def _keys(owner: Any, path: Path) -> list[str]:
    """Return the keys that a class, or the class of a field at a path, accepts."""
    for step in path:
        field = owner.model_fields.get(step)
        inside = () if field is None else (field.annotation, *get_args(field.annotation))
        owner = next((part for part in inside if hasattr(part, "model_fields")), None)
        if owner is None:
            return []
    return list(owner.model_fields)


def _other(field: FieldInfo, default: Any, founded: bool) -> Any:
    """Return a field with another default; what the old one rested on does not carry over."""
    extra: dict[str, Any] = dict(field.json_schema_extra) if isinstance(field.json_schema_extra, dict) else {}
    if "basis" in extra:
        extra["basis"] = "see the evidence of the preset" if founded else "assumption"
    low, high = extra.get("range", (-math.inf, math.inf))
    if isinstance(default, (int, float)) and not low <= default <= high:
        extra.pop("range")
    more: dict[str, Any] = {} if field.validation_alias is None else {"validation_alias": field.validation_alias}
    return Field(default=default, description=field.description, json_schema_extra=extra or None, **more)


def _read(text: str, source: str) -> tuple[Any, dict[Path, str]]:
    """Return plain data, and the position of each key."""
    try:
        document = documents.parse(text, source, ", ".join(Preset.model_fields))
        document.raise_problems()
    except UserError as error:
        raise PresetError(error.messages) from error
    return document.data, document.positions


def _position(positions: Mapping[Path, str], path: Path, source: str) -> str:
    while path and path not in positions:
        path = path[:-1]
    return positions.get(path, f"{source}:1:1")


def _named(path: Path) -> str:
    return f"{'.'.join(map(str, path))}: " if path else ""


def _errors(error: ValidationError) -> list[Any]:
    found = error.errors(include_url=False)
    return [e for e in found if not echoes(e, found)]


def _unknown(what: str, word: str, choices: list[str]) -> str:
    return f"unknown {what} '{word}'; expected one of {', '.join(choices)}{nearest(word, choices)}"


def _sentence(error: Mapping[str, Any], choices: list[str]) -> str:
    """Return what pydantic found, as a sentence."""
    if error["type"] == "extra_forbidden":
        return _unknown("key", error["loc"][-1], choices) if choices else "unknown key"
    if error["type"] == "missing":
        return "missing; expected a value"
    if error["type"] == "string_pattern_mismatch" and error["loc"] == ("kind",):
        return f"'{error['input']}' is not a valid name; expected lower-case letters, digits and '_', a letter first"
    return sentence(error)
