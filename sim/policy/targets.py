"""References of a config to the world: marked types, and how they are resolved.

A field of a mechanism that names regions or sectors has a marked type, at any depth: ``Regions``, ``Region``,
``Sectors``, ``dict[Region, float]``. Marked texts are checked; errors are reported with file, line
and the nearest name.
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import numpy as np
from pydantic import AliasChoices, BaseModel
from pydantic.fields import FieldInfo

import sim.world as worlds
from sim.catalogue import ZONES
from sim.errors import UserError, nearest
from sim.world.types import World

Path = tuple[Any, ...]
WORLD = "world"  # selects the world market, where a field allows it


@dataclass(frozen=True)
class Mark:
    """Mark of a type whose text, or each text of its list, names something in the world."""

    def problems(self, world: World, text: str) -> list[str]:
        """Return the problems of a text in a world, one sentence each."""
        raise NotImplementedError


@dataclass(frozen=True)
class RegionsMark(Mark):
    """A selector, or a list of selectors: a list selects the union of its entries."""

    def problems(self, world: World, text: str) -> list[str]:
        """Return the problems of a selector."""
        if text in ZONES and text not in world.selectors:
            centre = world.regions["id"][world.centre]
            return [f"no region is {text} in world '{world.name}' around '{centre}'; expected other regions"]
        try:
            if worlds.select(world, [text]).any():
                return []
        except UserError as error:
            return [message.removeprefix("regions: ") for message in error.messages]
        return [f"'{text}' selects no region; expected at least one"]


@dataclass(frozen=True)
class RegionMark(RegionsMark):
    """One selector."""


@dataclass(frozen=True)
class MarketsMark(RegionsMark):
    """A selector, or a list of selectors; ``world`` is the world market."""

    def problems(self, world: World, text: str) -> list[str]:
        """Return the problems of a selector."""
        return [] if text == WORLD else super().problems(world, text)


@dataclass(frozen=True)
class SectorsMark(Mark):
    """A name of a sector, or a list of them."""

    def problems(self, world: World, text: str) -> list[str]:
        """Return the problems of the name of a sector."""
        if text in world.sectors:
            return []
        return [f"no sector '{text}'; expected some of {', '.join(world.sectors)}{nearest(text, world.sectors)}"]


@dataclass(frozen=True)
class SettingsMark:
    """Settings by field name of the class that contains them: each is checked as that field."""


Regions = Annotated[list[str], RegionsMark()]
Region = Annotated[str, RegionMark()]
Markets = Annotated[list[str], MarketsMark()]
Sectors = Annotated[list[str], SectorsMark()]
Settings = Annotated[dict[str, Any], SettingsMark()]


def spellings(name: str, field: FieldInfo) -> list[str]:
    """Return the keys by which a field is read: its name and its former names."""
    alias = field.validation_alias
    if isinstance(alias, AliasChoices):
        return [choice for choice in alias.choices if isinstance(choice, str)]
    return [field.alias or name]


def spelled(owner: type[BaseModel], data: Mapping[Any, Any], key: str) -> str:
    """Return the key that data of a class use for a field, be it its name or a former one."""
    for name, field in owner.model_fields.items():
        if key in (keys := spellings(name, field)):
            return next((k for k in keys if k in data), key)
    return key


def marked(owner: type[BaseModel], data: Mapping[Any, Any]) -> Iterator[tuple[Path, Mark, str | None]]:
    """Yield every text in plain data that the annotations of a class mark.

    Parameters
    ----------
    owner : type
        A pydantic model, such as a kind of mechanism.
    data : mapping
        As read from a config; parts of a wrong type are left to the schema.

    Yields
    ------
    (tuple, Mark, str or None)
        The path of the text, its mark, the text. None for a list that is empty although the field's default is not.
    """
    for keys, field, empty in _marking_fields(owner):
        for key in keys:
            if key in data:
                for path, mark, text in _walk(field.annotation, field.metadata, data[key], owner):
                    if text is not None or path or not empty:
                        yield (key, *path), mark, text


@lru_cache(maxsize=256)
def _marking_fields(owner: type[BaseModel]) -> list[tuple[list[str], FieldInfo, bool]]:
    """Return the fields whose annotations have marks: their keys, and whether they are empty by default."""
    found = []
    for name, field in owner.model_fields.items():
        if _has_marks(field.annotation, field.metadata, (owner,)):
            default = field.default_factory() if field.default_factory else field.default  # type: ignore[call-arg]
            found.append((spellings(name, field), field, default in ([], (), "")))
    return found


def _has_marks(annotation: Any, marks: Iterable[Any], owners: tuple[type[BaseModel], ...]) -> bool:
    if any(isinstance(m, (Mark, SettingsMark)) for m in marks):
        return True
    if isinstance(annotation, type) and issubclass(annotation, BaseModel) and annotation not in owners:
        fields = annotation.model_fields.values()
        return any(_has_marks(f.annotation, f.metadata, (*owners, annotation)) for f in fields)
    inner = get_args(annotation)
    if get_origin(annotation) is Annotated:
        return _has_marks(inner[0], inner[1:], owners)
    return any(_has_marks(a, (), owners) for a in inner)


def _walk(annotation: Any, marks: Any, value: Any, owner: type[BaseModel]) -> Iterator[tuple[Path, Mark, str | None]]:
    mark = next((m for m in marks if isinstance(m, (Mark, SettingsMark))), None)
    if isinstance(mark, Mark):
        yield from _texts(mark, value)
    elif isinstance(mark, SettingsMark):
        yield from marked(owner, value) if isinstance(value, Mapping) else ()
    else:
        for inside, more, step, part in _parts(annotation, value):
            for path, inner, text in _walk(inside, more, part, owner):
                yield (*step, *path), inner, text
        if isinstance(value, Mapping) and isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield from marked(annotation, value)


def _texts(mark: Mark, value: Any) -> Iterator[tuple[Path, Mark, str | None]]:
    if isinstance(value, (list, tuple)):
        yield from (((i,), mark, text) for i, text in enumerate(value) if isinstance(text, str))
    elif isinstance(value, str) and value:
        yield (), mark, value
    if value in ([], (), ""):
        yield (), mark, None


def _parts(annotation: Any, value: Any) -> Iterator[tuple[Any, tuple[Any, ...], Path, Any]]:
    """Yield the annotations inside an annotation: with their marks, the step to their value, and it."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield inner[0], inner[1:], (), value
    elif origin in (Union, types.UnionType):
        if not any(get_origin(a) is Literal and value in get_args(a) for a in inner if isinstance(value, str)):
            yield from ((a, (), (), value) for a in inner if _fits(a, value))
    elif isinstance(value, Mapping) and isinstance(origin, type) and issubclass(origin, Mapping):
        for key, part in value.items():
            yield inner[0], (), (key,), key
            yield inner[1], (), (key,), part
    elif isinstance(value, (list, tuple)) and (origin is tuple or len(inner) == 1):
        several = origin is tuple and inner[-1] is not Ellipsis
        members = inner if several else (inner[0],) * len(value)
        yield from ((a, (), (i,), part) for i, (a, part) in enumerate(zip(members, value, strict=False)))


def _fits(annotation: Any, value: Any) -> bool:
    """Whether an alternative can be meant: one that has a kind is known by it."""
    kind = getattr(annotation, "model_fields", {}).get("kind")
    if kind is None or not isinstance(value, Mapping) or get_origin(kind.annotation) is not Literal:
        return True
    return value.get("kind", kind.default) in get_args(kind.annotation)


def pick(world: World, key: str, selectors: list[str]) -> np.ndarray:
    """Return the indices of the regions that selectors select.

    Raises
    ------
    UserError
        If they select no region.
    """
    chosen = np.flatnonzero(worlds.select(world, selectors))
    if not len(chosen):
        hint = nearest(selectors[0], world.regions["id"]) if selectors else ""
        raise UserError(f"{key}: {selectors} selects no region; expected at least one{hint}")
    return chosen


def pick_markets(world: World, key: str, selectors: list[str]) -> np.ndarray:
    """Return the indices of the regions that selectors select, and of the world market, R, if ``world`` is among them.

    Raises
    ------
    UserError
        If they select neither.
    """
    regions = [text for text in selectors if text != WORLD]
    chosen = pick(world, key, regions) if regions or not selectors else np.zeros(0, dtype=int)
    return np.append(chosen, world.n_regions) if WORLD in selectors else chosen


def pick_one(world: World, key: str, selector: str) -> int:
    """Return the index of the one region that a selector selects.

    Raises
    ------
    UserError
        If it selects none or several.
    """
    chosen = pick(world, key, [selector])
    if len(chosen) > 1:
        raise UserError(f"{key}: '{selector}' selects {len(chosen)} regions; expected exactly one")
    return int(chosen[0])


def trade_of(sectors: np.ndarray, sellers: Any, buyers: Any) -> tuple[np.ndarray, ...]:
    """Return the index of what sellers sell to buyers in an array (S, N, N).

    Parameters
    ----------
    sectors : (S,) bool
    sellers, buyers : int or (k,) int
        Regions; R is the world market.
    """
    return np.ix_(np.flatnonzero(sectors), np.atleast_1d(sellers), np.atleast_1d(buyers))


def sector_mask(world: World, key: str, sectors: list[str]) -> np.ndarray:
    """Return the (S,) mask of named sectors; all if none is named.

    Raises
    ------
    UserError
        If the world has no such sector.
    """
    for sector in sectors:
        problems = SectorsMark().problems(world, sector)
        if problems:
            raise UserError(f"{key}: {problems[0]}")
    if not sectors:
        return np.ones(len(world.sectors), dtype=bool)
    return np.array([s in sectors for s in world.sectors])
