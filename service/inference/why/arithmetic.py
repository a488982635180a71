"""Any number of any layer to how it came about: picks what tells it.

Network + layer, place -> operation -> number.py | recurrent.py -> Number, with the activation that takes it
"""

from collections.abc import Callable

from service.errors import InvalidInput
from service.inference.features import INPUT
from service.inference.package.onnx_graph import Node
from service.inference.why import number as told
from service.inference.why.network import RECURRENT, Network, untold
from service.inference.why.number import Number, Place, check_place, value_at
from service.inference.why.recurrent import recurrent_step

_BY_OPERATION: dict[str, Callable[[Network, Node, Place, float], Number]] = {
    "Conv": told.convolution,
    "MaxPool": told.max_pooling,
    "Gemm": told.dense,
    "Relu": told.activation,
    "LeakyRelu": told.activation,
    "Sigmoid": told.activation,
    "Tanh": told.activation,
    "BatchNormalization": told.normalisation,
    "Add": told.addition,
    "ReduceMean": told.average,
    "GlobalAveragePool": told.average,
    "Softmax": told.softmax,
    "Concat": told.two_classes,
}


def explain_number(network: Network, layer: str, place: Place) -> Number:
    """Raises InvalidInput where there is no such layer or place, NotFound where an operation is not known."""
    if layer not in network.layers:
        raise InvalidInput(f"There is no such layer. The layers are: {', '.join(network.layers)}.")
    values = network.layers[layer].values
    check_place(values, layer, place)
    value = value_at(values, place)
    if layer == INPUT:
        return Number("input", value)
    node = network.maker(layer)
    if node is not None and node.operation in RECURRENT:
        return recurrent_step(network, node, place, value, layer)
    if node is None or node.operation not in _BY_OPERATION:
        raise untold(layer)
    number = _BY_OPERATION[node.operation](network, node, place, value)
    number.after = told.next_activation(network, layer, place)
    return number
