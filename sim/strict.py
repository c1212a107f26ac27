"""The base class of everything that a config holds: what is given has the type that its schema says, exactly.

Pydantic reads ``true`` as 1, ``"5"`` as 5 and ``1`` as true; a config that says so is more often wrong than not, and
the JSON Schema of the same classes refuses it.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticKnownError, core_schema

_CONTROL = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f"  # control characters but for tabs and ends of lines
TEXT = f"^[^{_CONTROL}]*$"  # of fields that state no pattern
# Also what Unicode itself calls no character: such text can be written to no file.
_UNWRITABLE = re.compile(rf"[{_CONTROL}\ud800-\udfff]")


# What ends the direction of writing that a character begins.
_END_OF_ISOLATE = "\u2069"
_BEGINS = dict.fromkeys("\u202a\u202b\u202d\u202e", "\u202c") | dict.fromkeys("\u2066\u2067\u2068", _END_OF_ISOLATE)

Year = Annotated[int, Field(ge=0, le=9999)]


def unwritable(text: str) -> str:
    """Return what is wrong with text that holds a character which cannot be written, or nothing.

    Examples
    --------
    >>> unwritable("a" + chr(0xD800))
    'holds U+D800, which cannot be written; expected text without it'
    >>> unwritable("é, 中, 😀")
    ''
    """
    found = _UNWRITABLE.search(text)
    return f"holds U+{ord(found.group()):04X}, which cannot be written; expected text without it" if found else ""


def closed(text: str) -> str:
    """Return text that ends each direction of writing that it begins, as what follows it would be reversed otherwise.

    References
    ----------
    Unicode Standard Annex 9, Unicode Bidirectional Algorithm, X1 to X8.

    Examples
    --------
    >>> closed("plain"), closed(chr(0x202E) + "abc")[4:] == chr(0x202C)
    ('plain', True)
    """
    open_ones: list[str] = []
    for letter in text:
        if letter in _BEGINS:
            open_ones.append(_BEGINS[letter])
        elif letter in open_ones:
            while open_ones[-1] != letter and letter == _END_OF_ISOLATE:
                open_ones.pop()  # which the end of an isolate ends as well
            if open_ones[-1] == letter:
                open_ones.pop()
    return text + "".join(reversed(open_ones))


# Text that is shown with other text.
Title = Annotated[str, AfterValidator(closed)]


def _at_its_word(schema: Any, owner: Any) -> Any:
    """Return a schema whose numbers, truth values and texts are taken at their word, at any depth."""
    if isinstance(schema, (list, tuple)):
        return type(schema)(_at_its_word(part, owner) for part in schema)
    if not isinstance(schema, dict) or schema.get("type") == "model" and schema["cls"] is not owner:
        return schema  # another class has been through this itself
    inside = {key: part if key in _OPAQUE else _at_its_word(part, owner) for key, part in schema.items()}
    match schema.get("type"):
        case "bool":
            return {**inside, "strict": True}
        case "int" | "float" as name:
            return core_schema.no_info_before_validator_function(_NUMBERS[name], inside)
        case "str" if "pattern" not in inside:
            return {**inside, "pattern": TEXT}
        case "union":  # the place of an error names the alternatives as they were
            pairs = zip(inside["choices"], schema["choices"], strict=True)
            return {**inside, "choices": [_labelled(*pair) for pair in pairs]}
    return inside


def _labelled(choice: Any, former: Any) -> Any:
    return (choice, former["type"]) if isinstance(former, dict) and former.get("type") in _SIMPLE else choice


def _no_integer(given: Any) -> Any:
    if isinstance(given, (bool, str, bytes)):
        raise PydanticKnownError("int_type")
    return given


def _no_number(given: Any) -> Any:
    if isinstance(given, (bool, str, bytes)):
        raise PydanticKnownError("float_type")
    return given


# Keys are texts in a file, also those that are numbers; the others hold no schema.
_OPAQUE = ("keys_schema", "default", "metadata", "serialization", "expected")
_SIMPLE = ("int", "float", "str")
_NUMBERS: dict[str, Any] = {"int": _no_integer, "float": _no_number}


class Strict(BaseModel):
    """Base of every configured object: frozen, no unknown keys, no truth values or texts in place of numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Return pydantic's schema of the class with the types of its values taken at their word."""
        schema = handler(source)
        own: dict[str, Any] = handler.resolve_ref_schema(schema)  # type: ignore[assignment]
        own.update(_at_its_word(own, source))
        return schema
