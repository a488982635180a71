"""Small ONNX classifiers in every form that people export."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save, save_model

Dimensions = Sequence[int | str | None]


def write_colours(
    file: Path,
    shape: Dimensions = ("n", 3, 8, 8),
    *,
    classes: int = 3,
    tail: str | None = None,
    metadata: dict[str, str] | None = None,
    external: str | None = None,
    operator: str = "Gemm",
) -> Path:
    """Means over each channel times an identity: logits, or what `tail` (Softmax, Sigmoid) makes of them."""
    axes = [1, 2] if shape[-1] in (1, 3) and shape[1] not in (1, 3) else [2, 3]
    channels = int(shape[3 if axes == [1, 2] else 1] or 0) if all(shape) else 3
    weights = np.zeros((channels, classes), np.float32)
    np.fill_diagonal(weights, 4)
    nodes = [
        helper.make_node("ReduceMean", ["image"], ["mean"], axes=axes, keepdims=0),
        helper.make_node(operator, ["mean", "weights"], ["logits"]),
    ]
    if tail:
        nodes.append(helper.make_node(tail, ["logits"], ["answers"]))
    output = helper.make_tensor_value_info("answers" if tail else "logits", TensorProto.FLOAT, [shape[0], classes])
    graph = helper.make_graph(
        nodes,
        "colours",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, list(shape))],
        [output],
        [numpy_helper.from_array(weights, "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    helper.set_model_props(model, metadata or {})
    options: dict[str, Any] = {"save_as_external_data": True, "location": external, "size_threshold": 0}
    save_model(model, str(file), **options) if external else save(model, file)
    return file
