"""From a file or name to a config; all errors of a file in one error."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter

from sim.config.design import idle, worlds
from sim.config.library import find
from sim.config.schema.executor import Batch, Dask, Machine, Mpi, Processes, _named
from sim.config.schema.scenario import Scenario
from sim.config.text import include, modules, overrides
from sim.config.text.problems import Problem, validate
from sim.documents import Document, Key, read
from sim.errors import NoEffect, UserError, nearest
from sim.kinds import KINDS, kind_of, resolved
from sim.parameters import FORMER_REACTIONS, WITHDRAWN
from sim.paths import home
from sim.policy.mechanism import YEARS
from sim.policy.plugins import PluginError, adopt

Config = Any  # an object of the schema of a kind, such as Scenario or Sweep


def load(path_or_name: str | Path, overrides: Iterable[str] = ()) -> Config:
    """Load a config.

    Parameters
    ----------
    path_or_name : str or Path
        A YAML file or the name of a bundled config.
    overrides : iterable of str
        ``dotted.key=value``; on a kind with a scenario a scenario's key means the scenario's.

    Returns
    -------
    Config
        The object of the file's kind.

    Raises
    ------
    UserError
        With one message an error: ``file:line:column: key: what is wrong; expected ...``.
    """
    path = find(path_or_name)
    return interpret(read(path), list(overrides), path.parent)


def restored(data: dict[str, Any], folder: str) -> Config:
    """Return the config stored with results, and load the modules stored with it.

    Parameters
    ----------
    data : dict
    folder : str
        The results folder.

    Raises
    ------
    UserError
        If this version does not understand it any more.
    """
    from sim.results.inputs import copies_of, replaced  # reading results is not needed otherwise

    try:
        adopt(Path(folder))
    except PluginError as error:
        raise UserError(f"{folder}: a module with mechanisms {error}") from error
    config, problems = validate(_model(data), replaced(_present(data), copies_of(folder)))
    if config is None:
        text = "its config is of another version of the schema; run it from its file into another folder"
        raise UserError(f"{folder}: {text} ({problems[0].sentence})")
    lost = worlds.lost(config.model_dump(mode="json"))
    if lost:
        expected = "give the command where it was run, or run the experiment from its config"
        raise UserError(f"{folder}: there is no world '{lost[0]}', and no copy of it is kept; {expected}")
    return config


def _present(part: Any) -> Any:
    """Return stored data of former versions in present terms: city rules renamed, withdrawn parameters left out."""
    if isinstance(part, list):
        return [_present(item) for item in part]
    if not isinstance(part, dict):
        return part
    made = {key: _present(value) for key, value in part.items()}
    cities = made.get("cities")
    if isinstance(cities, dict) and "reaction" in cities:
        former = cities.pop("reaction")
        cities["rule"] = FORMER_REACTIONS.get(former, former)
    for section, names in WITHDRAWN.items():
        if isinstance(made.get(section), dict):
            made[section] = {key: value for key, value in made[section].items() if key not in names}
    return made


def interpret(document: Document, texts: list[str], folder: Path | None = None) -> Config:
    """Turn a read document into a config; see `load`."""
    include.resolve(document, folder)
    modules.resolve(document, folder)
    problems = worlds.resolve(document.data, folder or Path())
    messages = _overridden(document, texts, folder)
    # what an override names is where the command is given, and what stood in its place does not matter
    given = partial(_is_override, document)
    problems = [p for p in problems if not given(p.path)] + worlds.resolve(document.data, Path(), given)
    modules.resolve(document, folder)  # of an override
    messages += document.problems
    if (paths := KINDS[kind_of(document.data)].paths) and folder is not None:
        resolved(paths)(document.data, folder)
    config, invalid = _validated(document.data)
    unused = idle.problems_of(document)
    # what the command line itself gives in vain is an error, what a file holds besides is noted
    problems += invalid + [p for p in unused if given(p.path)]
    shown = [p for p in problems if not document.follows(p.path)]
    messages += [(document.order(p.path), f"{document.position(p.path)}: {p.sentence}") for p in shown]
    if messages:
        ordered = sorted(messages, key=lambda m: m[0])
        raise UserError(list(dict.fromkeys(text for _, text in ordered)))
    assert config is not None  # no messages means that validation gave an object
    for one in unused:
        warnings.warn(f"{document.position(one.path)}: {one.sentence}", NoEffect, stacklevel=3)
    return config


def _is_override(document: Document, path: Key) -> bool:
    return document.position(path).startswith("--set")


def _validated(data: dict[str, Any]) -> tuple[Config | None, list[Problem]]:
    """Return the config and its errors: schema first, then what the schema cannot see."""
    problems, kind = _kind(data), KINDS[kind_of(data)]
    model, errors = validate(_model(data), {**data, "kind": kind.name})
    schema_paths = {p.path for p in errors}
    crossed = [p for p in resolved(kind.data_problems)(data) if p.path not in schema_paths]
    # A mechanism's own rule on its years says the same with a coarser position.
    ends = {p.path[:-1] for p in crossed if p.path[-1] == "end"}
    problems += [p for p in errors if not (p.path in ends and p.code == YEARS)] + crossed
    if model is not None and not problems and kind.problems is not None:
        problems = resolved(kind.problems)(model)
    return model, problems


def _model(data: dict[str, Any]) -> type[BaseModel]:
    schema: type[BaseModel] = resolved(KINDS[kind_of(data)].schema)
    return schema


def _kind(data: dict[str, Any]) -> list[Problem]:
    kinds = ", ".join(KINDS)
    if "kind" not in data:
        return [Problem(("kind",), f"missing; expected one of {kinds}")]
    if data["kind"] != kind_of(data):
        text = f"unknown kind '{data['kind']}'; expected one of {kinds}"
        return [Problem(("kind",), text + nearest(data["kind"], KINDS))]
    return []


def _overridden(document: Document, texts: list[str], folder: Path | None) -> list[tuple[tuple[int, int], str]]:
    """Apply overrides and put a named scenario in its place; return the errors."""
    messages = []
    try:
        scenario_texts = _inline(document, texts, folder)
    except UserError as error:
        at = document.order(("scenario",))
        messages += [(at, f"{document.position(('scenario',))}: scenario: {m}") for m in error.messages]
        document.data["scenario"] = {"name": "missing"}
        scenario_texts = texts
    try:
        own = frozenset(_model(document.data).model_fields)
        overrides.apply(document, scenario_texts, frozenset(Scenario.model_fields), own)
    except UserError as error:
        messages += [((0, 0), m) for m in error.messages]
    return messages


def _inline(document: Document, texts: list[str], folder: Path | None) -> list[str]:
    """Replace the name of a scenario by the scenario, so that overrides and checks reach into it."""
    data = document.data
    if kind_of(data) == "scenario":
        return texts
    # 'scenario=NAME' chooses the scenario into which the other overrides reach.
    if chosen := [t for t in texts if t.partition("=")[0].strip() == "scenario"]:
        overrides.apply(document, chosen, frozenset(), frozenset(["scenario"]))
        texts = [t for t in texts if t not in chosen]
    if not isinstance(data.get("scenario"), str):
        return texts
    path = find(data["scenario"], folder)
    inner = read(path)
    if kind_of(inner.data) != "scenario":
        raise UserError(f"'{data['scenario']}' is a {kind_of(inner.data)}; expected a scenario")
    data["scenario"] = interpret(inner, [], path.parent).model_dump(mode="json")
    return texts


def machine_of(text: str) -> Processes | Dask | Mpi:
    """Return the machine of ``--machine``: a word, an address, or a YAML file with the keys of a machine.

    Raises
    ------
    UserError
        With position and nearest choice.
    """
    path = home(text)
    if path.suffix in (".yaml", ".yml") or path.is_file():
        if not path.is_file():
            raise UserError(f"--machine {text}: no such file; expected a YAML file with the keys of a machine")
        document = read(path)
        document.raise_problems()
        batch, problems = validate(Batch, {"machine": document.data})
        if batch is None:
            raise UserError([f"{document.position(p.path[1:])}: {p.sentence}" for p in problems])
        return batch.machine
    try:
        return TypeAdapter(Machine).validate_python(_named(text))
    except ValueError as error:
        raise UserError(f"--machine: {error}") from error
