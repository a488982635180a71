"""The operations in an ONNX file: as many fields of its format as following a number through them takes.

    ModelProto.graph (7) -> GraphProto.node (1) -> NodeProto: input (1), output (2), op_type (4), attribute (5)
    AttributeProto: name (1), f (2), i (3), ints (8)

Field numbers: onnx/onnx.proto.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass

from service.inference.package.protobuf_wire import fields, nested, packed

_SIGN = 1 << 63

Attribute = float | int | list[int]


@dataclass(frozen=True, slots=True)
class Node:
    """An operation: names of its tensors, and those of its attributes that are numbers or lists of whole numbers."""

    operation: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Attribute]

    def numbers(self, name: str, default: list[int]) -> list[int]:
        """A list of whole numbers."""
        found = self.attributes.get(name, default)
        return found if isinstance(found, list) else default

    def number(self, name: str, default: float) -> float:
        found = self.attributes.get(name, default)
        return default if isinstance(found, list) else found


def read_nodes(model: bytes) -> list[Node]:
    """The graph's operations in its order. Raises ValueError where the content is no ONNX."""
    return [_node(node) for graph in nested(memoryview(model), 7) for node in nested(graph, 1)]


def _node(node: memoryview) -> Node:
    parts = [(number, value) for number, value in fields(node) if isinstance(value, memoryview)]
    texts = {number: [bytes(value).decode() for n, value in parts if n == number] for number in (1, 2, 4)}
    attributes = dict(_attribute(value) for number, value in parts if number == 5)
    return Node(
        texts[4][0] if texts[4] else "",
        tuple(texts[1]),
        tuple(texts[2]),
        {name: value for name, value in attributes.items() if value is not None},
    )


def _attribute(attribute: memoryview) -> tuple[str, Attribute | None]:
    name, found = "", None
    whole: list[int] = []
    for number, value in fields(attribute):
        if number == 1 and isinstance(value, memoryview):
            name = bytes(value).decode()
        elif number == 2 and isinstance(value, memoryview):
            found = float(struct.unpack("<f", value)[0])
        elif number == 3 and isinstance(value, int):
            found = _signed(value)
        elif number == 8:
            whole += [_signed(value)] if isinstance(value, int) else map(_signed, packed(value))
    return name, whole or found


def _signed(value: int) -> int:
    """A varint as the int64 that it stands for."""
    return value - 2 * _SIGN if value >= _SIGN else value
