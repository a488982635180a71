"""Protobuf's wire format: as much of it as reading an ONNX file takes, since the service has no onnx.

    bytes -> fields -> (number, int | the bytes that it takes)

Source: protobuf's "Encoding" page.
"""

from collections.abc import Iterator

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5  # wire types


def packed(values: memoryview) -> Iterator[int]:
    """The numbers of a repeated field that stand in one piece."""
    place = 0
    while place < len(values):
        value, place = _varint(values, place)
        yield value


def nested(message: memoryview, wanted: int) -> Iterator[memoryview]:
    """The messages in the field of this number."""
    return (value for number, value in fields(message) if number == wanted and isinstance(value, memoryview))


def fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Number and value of each field: an int, or the bytes that it takes. Raises ValueError where it is no message."""
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        kind = key & 7
        if kind == _VARINT:
            value, place = _varint(message, place)
            yield key >> 3, value
            continue
        if kind == _BYTES:
            size, place = _varint(message, place)
        elif kind in (_FIXED64, _FIXED32):
            size = 8 if kind == _FIXED64 else 4
        else:
            raise ValueError(f"wire type {kind}")
        if place + size > len(message):
            raise ValueError("the content ends within a field")
        yield key >> 3, message[place : place + size]
        place += size


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    """The number at `place`, seven bits a byte, the lowest first, and where the next field begins."""
    value = shift = 0
    while True:
        if place == len(message):
            raise ValueError("the content ends within a number")
        byte = message[place]
        value |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if shift > 70:
            raise ValueError("a number of more than 64 bits")
        if byte < 128:
            return value, place
