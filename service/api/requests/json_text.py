"""JSON text that strangers send: strict UTF-8, and no deeper than people write.

bytes -> brackets counted -> parsed -> what it says, or ValueError

The parser itself would go 1,024 lists deep, and holds the interpreter until it is done. orjson takes half of the time
that others do for a list of numbers (docs/performance.md).
"""

import re
from typing import Any

import numpy as np
import orjson
from pydantic_core import from_json

MAX_DEPTH = 64
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)


class NestedTooDeep(ValueError):
    """Lists and objects stand in one another more than `MAX_DEPTH` deep."""

    def __init__(self) -> None:
        super().__init__(f"Lists and objects may be nested {MAX_DEPTH} deep at most; these are nested deeper.")


def read_json(text: bytes | str, strict: bool = True) -> Any:
    """What the text says. Unless it is to be read as `strict` as RFC 8259 has it, NaN and Infinity are numbers: for who
    says of them what is wrong. Raises ValueError where it is no JSON or no UTF-8, the NestedTooDeep among them where it
    is that."""
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    check_depth(data)
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        if strict:
            raise
    return from_json(data)


def check_depth(text: bytes) -> None:
    """Raises NestedTooDeep."""
    if text.count(b"[") + text.count(b"{") <= MAX_DEPTH or _depth(text) <= MAX_DEPTH:
        return
    if _depth(_STRING.sub(b"", text)) > MAX_DEPTH:  # the first look also counts brackets in strings
        raise NestedTooDeep


def _depth(text: bytes) -> int:
    """The most brackets that are open at a time."""
    codes = np.frombuffer(text, np.uint8) | 0x20  # { and [, } and ] differ in this bit alone
    marks = codes[(codes == ord("{")) | (codes == ord("}"))]
    return int(np.where(marks == ord("{"), 1, -1).cumsum().max(initial=0))
