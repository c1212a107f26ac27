"""YAML to plain data, remembering the line and column of every key."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import ConstructorError, SafeConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from sim.errors import UserError

Key = tuple[Any, ...]

_MERGE = "tag:yaml.org,2002:merge"
_PLAIN_TAGS = {f"tag:yaml.org,2002:{t}" for t in ("int", "float", "bool", "null")}


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
    """

    source: str
    data: Any = None
    positions: dict[Key, str] = field(default_factory=dict)
    lines: dict[Key, tuple[int, int]] = field(default_factory=dict)
    problems: list[tuple[tuple[int, int], str]] = field(default_factory=list)

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
        at = (node.start_mark.line + 1, node.start_mark.column + 1)
        self.lines[path] = at
        self.positions[path] = f"{self.source}:{at[0]}:{at[1]}"


def dotted(path: Key) -> str:
    """Return a key path as people write it.

    Examples
    --------
    >>> dotted(("mechanisms", 0, "targets"))
    'mechanisms.0.targets'
    """
    return ".".join(str(p) for p in path)


def parse_value(text: str) -> Any:
    """Return a value written in YAML; text that is not YAML stays text."""
    try:
        node = YAML(typ="safe", pure=True).compose(text)
    except YAMLError:
        return text
    return None if node is None else _build(node, (), Document("value"))


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


def parse(text: str, source: str) -> Document:
    """Parse YAML text; see `read`."""
    document = Document(source)
    try:
        node = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        position = f"{source}:{mark.line + 1}:{mark.column + 1}" if mark else source
        reason = error.problem or error.context
        raise UserError(f"{position}: not YAML ({reason}); expected 'key: value' lines") from error
    except YAMLError as error:
        raise UserError(f"{source}: not YAML ({error}); expected 'key: value' lines") from error
    if not isinstance(node, MappingNode):
        raise UserError(f"{source}:1:1: holds no keys; expected 'kind: scenario', 'comparison' or 'sweep' and its keys")
    document.data = _build(node, (), document)
    return document


def _scalar(node: ScalarNode) -> Any:
    if node.tag not in _PLAIN_TAGS:
        return node.value  # dates and the like stay text; the schema says what it wants
    try:
        return SafeConstructor(loader=YAML(typ="safe", pure=True)).construct_object(node)
    except (ValueError, ConstructorError):
        return node.value


def _build(node: Node, path: Key, document: Document) -> Any:
    if isinstance(node, MappingNode):
        return _mapping(node, path, document)
    if isinstance(node, SequenceNode):
        items = []
        for i, child in enumerate(node.value):
            document.mark((*path, i), child)
            items.append(_build(child, (*path, i), document))
        return items
    assert isinstance(node, ScalarNode)  # the third and last type of node
    return _scalar(node)


def _mapping(node: MappingNode, path: Key, document: Document) -> dict[Any, Any]:
    own: dict[Any, Any] = {}
    merged: dict[Any, Any] = {}
    for key_node, child in node.value:
        if key_node.tag == _MERGE:
            parts = child.value if isinstance(child, SequenceNode) else [child]
            for part in parts:
                merged = {**_build(part, path, document), **merged}
            continue
        key = key_node.value if isinstance(key_node, ScalarNode) else str(key_node.value)
        here = (*path, key)
        if key in own:
            at = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            message = f"{document.source}:{at[0]}:{at[1]}: {dotted(here)}: duplicate key; expected it once" + (
                f", first at line {document.lines[here][0]}"
            )
            document.problems.append((at, message))
            continue
        document.mark(here, key_node)
        own[key] = _build(child, here, document)
    return {**merged, **own}
