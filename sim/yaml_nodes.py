"""From the nodes of a YAML file to plain data: their positions, and what no config can mean."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import StringMark
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from sim.strict import unwritable

if TYPE_CHECKING:
    from sim.documents import Document, Key

DEEPEST = 64  # levels of a file: sections in sections
MOST_REPEATED = 100_000  # values that aliases may repeat
DEEP = f"more than {DEEPEST} levels; expected fewer sections and lists inside others"

_TAG = "tag:yaml.org,2002:"
_TYPES = {f"{_TAG}{name}": name for name in ("int", "float", "bool", "null")}
# Dates and '=' stay text; the schema says what it expects.
_TEXTS = {f"{_TAG}{name}" for name in ("str", "timestamp", "value", "merge")}
_WORDS = {"int": "an integer", "float": "a number", "bool": "true or false", "null": "nothing"}


def place_of(mark: StringMark) -> tuple[int, int]:
    """Return the line and column of a mark, from 1."""
    return mark.line + 1, mark.column + 1


class Builder:
    """Makes plain data of the nodes of a document, which notes their positions and what is wrong with them."""

    def __init__(self, document: Document, yaml: YAML):
        self.document = document
        self._scalars = SafeConstructor(loader=yaml)
        self._above: list[int] = []  # nodes in which the present one is
        self._seen: set[int] = set()
        self._repeated = 0

    def build(self, node: Node, path: Key) -> Any:
        """Return the data of a node."""
        self._repeated += id(node) in self._seen
        self._seen.add(id(node))
        if isinstance(node, ScalarNode):
            return self._scalar(node, path)
        if problem := self._endless(node):
            self.document.add(node, path, problem)
            return None
        if node.tag not in (f"{_TAG}map", f"{_TAG}seq"):
            self.document.add(node, path, f"has the tag '{_short(node.tag)}'; expected a section or list without a tag")
        self._above.append(id(node))
        data = self._list(node, path) if isinstance(node, SequenceNode) else self._section(node, path)
        self._above.pop()
        return data

    def _endless(self, node: Node) -> str:
        """Return why a section or list cannot be written out, or nothing if it can."""
        if id(node) in self._above:
            return "contains itself; expected no alias of a section within it"
        if len(self._above) >= DEEPEST:
            return DEEP
        if self._repeated > MOST_REPEATED:
            return f"aliases repeat more than {MOST_REPEATED:,} values; expected fewer"
        return ""

    def _list(self, node: SequenceNode, path: Key) -> list[Any]:
        items = []
        for i, child in enumerate(node.value):
            self.document.mark((*path, i), child)
            items.append(self.build(child, (*path, i)))
        return items

    def _section(self, node: Node, path: Key) -> dict[Any, Any]:
        merged: dict[Any, Any] = {}
        own: dict[Any, Any] = {}
        for key_node, child in node.value:
            if key_node.tag == f"{_TAG}merge":
                for part in self._merged(key_node, child, path):
                    merged = {**part, **merged}
        for key_node, child in node.value:
            if key_node.tag == f"{_TAG}merge":
                continue
            if not isinstance(key_node, ScalarNode):
                self.document.add(key_node, path, "a key is a section or list; expected a word")
                continue
            key = self._text(key_node, path)
            here = (*path, key)
            if key in own:
                self._duplicate(key_node, here)
                continue
            self.document.mark(here, key_node)
            own[key] = self.build(child, here)
        return {**merged, **own}

    def _merged(self, key: Node, child: Node, path: Key) -> Iterator[dict[Any, Any]]:
        """Yield the sections that a key ``<<`` names."""
        for part in child.value if isinstance(child, SequenceNode) else [child]:
            if isinstance(part, MappingNode):
                built = self.build(part, path)
                yield {} if built is None else built
            else:
                self.document.add(
                    key, path, "'<<' merges a value that is not a section; expected an alias of a section"
                )

    def _duplicate(self, node: Node, here: Key) -> None:
        line, column = self.document.lines[here]
        first = f"line {line}" if line != node.start_mark.line + 1 else f"column {column}"
        self.document.add(node, here, f"duplicate key; expected it once, first at {first}", unread=False)

    def _scalar(self, node: ScalarNode, path: Key) -> Any:
        name = _TYPES.get(str(node.tag))
        if name is None:
            if node.tag not in _TEXTS:
                self.document.add(node, path, f"has the tag '{_short(node.tag)}'; expected a value without a tag")
            return self._text(node, path)
        try:
            return getattr(self._scalars, f"construct_yaml_{name}")(node)
        except (ValueError, LookupError):  # a tag that the value does not have, or a number of thousands of digits
            shown = node.value if len(node.value) <= 40 else f"{node.value[:37]}..."
            self.document.add(node, path, f"'{shown}' cannot be read as {_WORDS[name]}; expected one, without a tag")
            return None

    def _text(self, node: ScalarNode, path: Key) -> str:
        """Return the text of a node; halves of a character written apart, as JSON does, are put together."""
        text = str(node.value).encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
        if problem := unwritable(text):
            self.document.add(node, path, problem)
        return text


def _short(tag: Any) -> str:
    tag = str(tag)
    return f"!!{tag.removeprefix(_TAG)}" if tag.startswith(_TAG) else tag
