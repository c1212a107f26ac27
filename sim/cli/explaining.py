"""The command explain: what a kind of mechanism or a city rule does, reads and decides, and when it hurts."""

from __future__ import annotations

import inspect
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from sim.cli.mechanisms import From, Kind, from_text, kind_of_name, names_rule, rule_of_name
from sim.cli.output import ABSENT, Json, answer, clean, entries, next_steps, paragraph, say, table

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

    from sim.policy.cities import City
    from sim.policy.evidence import Finding
    from sim.policy.mechanism import Mechanism

WORLD, YEARS = "guangzhou", 15  # where and for how long the cost of the example is planned
# Methods of the handle by which orders are posted, where their names differ.
METHODS = {"site": "set_site", "edge": "use_edge", "port": "open_port"}
BOUNDS = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}


def explain(kind: Kind, file: From = None, as_json: Json = False) -> None:
    """Explain a mechanism or city rule: purpose, settings, what it reads, posts or decides, cost, when it hurts."""
    rule = names_rule(kind, file)
    found = rule_facts(kind, rule_of_name(kind, file)) if rule else facts(kind_of_name(kind, file))
    if as_json:
        answer(clean(found))
        return
    if rule:
        _print_rule(found)
    else:
        _print(found)
    next_steps("", f"hinterland {'city' if rule else 'mechanism'} check {kind}{from_text(file)}")


def facts(cls: type[Mechanism]) -> dict[str, Any]:
    """Return everything that a kind states about itself."""
    from sim.analysis.measured import graded
    from sim.policy.registry import kind_of
    from sim.testing.fields import hurts

    purpose = inspect.cleandoc(cls.__doc__ or "")
    example = {"kind": kind_of(cls), **next(iter(cls.examples()), {})}
    return {
        "kind": kind_of(cls),
        "purpose": purpose,
        "hurts": hurts(purpose),
        "fields": list(_fields(cls)),
        "per_target": list(cls.per_target),
        "reads": _reads(cls),
        "posts": [_post(name) for name in sorted(cls.writes)],
        "cost": _cost(cls, example),
        "study": cls.study,
        "evidence": [*map(_sentence, cls.evidence), *_effects(cls)],
        "grade": graded(kind_of(cls), cls.evidence),
        "example": _yaml([example]),
    }


def _sentence(one: str | Finding) -> str:
    """Return a finding; with why it is not compared if nothing measures it."""
    return str(one) if isinstance(one, str) or one.key or not one.differs else f"{one}; not compared, {one.differs}"


def _effects(cls: type[Mechanism]) -> list[str]:
    """Return what the model makes of published effects, effects at the defaults, and who loses, a sentence each."""
    from sim.analysis.measured import effects_of, signs_of
    from sim.policy.registry import kind_of

    words = {"instrument": "The model at the defaults", "studied": "The model at the size that was studied"}
    signs = [f"The model: {one}; {one.size}, {one.compared}" for one in signs_of(kind_of(cls), cls.evidence)]
    return signs + [
        f"{words[one.arm] if one.role == 'effect' else 'Who loses'}: {one}, {one.horizon} years after the start"
        + (f"; {one.size}, {one.compared}" if one.compared else "")
        for one in effects_of(kind_of(cls))
    ]


def rule_facts(name: str, cls: type[City]) -> dict[str, Any]:
    """Return everything that a city rule states about itself."""
    from sim.parameters import Cities
    from sim.policy.cities import Decision
    from sim.testing.fields import hurts

    text = inspect.cleandoc(cls.__doc__ or "")
    purpose, _, references = text.partition("\n\nReferences\n----------\n")
    return {
        "rule": name,
        "purpose": purpose,
        "hurts": hurts(purpose),
        "fields": [_field(name, Cities.model_fields[name]) for name in cls.settings],
        "reads": _reads(cls),
        "decides": list(Decision._fields),
        "evidence": [" ".join(references.split())] if references else [],
        "grade": "",
        "example": _yaml({"parameters": {"cities": {"rule": name}}}),
    }


def _reads(cls: type[Mechanism] | type[City]) -> list[dict[str, str]]:
    from sim.policy.outcome import OUTCOME

    return [{"name": n, "shape": OUTCOME[n].shape, "unit": OUTCOME[n].unit} for n in sorted(cls.reads)]


def _fields(cls: type[BaseModel], above: str = "") -> Iterator[dict[str, Any]]:
    """Yield a row for each field and those inside it; the fields of all mechanisms come last."""
    from sim.policy.mechanism import Mechanism

    common = Mechanism.model_fields
    for name in sorted(cls.model_fields, key=lambda n: n in common):
        field = cls.model_fields[name]
        if name != "kind" or above:
            yield _field(f"{above}{name}", field) | {"common": not above and name in common}
            for inside in _models(field.annotation):
                yield from ({**row, "common": name in common} for row in _fields(inside, f"{above}{name}."))


def _field(name: str, field: FieldInfo) -> dict[str, Any]:
    from sim.testing.fields import UNIT

    text = field.description or ""
    unit = UNIT.search(text)
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    bounds = {key: getattr(m, key) for m in field.metadata for key in BOUNDS if getattr(m, key, None) is not None}
    choices = [value for part in _members(field.annotation) for value in get_args(part)]
    default: Any = None if field.is_required() else field.get_default(call_default_factory=True)
    return {
        "name": name,
        "default": default.model_dump(exclude_none=True) if hasattr(default, "model_dump") else default,
        "unit": unit.group(1) if unit else "",
        "range": extra.get("range"),
        "bounds": bounds,
        "choices": choices,
        "basis": extra.get("basis", ""),
        "description": text[: unit.start()].strip() if unit else text,
    }


def _members(annotation: Any) -> Iterator[Any]:
    """Yield the choices among the alternatives of an annotation."""
    if get_origin(annotation) is Literal:
        yield annotation
    else:
        yield from (part for part in get_args(annotation) if get_origin(part) is Literal)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    from pydantic import BaseModel

    for part in (annotation, *get_args(annotation)):
        if isinstance(part, type) and issubclass(part, BaseModel):
            yield part


def _post(name: str) -> dict[str, str]:
    from sim.policy.posts import WEDGES, Handle

    if name in WEDGES:
        return {"name": name, "what": "wedge", "shape": f"({', '.join(WEDGES[name])})", "text": "added in logs"}
    method = getattr(Handle, METHODS.get(name, name), None)
    text = (inspect.getdoc(method) or "").split("\n\n")[0].replace("\n", " ") if method else ""
    return {"name": name, "what": "order", "shape": "", "text": text}


def _cost(cls: type[Mechanism], example: dict[str, Any]) -> str:
    from sim.errors import UserError
    from sim.world import load_world

    if cls.cost:
        return cls.cost
    try:
        world = load_world(WORLD, 2020)
        planned = cls.model_validate(example).planned_cost(world, YEARS)
    except (UserError, ValueError, NotImplementedError):
        return "public money as planned by planned_cost"
    return f"the example plans {planned:,.0f} million base-year yuan over {YEARS} years in {WORLD}"


def _yaml(data: Any) -> str:
    from ruamel.yaml import YAML

    out, yaml = io.StringIO(), YAML(typ="safe", pure=True)
    yaml.default_flow_style, yaml.sort_base_mapping_type_on_output = None, False  # type: ignore[assignment]
    yaml.dump(data, out)
    return out.getvalue()


def _print(found: dict[str, Any]) -> None:
    _print_purpose(found["kind"], found)
    for title, common in (("Fields", False), ("Fields of all mechanisms", True)):
        _print_fields(title, [row for row in found["fields"] if row["common"] == common])
    say()
    paragraph(f"By target (overrides): {', '.join(found['per_target']) or 'none'}")
    _print_rows("Reads", found["reads"])
    _print_rows("Posts", found["posts"])
    say()
    paragraph(f"Cost: {found['cost']}")
    _print_end(found)


def _print_rule(found: dict[str, Any]) -> None:
    _print_purpose(found["rule"], found)
    _print_fields("Settings (parameters.cities)", found["fields"])
    _print_rows("Reads", found["reads"])
    say()
    paragraph(f"Decides each year, for all cities: {', '.join(found['decides'])}")
    _print_end(found)


def _print_purpose(name: str, found: dict[str, Any]) -> None:
    say(f"{name}\n")
    for part in found["purpose"].split("\n\n"):
        paragraph(part.replace("``", ""))
        say()
    paragraph(f"When it hurts: {found['hurts'] or 'not stated'}".replace("``", ""))


def _print_fields(title: str, rows: list[dict[str, Any]]) -> None:
    say(f"\n{title}")
    if rows:
        entries(map(_row, rows), ("name", "default", "unit", "range", "basis", "description"), lead=4)
    else:
        say("none")


def _print_rows(title: str, rows: list[dict[str, str]]) -> None:
    say(f"\n{title}")
    if rows:
        table((row.values() for row in rows), rows[0], fit=True)
    else:
        say("nothing")


def _print_end(found: dict[str, Any]) -> None:
    from sim.policy.evidence import GRADES

    if found.get("study"):
        say()
        paragraph(f"The study: {found['study']}")
    say("\nEvidence" if found["evidence"] else "\nEvidence: none stated")
    for text in found["evidence"]:
        paragraph(str(text), "- ", "  ")
    if found["grade"]:
        paragraph(f"Grade of the evidence on its effect: {found['grade']}, {GRADES[found['grade']]}")
    say(f"\nExample\n{found['example']}".rstrip())


def _row(row: dict[str, Any]) -> tuple[Any, ...]:
    limits = ", ".join(f"{BOUNDS[key]} {value:g}" for key, value in row["bounds"].items())
    span = " to ".join(f"{end:g}" for end in row["range"]) if row["range"] else ""
    spoken = " | ".join(map(str, row["choices"])) or "; ".join(part for part in (span, limits) if part)
    return (
        row["name"],
        _default(row["default"]),
        row["unit"] or ABSENT,
        spoken or ABSENT,
        row["basis"] or ABSENT,
        row["description"],
    )


def _default(value: Any) -> Any:
    """Return a default for readers; of settings by name those that are not 0."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {part}" for name, part in value.items() if part) or ABSENT
    if isinstance(value, list):
        return ", ".join(map(str, value)) or ABSENT
    return ABSENT if value in (None, "") else value
