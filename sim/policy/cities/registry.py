"""Registry of city rules: those of Hinterland by name, all others as ``MODULE:CLASS``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pkgutil import resolve_name

from sim.errors import UserError, nearest
from sim.policy.cities.rule import City


class Rules(Mapping[str, type[City]]):
    """Rules by name: those of the package, then those of files next to configs; others are imported on access."""

    def __init__(self) -> None:
        self.own = {
            "passive": "sim.policy.cities.passive:Passive",
            "yardstick": "sim.policy.cities.yardstick:Yardstick",
            "best_response": "sim.policy.cities.best_response:BestResponse",
        }
        self._added: dict[str, type[City]] = {}

    def __getitem__(self, name: str) -> type[City]:
        if name in self._added:
            return self._added[name]
        reference = self.own.get(name, name)
        if ":" not in reference:
            raise KeyError(name)
        try:
            cls = resolve_name(reference)
        except Exception as error:  # of the module, whatever it is
            raise KeyError(name) from error
        if not is_rule(cls):
            raise KeyError(name)
        rule: type[City] = cls
        return rule

    def __iter__(self) -> Iterator[str]:
        yield from (*self.own, *sorted(self._added))

    def __len__(self) -> int:
        return len(self.own) + len(self._added)

    def add(self, name: str, cls: type[City]) -> None:
        """Register a rule under the name by which configs refer to it, ``MODULE:CLASS``, replacing one of that name."""
        self._added[name] = cls

    def problem(self, name: str) -> str:
        """Return what is wrong with the name of a rule, and what is expected; empty if nothing."""
        if name in self.own or name in self:
            return ""
        if ":" not in name:
            return f"unknown rule '{name}'; expected one of {', '.join(self.own)}, or MODULE:CLASS{nearest(name, self)}"
        try:
            found = resolve_name(name)
        except Exception as error:  # of the module, whatever it is
            reason = f"cannot be imported ({type(error).__name__}: {error})"
            return f"'{name}' {reason}; expected a file next to the config, or a module{nearest(name, self)}"
        return f"'{name}' is {found!r}; expected a class derived from hinterland.City that defines decide"

    def make(self, name: str) -> City:
        """Return a rule.

        Raises
        ------
        UserError
            If there is none of that name.
        """
        if text := self.problem(name):
            raise UserError(f"parameters.cities.rule: {text}")
        return self[name]()


def is_rule(cls: object) -> bool:
    """Return whether an object is a class of rules that can decide."""
    return isinstance(cls, type) and issubclass(cls, City) and cls.decide is not City.decide


RULES = Rules()
