"""The JSON Schema of every config, preset of theory and machine, for editors and other programs.

It is made of the classes that read configs, and says the same: a file is valid by it if the loader takes it, but for
what no schema can see, such as the regions of a world, keys in ``set`` and ``vary``, or that shares sum to one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Union

from pydantic import TypeAdapter

from sim.config.schema.executor import WORDS as MACHINES
from sim.config.schema.theory import Preset, SolowPreset
from sim.config.text import include, modules
from sim.kinds import KINDS, resolved
from sim.mechanisms import MECHANISMS
from sim.policy.targets import spellings

Schema = dict[str, Any]
# Classes and their keys that hold dotted keys with a value each, and with several.
_SINGLE = (("Arm", "set"), ("Variant", "set"), ("Robustness", "constants"), ("Tuning", "constants"))
_LISTED = (
    ("Sweep", "vary"), ("Sensitivity", "inputs"), ("Robustness", "levers"), ("Robustness", "uncertainties"),
    ("Tuning", "levers"), ("Tuning", "uncertainties"),
)  # fmt: skip
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> Schema:
    """Return the JSON Schema of every config, distinguished by ``kind``."""
    experiments = {kind.name: resolved(kind.schema) for kind in KINDS.values()}
    every: Any = Union[(*experiments.values(), Preset, SolowPreset)]
    schema = TypeAdapter(every).json_schema()
    known = schema["$defs"]
    _require_kinds(schema, known)
    _add_parameters(known)
    _add_former_names(known)
    for model in experiments.values():
        _add_keys_of_files(known[model.__name__], model)
    kinds = {name: f"#/$defs/{model.__name__}" for name, model in experiments.items()}
    known["Theory"] = _one_of({"$ref": f"#/$defs/{preset.__name__}"} for preset in (Preset, SolowPreset))
    kinds["theory"] = "#/$defs/Theory"
    kinds |= {name: f"#/$defs/{name.capitalize()}" for name in MACHINES}  # files of --machine
    # A file that includes others may have its kind from one of them.
    elsewhere = {"required": [include.KEY], "not": {"required": ["kind"]}}
    return {
        "$schema": DIALECT,
        "title": "Hinterland config",
        "type": "object",
        "discriminator": {"propertyName": "kind", "mapping": kinds},
        "properties": {"kind": {"enum": list(kinds), "description": "Kind of experiment, preset or machine"}},
        **_one_of([*({"$ref": ref, "required": ["kind"]} for ref in kinds.values()), elsewhere]),
        **_own_kinds(known),
        "$defs": known,
    }


def schema_text() -> str:
    """Return the JSON Schema as the text of a file."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _one_of(choices: Any) -> Schema:
    return {"oneOf": list(choices)}


def _require_kinds(part: Schema, known: dict[str, Schema]) -> None:
    """Require the key ``kind`` of classes that only it distinguishes."""
    unions = [inner.get(key, ()) for inner in _parts(part["$defs"]) for key in ("oneOf", "anyOf")]
    needed = set()
    for union in unions:
        refs = [choice["$ref"].rpartition("/")[2] for choice in union if "$ref" in choice]
        kinds = [name for name in refs if "const" in known[name].get("properties", {}).get("kind", {})]
        needed |= set(kinds) if len(kinds) > 1 else set()
    for name in needed:
        known[name]["required"] = sorted({"kind", *known[name].get("required", [])})


def _parts(part: Any) -> Iterator[Schema]:
    """Yield all objects in a schema, it included."""
    if isinstance(part, dict):
        yield part
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from _parts(inner)


def _add_parameters(known: dict[str, Schema]) -> None:
    """Say of dotted keys that name parameters what their values may be: single ones in ``set``, several in ``vary``."""
    parts = {name: ref["$ref"].rpartition("/")[2] for name, ref in known["Parameters"]["properties"].items()}
    single = {
        f"parameters.{part}.{name}": {"$ref": f"#/$defs/{owner}/properties/{name}"}
        for part, owner in parts.items()
        for name in known[owner]["properties"]
    }
    known["Parameter"] = {"type": "object", "properties": single}
    listed = {key: {"if": {"type": "array"}, "then": {"items": value}} for key, value in single.items()}
    known["ParameterValues"] = {"type": "object", "properties": listed}
    for owner, key in _SINGLE:
        known[owner]["properties"][key]["$ref"] = "#/$defs/Parameter"
    for owner, key in _LISTED:
        known[owner]["properties"][key]["if"] = {"type": "object"}
        known[owner]["properties"][key]["then"] = {"$ref": "#/$defs/ParameterValues"}


def _own_kinds(known: dict[str, Schema]) -> Schema:
    """Let mechanisms be of kinds that a file may load, and where no file does require those of the package.

    Returns
    -------
    dict
        Keys for the top of the schema.
    """
    own = list(MECHANISMS)
    for union in [part["oneOf"] for part in _parts(known) if set(own) <= set(_mapping(part))]:
        other = {"type": "string", "not": {"enum": own}}
        union.append({"type": "object", "required": ["kind"], "properties": {"kind": other}})
    loading = [{"required": [key]} for key in (modules.KEY, include.KEY)]
    elsewhere = {"type": "string", "pattern": r"\.ya?ml$"}  # a scenario in another file, which may load some
    inside = {"required": ["scenario"], "properties": {"scenario": {"anyOf": [*_objects(loading), elsewhere]}}}
    items = {"items": {"properties": {"kind": {"enum": own}}}}
    owner = {"properties": {"mechanisms": items}}
    arms = {"additionalProperties": owner}
    bound = {"properties": {"mechanisms": items, "scenario": owner, "arms": arms, "factors": arms}}
    return {"if": {"not": {"anyOf": [*loading, inside]}}, "then": bound}


def _objects(schemas: list[Schema]) -> list[Schema]:
    return [{"type": "object", **schema} for schema in schemas]


def _mapping(part: Schema) -> Schema:
    found = part.get("discriminator", {})
    return found.get("mapping", {}) if isinstance(found, dict) else {}


def _add_former_names(known: dict[str, Schema]) -> None:
    """Add the former names of fields of mechanisms, marked as such."""
    for cls in MECHANISMS.values():
        keys = known[cls.__name__]["properties"]
        for name, field in cls.model_fields.items():
            present, *former = spellings(name, field)
            keys |= {other: {**keys[present], "deprecated": True} for other in former}


def _add_keys_of_files(own: Schema, model: Any) -> None:
    """Add the keys that a file may have but its class does not know: they are resolved before it is validated."""
    own["properties"][include.KEY] = include.SCHEMA
    if {"scenario", "mechanisms"} & set(model.model_fields):
        own["properties"][modules.KEY] = modules.SCHEMA
    if required := own.pop("required", None):  # what is missing may be in a fragment
        own["anyOf"] = [{"required": required}, {"required": [include.KEY]}]
