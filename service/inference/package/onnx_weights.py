"""The weights in an ONNX file by name: the few fields of its format that this takes, as the service has no onnx.

    ModelProto.graph (7) -> GraphProto.initializer (5) -> TensorProto: dims (1), data_type (2), name (8), raw_data (9)

Field numbers: onnx/onnx.proto.
"""

import math

import numpy as np
from numpy.typing import NDArray

from service.inference.package.protobuf_wire import fields, nested, packed

_FLOAT32 = 1  # TensorProto.DataType
_FLOATS = (1, 10, 11, 16)  # float, float16, double, bfloat16


def read_weights(model: bytes) -> dict[str, NDArray[np.float32]]:
    """The graph's float32 weights that stand in the file as raw bytes, read-only. Raises ValueError where the
    content is no ONNX."""
    weights = {}
    for graph in nested(memoryview(model), 7):
        for tensor in nested(graph, 5):
            parts = list(fields(tensor))
            raw = [value for number, value in parts if number == 9 and isinstance(value, memoryview)]
            if (2, _FLOAT32) in parts and raw:
                names = [
                    bytes(value).decode() for number, value in parts if number == 8 and isinstance(value, memoryview)
                ]
                if not names:
                    raise ValueError("a tensor without a name")
                weights[names[-1]] = np.frombuffer(raw[0], "<f4").reshape(dimensions(parts))
    return weights


def dimensions(tensor: list[tuple[int, int | memoryview]]) -> list[int]:
    """The shape of a tensor by its fields."""
    found: list[int] = []
    for number, value in tensor:
        if number == 1:
            found += [value] if isinstance(value, int) else packed(value)
    return found


def count_parameters(model: memoryview) -> int:
    """How many floating-point weights the graph's initializers hold, wherever their bytes are. Raises ValueError."""
    total = 0
    for graph in nested(model, 7):
        for tensor in nested(graph, 5):
            parts = list(fields(tensor))
            if any((2, kind) in parts for kind in _FLOATS):
                total += math.prod(dimensions(parts))
    return total
