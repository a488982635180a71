"""The weights in an ONNX file by name: the few fields of its format that this takes, as the service has no onnx.

    ModelProto.graph (7) -> GraphProto.initializer (5) -> TensorProto: dims (1), data_type (2), name (8), raw_data (9)

Wire format: protobuf's "Encoding" page; field numbers: onnx/onnx.proto.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

_FLOAT32 = 1  # TensorProto.DataType
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5  # wire types


def read_weights(model: bytes) -> dict[str, NDArray[np.float32]]:
    """The graph's float32 weights that stand in the file as raw bytes, read-only. Raises ValueError where the
    content is no ONNX."""
    weights = {}
    for graph in _nested(memoryview(model), 7):
        for tensor in _nested(graph, 5):
            fields = list(_fields(tensor))
            raw = [value for number, value in fields if number == 9 and isinstance(value, memoryview)]
            if (2, _FLOAT32) in fields and raw:
                name = next(bytes(value).decode() for number, value in fields if number == 8)
                weights[name] = np.frombuffer(raw[0], "<f4").reshape(_dims(fields))
    return weights


def _dims(fields: list[tuple[int, int | memoryview]]) -> list[int]:
    dims: list[int] = []
    for number, value in fields:
        if number == 1:
            dims += [value] if isinstance(value, int) else _packed(value)
    return dims


def _packed(values: memoryview) -> Iterator[int]:
    place = 0
    while place < len(values):
        value, place = _varint(values, place)
        yield value


def _nested(message: memoryview, wanted: int) -> Iterator[memoryview]:
    return (value for number, value in _fields(message) if number == wanted and isinstance(value, memoryview))


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Number and value of each field: an int, or the bytes that it takes."""
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
        if byte < 128:
            return value, place
