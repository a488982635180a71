"""Where a class comes from in a network that ends in a global average and one dense layer.

    features.onnx -> maps [K, h, w] -> average -> dense -> softmax: found or not
    look at a picture -> sum over k of weight[class, k] * map k -> [h, w]; its mean and the bias are the class's logit

After B. Zhou et al., "Learning deep features for discriminative localization" (2016).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.imaging.pixels import FloatArray
from service.inference.package.onnx_graph import Node

_ACTIVATIONS = ("Softmax",)


@dataclass(frozen=True, slots=True)
class ActivationHead:
    """The end of such a network: the layer whose maps are averaged, and the dense layer's weights, float32
    [classes, K] and [classes]."""

    layer: str
    weights: FloatArray
    bias: FloatArray


@dataclass(frozen=True, slots=True)
class ClassActivation:
    """What each place of the last maps adds to a class: float32 [h, w]. `logit` is their mean and `bias`."""

    layer: str
    map: FloatArray
    bias: float
    logit: float


def find_head(nodes: Sequence[Node], weights: Mapping[str, FloatArray], output: str) -> ActivationHead | None:
    """None where the network does not end so. `output` names the probabilities."""
    made_by = {name: node for node in nodes for name in node.outputs}
    last = made_by.get(output)
    if last is not None and last.operation in _ACTIVATIONS:
        last = made_by.get(last.inputs[0])
    if last is None or last.operation != "Gemm" or not last.number("transB", 0):
        return None
    average = made_by.get(last.inputs[0])
    while average is not None and average.operation in ("Flatten", "Squeeze"):
        average = made_by.get(average.inputs[0])
    if average is None or not _is_global_average(average):
        return None
    matrix = weights.get(last.inputs[1])
    bias = weights.get(last.inputs[2]) if len(last.inputs) > 2 else None
    if matrix is None or bias is None:
        return None
    return ActivationHead(average.inputs[0], matrix, bias)


def _is_global_average(node: Node) -> bool:
    if node.operation == "GlobalAveragePool":
        return True
    return node.operation == "ReduceMean" and sorted(node.numbers("axes", [])) in ([2, 3], [-2, -1])


def class_activation(head: ActivationHead, maps: FloatArray, index: int) -> ClassActivation:
    """For the class `index` of the `maps` [K, h, w] of the head's layer."""
    found: FloatArray = (head.weights[index][:, None, None] * maps).sum(axis=0)
    bias = float(head.bias[index])
    return ClassActivation(head.layer, found, bias, float(found.mean()) + bias)
