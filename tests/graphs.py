"""Small ONNX graphs with several tensors, of every datatype of the protocol."""

from collections.abc import Sequence
from pathlib import Path

from onnx import NodeProto, TensorProto, ValueInfoProto, helper, save

ONNX_TYPES = {
    "BOOL": TensorProto.BOOL,
    "UINT8": TensorProto.UINT8,
    "UINT16": TensorProto.UINT16,
    "UINT32": TensorProto.UINT32,
    "UINT64": TensorProto.UINT64,
    "INT8": TensorProto.INT8,
    "INT16": TensorProto.INT16,
    "INT32": TensorProto.INT32,
    "INT64": TensorProto.INT64,
    "FP16": TensorProto.FLOAT16,
    "FP32": TensorProto.FLOAT,
    "FP64": TensorProto.DOUBLE,
    "BYTES": TensorProto.STRING,
    "BF16": TensorProto.BFLOAT16,
}
Shape = Sequence[int | str]


def echo_graph(file: Path, datatype: str, shape: Shape = ("batch", "width")) -> Path:
    """`back` is `sent`."""
    kind = ONNX_TYPES[datatype]
    tensors = [helper.make_tensor_value_info(name, kind, shape) for name in ("sent", "back")]
    return _write(file, [helper.make_node("Identity", ["sent"], ["back"])], tensors[:1], tensors[1:])


def sum_graph(file: Path, shape: Shape = ("batch", 3), other: Shape | None = None) -> Path:
    """FP32 `a` and `b` to their `sum` and `product`."""
    a = helper.make_tensor_value_info("a", TensorProto.FLOAT, shape)
    b = helper.make_tensor_value_info("b", TensorProto.FLOAT, other or shape)
    free = ["rows", *(None for _ in shape[1:])]
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, free) for name in ("sum", "product")]
    nodes = [helper.make_node("Add", ["a", "b"], ["sum"]), helper.make_node("Mul", ["a", "b"], ["product"])]
    return _write(file, nodes, [a, b], outputs)


def _write(file: Path, nodes: list[NodeProto], inputs: list[ValueInfoProto], outputs: list[ValueInfoProto]) -> Path:
    graph = helper.make_graph(nodes, "small", inputs, outputs)
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), file)
    return file
