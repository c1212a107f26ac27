"""YAML to plain data, remembering the line and column of every key: configs, overrides, presets, heads of worlds.

What YAML allows but no config can mean is an error with its place: a merge of a scalar, a value within itself, a tag
that its value does not have, text that cannot be written.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import CollectionEndEvent, CollectionStartEvent
from ruamel.yaml.nodes import MappingNode, Node

from sim.errors import UserError
from sim.strict import unwritable
from sim.yaml_nodes import DEEP, DEEPEST, Builder, place_of

Key = tuple[Any, ...]


@dataclass
class Document:
    """One file as data.

    Attributes
    ----------
    source : str
        File name as shown in messages.
    data : object
        Dicts, lists and scalars.
    positions : dict of key path to str
        ``file:line:column`` of every key and item; an override's position is its text.
    lines : dict of key path to (int, int)
        Line and column, for sorting messages.
    problems : list of ((int, int), str)
        Errors found while reading, such as duplicate keys.
    unread : set of key path
        What could not be read: further errors there only follow from it.
    """

    source: str
    data: Any = None
    positions: dict[Key, str] = field(default_factory=dict)
    lines: dict[Key, tuple[int, int]] = field(default_factory=dict)
    problems: list[tuple[tuple[int, int], str]] = field(default_factory=list)
    unread: set[Key] = field(default_factory=set)

    def position(self, path: Key) -> str:
        """Return the position of the path or of its nearest ancestor."""
        return self.positions.get(self._known(path), self.source)

    def order(self, path: Key) -> tuple[int, int]:
        """Return the line and column by which messages about the path are sorted."""
        return self.lines.get(self._known(path), (0, 0))

    def _known(self, path: Key) -> Key:
        while path and path not in self.positions:
            path = path[:-1]
        return path

    def mark(self, path: Key, node: Node) -> None:
        """Remember where a key or an item stands."""
        at = place_of(node.start_mark)
        self.lines[path] = at
        self.positions[path] = f"{self.source}:{at[0]}:{at[1]}"

    def follows(self, path: Key) -> bool:
        """Return whether an error at a path only follows from what could not be read there."""
        return any(path[: len(unread)] == unread[: len(path)] for unread in self.unread)

    def add(self, node: Node, path: Key, text: str, unread: bool = True) -> None:
        """Add an error at a node, which by default makes the value there unreadable."""
        if unread:
            self.unread.add(path)
        at = place_of(node.start_mark)
        named = f"{dotted(path)}: " if path else ""
        self.problems.append((at, f"{self.source}:{at[0]}:{at[1]}: {named}{text}"))

    def raise_problems(self) -> None:
        """Raise the errors found while reading, if any.

        Raises
        ------
        UserError
        """
        if self.problems:
            raise UserError(list(dict.fromkeys(text for _, text in sorted(self.problems))))


def dotted(path: Key) -> str:
    """Return a key path as people write it.

    Examples
    --------
    >>> dotted(("mechanisms", 0, "targets"))
    'mechanisms.0.targets'
    """
    return ".".join(str(p) for p in path)


def parse_value(text: str, source: str) -> Any:
    """Return a value written in YAML; text that is not YAML stays text.

    Parameters
    ----------
    text : str
    source : str
        Where it is written, for messages.

    Raises
    ------
    UserError
        If it is YAML that no config can mean, or text that cannot be written.
    """
    document = Document(source)
    try:
        yaml, node = _composed(text, source)
    except _NotYaml as error:
        if error.legal:
            raise
        if problem := unwritable(text):
            raise UserError(f"{source}: {problem}") from error
        return text
    value = None if node is None else Builder(document, yaml).build(node, ())
    document.raise_problems()
    return value


def read(path: Path) -> Document:
    """Read a YAML file with positions.

    Raises
    ------
    UserError
        If the file cannot be read or is not YAML.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise UserError(f"{path}: cannot be read ({reason}); expected a YAML file") from error
    return parse(text, str(path))


def parse(text: str, source: str, expected: str = "'kind: scenario', 'comparison' or 'sweep' and its keys") -> Document:
    """Parse YAML text.

    Parameters
    ----------
    text : str
    source : str
        Name of the file, for messages.
    expected : str
        What a file without keys should hold, for messages.

    Raises
    ------
    UserError
        If it is not YAML, or holds no keys.
    """
    yaml, node = _composed(text, source)
    if not isinstance(node, MappingNode):
        raise UserError(f"{source}:1:1: holds no keys; expected {expected}")
    document = Document(source)
    document.data = Builder(document, yaml).build(node, ())
    return document


class _NotYaml(UserError):
    """Text without a value.

    Attributes
    ----------
    legal : bool
        Whether it is YAML all the same, only not of a kind that is read here.
    """

    def __init__(self, message: str, legal: bool = False):
        super().__init__(message)
        self.legal = legal


def _composed(text: str, source: str) -> tuple[YAML, Node | None]:
    """Return the nodes of YAML text, and what reads their scalars by the version that the text states."""
    yaml = YAML(typ="safe", pure=True)
    try:
        if _brackets(text) > DEEPEST and (place := _too_deep(text)):  # the library takes minutes for thousands
            raise _NotYaml(f"{source}:{place[0]}:{place[1]}: {DEEP}", legal=True)
        return yaml, yaml.compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        position = f"{source}:{mark.line + 1}:{mark.column + 1}" if mark else source
        reason = error.problem or error.context
        raise _NotYaml(f"{position}: not YAML ({reason}); expected 'key: value' lines") from error
    except RecursionError:
        line, column = _too_deep(text) or (1, 1)
        raise _NotYaml(f"{source}:{line}:{column}: {DEEP}", legal=True) from None
    except AssertionError as error:  # the library's way to refuse the version of a %YAML line
        line = next(i for i, text in enumerate(text.splitlines(), start=1) if text.startswith("%YAML"))
        raise _NotYaml(f"{source}:{line}:1: {error}; expected YAML 1.2, without a line %YAML", legal=True) from error
    except (YAMLError, ValueError, OverflowError) as error:  # the last two: escapes beyond the characters of Unicode
        reason = str(error).splitlines()[0]
        raise _NotYaml(f"{source}: not YAML ({reason}); expected 'key: value' lines") from error


def _brackets(text: str) -> int:
    """Return how many brackets are open at most, those in quotes included."""
    steps = (1 if found.group() in "[{" else -1 for found in re.finditer(r"[\[\]{}]", text))
    return max(itertools.accumulate(steps), default=0)


def _too_deep(text: str) -> tuple[int, int] | None:
    """Return where text gets deeper than what is read, if it does."""
    depth = 0
    for event in YAML(typ="safe", pure=True).parse(text):
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > DEEPEST:
            return place_of(event.start_mark)
    return None
