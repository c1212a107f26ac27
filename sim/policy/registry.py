"""Registry of kinds of mechanisms: of the package, of installed packages, of modules next to configs."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from pkgutil import resolve_name
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter, ValidationInfo
from pydantic_core import CoreSchema, PydanticKnownError, core_schema

from sim.policy.mechanism import Mechanism

GROUP = "hinterland.mechanisms"


class Kinds(Mapping[str, type[Mechanism]]):
    """Kinds by name. Classes of the package are imported, and installed packages searched, on access."""

    def __init__(self) -> None:
        self.own: dict[str, str] = {}  # kind: module:class
        self._added: dict[str, type[Mechanism]] = {}
        self._installed: dict[str, type[Mechanism]] | None = None

    def __getitem__(self, kind: str) -> type[Mechanism]:
        if kind in self.own:
            return _imported(self.own[kind])
        return self._added[kind] if kind in self._added else self.installed()[kind]

    def __iter__(self) -> Iterator[str]:
        yield from {**self.own, **dict.fromkeys(sorted({**self._added, **self.installed()}))}

    def __len__(self) -> int:
        return len(list(iter(self)))

    def ready(self, kind: Any) -> type[Mechanism] | None:
        """Return a kind without searching installed packages; None if it is not known yet."""
        known = isinstance(kind, str) and (kind in self.own or kind in {**self._added, **(self._installed or {})})
        return self[kind] if known else None

    def add(self, cls: type[Mechanism]) -> type[Mechanism]:
        """Register a kind, replacing one that was added under its name before.

        Raises
        ------
        ValueError
            If the class is not a kind of mechanism, or its name is one of the package's own.
        """
        kind = kind_of(cls)
        if kind in self.own:
            raise ValueError(f"'{kind}' is a kind of Hinterland itself; expected another name")
        self._added[kind] = cls
        return cls

    def installed(self) -> dict[str, type[Mechanism]]:
        """Return the kinds of installed packages; warn once, by name, of those that are broken or duplicates."""
        if self._installed is None:
            self._installed = {}
            for point in sorted(entry_points(group=GROUP), key=lambda p: (p.name, p.value)):
                if point.name in {*self.own, *self._installed}:
                    _warn(point, "there is a kind of that name already")
                    continue
                try:
                    cls = point.load()
                    if kind_of(cls) != point.name:
                        raise ValueError(f"its kind is '{kind_of(cls)}'")
                except Exception as error:  # an error in one does not affect the others
                    _warn(point, f"it cannot be loaded ({type(error).__name__}: {error})")
                    continue
                self._installed[point.name] = cls
        return self._installed


def kind_of(cls: Any) -> str:
    """Return the kind of a class.

    Raises
    ------
    ValueError
        If it is not a kind of mechanism.
    """
    kind = cls.model_fields["kind"].default if isinstance(cls, type) and issubclass(cls, Mechanism) else None
    if not isinstance(kind, str):
        raise ValueError(f"{cls!r} is not a kind of mechanism; expected a class derived from Mechanism with a kind")
    return kind


def _warn(point: EntryPoint, reason: str) -> None:
    package = point.dist.name if point.dist is not None else "?"
    text = f"mechanism '{point.name}' of the package {package} ({point.value}) is left out: {reason}"
    warnings.warn(text, RuntimeWarning, stacklevel=4)


KINDS = Kinds()


@lru_cache(maxsize=256)
def _imported(reference: str) -> type[Mechanism]:
    cls: type[Mechanism] = resolve_name(reference)
    return cls


@lru_cache(maxsize=256)
def _adapter(cls: type[Mechanism]) -> TypeAdapter[dict[str, Any]]:
    return TypeAdapter(dict[str, cls])  # type: ignore[valid-type]


class ByKind:
    """Makes pydantic choose among all kinds by the key ``kind``; the path of an error contains the kind."""

    kinds = KINDS

    def validated(self, given: Any, info: ValidationInfo) -> Mechanism:
        """Return the mechanism of plain data."""
        if isinstance(given, Mechanism):
            return given
        if not isinstance(given, Mapping):
            raise PydanticKnownError("model_attributes_type")
        kind = given.get("kind")
        if kind is None:
            raise PydanticKnownError("union_tag_not_found", {"discriminator": "'kind'"})
        if not isinstance(kind, str) or kind not in self.kinds:
            expected = ", ".join(f"'{name}'" for name in self.kinds)
            facts = {"discriminator": "'kind'", "tag": str(kind), "expected_tags": expected}
            raise PydanticKnownError("union_tag_invalid", facts)
        mechanism: Mechanism = _adapter(self.kinds[kind]).validate_python({kind: given}, context=info.context)[kind]
        return mechanism

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(self.validated)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        choices: dict[Any, Any] = {kind: cls.__pydantic_core_schema__ for kind, cls in self.kinds.items()}
        return handler(core_schema.tagged_union_schema(choices, discriminator="kind"))


MechanismSpec = Annotated[Mechanism, ByKind()]
