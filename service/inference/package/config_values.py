"""Values of config.pbtxt's fields as Python has them: each of its kind, or a sentence that says which it must be.

fields of the text format -> message, messages, text, integer, integers, boolean -> value | PackageError
"""

import re
from typing import Any

from service.errors import PackageError
from service.inference.package.text_format import Fields, Word

_INTEGER = re.compile(r"(-?)(?:(0[xX][0-9A-Fa-f]+)|(0[0-7]*)|([1-9][0-9]{0,18}))")
_LARGEST = 2**63 - 1
_LONGEST_SHOWN = 40
_BOOLEANS = {"true": True, "True": True, "t": True, "1": True, "false": False, "False": False, "f": False, "0": False}


def only(fields: Fields, name: str) -> Any:
    """The value of a field that is not repeated, or None."""
    values = fields.get(name, [])
    if len(values) > 1:
        raise PackageError(f"config.pbtxt: {name} stands there {len(values)} times")
    return values[0] if values else None


def message(fields: Fields, name: str) -> Fields:
    """A message that is not repeated; without fields where it is not there."""
    value = only(fields, name)
    if value is not None and not isinstance(value, dict):
        raise PackageError(f"config.pbtxt: {name} must be a message in braces")
    return value or {}


def messages(fields: Fields, name: str) -> list[Fields]:
    """All messages of a repeated field."""
    values = fields.get(name, [])
    if not all(isinstance(value, dict) for value in values):
        raise PackageError(f"config.pbtxt: {name} must be a message in braces")
    return values


def text(fields: Fields, name: str) -> str:
    """A text in quotes; empty where it is not there."""
    value = only(fields, name)
    if value is not None and (isinstance(value, Word) or not isinstance(value, str)):
        raise PackageError(f"config.pbtxt: {name} must be a text in quotes")
    return value or ""


def word(fields: Fields, name: str) -> str:
    """An enum's name; empty where it is not there."""
    value = only(fields, name)
    if value is not None and not isinstance(value, Word):
        raise PackageError(f"config.pbtxt: {name} must be a word without quotes, not {shown(value)}")
    return value or ""


def boolean(fields: Fields, name: str) -> bool | None:
    """None where it is not there."""
    value = only(fields, name)
    if value is None:
        return None
    if not isinstance(value, Word) or value not in _BOOLEANS:
        raise PackageError(f"config.pbtxt: {name} must be true or false, not {shown(value)}")
    return _BOOLEANS[value]


def integer(fields: Fields, name: str, default: int, least: int) -> int:
    value = only(fields, name)
    return default if value is None else number(name, value, least)


def integers(fields: Fields, name: str, least: int) -> tuple[int, ...]:
    """All numbers of a repeated field."""
    return tuple(number(name, value, least) for value in fields.get(name, []))


def number(name: str, value: Any, least: int) -> int:
    """A whole number as the format writes it: decimal, octal after a 0, hexadecimal after 0x."""
    match = _INTEGER.fullmatch(value) if isinstance(value, Word) else None
    if match is None:
        raise PackageError(f"config.pbtxt: {name} must be a whole number, not {shown(value)}")
    sign, hexadecimal, octal, decimal = match.groups()
    found = int(hexadecimal, 16) if hexadecimal else int(octal, 8) if octal else int(decimal)
    found = -found if sign else found
    if not least <= found <= _LARGEST:
        bound = f"at least {least}" if found < least else f"at most {_LARGEST}"
        raise PackageError(f"config.pbtxt: {name} must be {bound}")
    return found


def shown(value: Any) -> str:
    """A value as a sentence may show it."""
    return "a message" if isinstance(value, dict) else repr(str(value)[:_LONGEST_SHOWN])
