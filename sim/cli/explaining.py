"""The command explain: what a kind of mechanism does, reads, posts and costs, and when it hurts."""

from __future__ import annotations

import inspect
import io
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from sim.cli.mechanisms import From, Kind, kind_of_name
from sim.cli.output import Json, answer, clean, next_steps, say, table

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

    from sim.policy.mechanism import Mechanism

WORLD, YEARS = "guangzhou", 15  # where and for how long the cost of the example is planned
WIDTH = 100
# Methods of the handle by which orders are posted, where their names differ.
METHODS = {"site": "set_site", "edge": "use_edge"}
BOUNDS = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}
ABSENT = "-"


def explain(kind: Kind, file: From = None, as_json: Json = False) -> None:
    """Explain a kind of mechanism: purpose, fields, what it reads and posts, cost, when it hurts, evidence, example."""
    found = facts(kind_of_name(kind, file))
    if as_json:
        answer(clean(found))
        return
    _print(found)
    source = "" if file is None else f" --from {file}"
    next_steps("", f"hinterland mechanism check {kind}{source}")


def facts(cls: type[Mechanism]) -> dict[str, Any]:
    """Return everything that a kind states about itself."""
    from sim.policy.outcome import OUTCOME
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
        "reads": [{"name": n, "shape": OUTCOME[n].shape, "unit": OUTCOME[n].unit} for n in sorted(cls.reads)],
        "posts": [_post(name) for name in sorted(cls.writes)],
        "cost": _cost(cls, example),
        "evidence": list(cls.evidence),
        "example": _yaml([example]),
    }


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
    say(f"{found['kind']}\n")
    for part in found["purpose"].split("\n\n"):
        say(textwrap.fill(" ".join(part.split()), WIDTH) + "\n")
    say(textwrap.fill(f"When it hurts: {found['hurts'] or 'not stated'}", WIDTH))
    for title, common in (("Fields", False), ("Fields of all mechanisms", True)):
        say(f"\n{title}")
        table((_row(row) for row in found["fields"] if row["common"] == common),
              ("name", "default", "unit", "range", "basis", "description"))  # fmt: skip
    say(f"\nBy target (overrides): {', '.join(found['per_target']) or 'none'}")
    for title, rows in (("Reads", found["reads"]), ("Posts", found["posts"])):
        say(f"\n{title}")
        if rows:
            table((row.values() for row in rows), rows[0])
        else:
            say("nothing")
    say(f"\nCost: {found['cost']}")
    say("\nEvidence" + ("".join(f"\n- {text}" for text in found["evidence"]) or ": none stated"))
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
