"""A trained network to ONNX, layer by layer: `model.onnx` for serving, `features.onnx` for looking inside.

    Network -> nodes of standard operators (opset pinned, batch dynamic) -> checked -> file -> parity with torch

Our own emitter rather than torch's: it gives one node a layer under the layer's name, the recurrent nets as
RNN, LSTM and GRU operators instead of 28 unrolled steps, and every layer's output without a second network.
"""

from collections.abc import Mapping, Sequence
from functools import singledispatch
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from service import __version__
from service.imaging.preprocessing.spec import PreprocessSpec, to_tensor
from service.inference.runtime.session import Session
from training import files
from training.networks.copies import Copy
from training.networks.layers import Add, Flatten, GlobalAverage, Recurrent
from training.networks.network import INPUT_SHAPE, Network
from training.packaging.summary import output_shapes

OPSET = 17  # onnxruntime 1.12 and later, Triton 22.08 and later
IR_VERSION = 8
INPUT, OUTPUT, ROWS = "input", "probabilities", "rows"

# Where torch's gates stand in ONNX's order: torch has LSTM i f g o, GRU r z n; ONNX has i o f c and z r h.
GATES = {"SimpleRNN": (0,), "LSTM": (0, 3, 1, 2), "GRU": (1, 0, 2)}
OPERATORS = {"SimpleRNN": "RNN", "LSTM": "LSTM", "GRU": "GRU"}


class _Graph:
    """Nodes and weights in the making."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[TensorProto] = []
        self.states: dict[str, str] = {}  # recurrent layer -> its states [n, steps, units]
        self.flattened: dict[str, tuple[int, int, int]] = {}  # flat output -> [C, H, W] of what was flattened

    def weight(self, name: str, value: Tensor | NDArray[np.generic]) -> str:
        array = value.detach().cpu().contiguous().numpy() if isinstance(value, Tensor) else value
        self.weights.append(numpy_helper.from_array(array, name))
        return name

    def node(self, operator: str, inputs: Sequence[str], output: str, **attributes: object) -> str:
        self.nodes.append(helper.make_node(operator, list(inputs), [output], name=output, **attributes))
        return output


def export_model(network: Network, path: Path) -> None:
    """Writes the network as it is served: input [n, 1, 28, 28] float32 -> probabilities [n, classes] float32."""
    graph = _Graph()
    x = INPUT
    for name, layer in network.plan():
        x = _emit(layer, graph, name, *network.inputs.get(name, (x,)))
    _head(network, graph, x, OUTPUT)
    if network.copies:
        _average(graph, network.copies)
    _write(graph, {OUTPUT: (_classes(network),)}, path)


def export_features(network: Network, path: Path) -> None:
    """Writes the same weights with the output of every layer, in the lecture's order, then the probabilities.

    A recurrent layer gives its state after each row [n, 28, units]; `rows` the probabilities after each [n, 28,
    classes].
    """
    graph = _Graph()
    shapes = output_shapes(network)
    outputs: dict[str, tuple[int, ...]] = {}
    x = INPUT
    for name, layer in network.layers.items():
        x = _emit(layer, graph, name, *network.inputs.get(name, (x,)))
        if isinstance(layer, Recurrent):
            outputs[_emit_states(graph, name)] = (28, layer.units)
        elif not isinstance(layer, nn.Dropout | Flatten):
            outputs[x] = shapes[name]
    _head(network, graph, x, OUTPUT)
    if graph.states:
        outputs[_emit_rows(network, graph)] = (28, _classes(network))
    _write(graph, outputs | {OUTPUT: (_classes(network),)}, path)


def parity(network: Network, path: Path, images: NDArray[np.uint8]) -> float:
    """The largest difference of a probability between torch and onnxruntime over images [n, 28, 28]."""
    tensor = to_tensor(images, PreprocessSpec())
    network.eval()
    with torch.inference_mode():
        ours = network.answer(torch.from_numpy(tensor)).numpy()
    theirs = Session(path).run(tensor)
    return float(np.abs(ours - theirs).max())


@singledispatch
def _emit(layer: nn.Module, graph: _Graph, name: str, *x: str) -> str:  # noqa: ARG001
    """Adds the layer's nodes on `x` and gives the name of its output: that of the layer, but for dropout and the
    recurrent ones, which no layer names as its input."""
    raise TypeError(f"{name}: a {type(layer).__name__} cannot be exported")


@_emit.register
def _(layer: nn.Conv2d, graph: _Graph, name: str, x: str) -> str:
    assert not isinstance(layer.padding, str)
    weights = [graph.weight(f"{name}.weight", layer.weight)]
    if layer.bias is not None:
        weights.append(graph.weight(f"{name}.bias", layer.bias))
    pads = [*layer.padding, *layer.padding]
    return graph.node("Conv", [x, *weights], name, pads=pads, strides=list(layer.stride))


@_emit.register
def _(layer: nn.Linear, graph: _Graph, name: str, x: str) -> str:
    weight = layer.weight
    if x in graph.flattened:  # ONNX flattens C, H, W; the network H, W, C: the weights change places instead
        channels, height, width = graph.flattened[x]
        weight = weight.view(-1, height, width, channels).permute(0, 3, 1, 2).flatten(1)
    weights = [graph.weight(f"{name}.weight", weight), graph.weight(f"{name}.bias", layer.bias)]
    return graph.node("Gemm", [x, *weights], name, transB=1)


@_emit.register
def _(layer: nn.MaxPool2d, graph: _Graph, name: str, x: str) -> str:
    size, stride = int(layer.kernel_size), int(layer.stride)  # type: ignore[arg-type]  # we build square ones
    shape = {"kernel_shape": [size, size], "strides": [stride, stride]}
    return graph.node("MaxPool", [x], name, ceil_mode=int(layer.ceil_mode), **shape)


@_emit.register
def _(layer: nn.BatchNorm2d, graph: _Graph, name: str, x: str) -> str:
    assert layer.running_mean is not None
    assert layer.running_var is not None
    values = {"scale": layer.weight, "bias": layer.bias, "mean": layer.running_mean, "variance": layer.running_var}
    weights = [graph.weight(f"{name}.{part}", value) for part, value in values.items()]
    return graph.node("BatchNormalization", [x, *weights], name, epsilon=layer.eps)


@_emit.register
def _(layer: Add, graph: _Graph, name: str, x: str, shortcut: str) -> str:  # noqa: ARG001
    return graph.node("Add", [x, shortcut], name)


@_emit.register
def _(layer: GlobalAverage, graph: _Graph, name: str, x: str) -> str:  # noqa: ARG001
    return graph.node("ReduceMean", [x], name, axes=[2, 3], keepdims=0)


@_emit.register
def _(layer: nn.ReLU, graph: _Graph, name: str, x: str) -> str:  # noqa: ARG001
    return graph.node("Relu", [x], name)


@_emit.register
def _(layer: nn.LeakyReLU, graph: _Graph, name: str, x: str) -> str:
    return graph.node("LeakyRelu", [x], name, alpha=layer.negative_slope)


@_emit.register
def _(layer: nn.Sigmoid, graph: _Graph, name: str, x: str) -> str:  # noqa: ARG001
    return graph.node("Sigmoid", [x], name)


@_emit.register
def _(layer: nn.Tanh, graph: _Graph, name: str, x: str) -> str:  # noqa: ARG001
    return graph.node("Tanh", [x], name)


@_emit.register
def _(layer: Flatten, graph: _Graph, name: str, x: str) -> str:
    graph.flattened[name] = layer.shape
    return graph.node("Flatten", [x], name)


@_emit.register
def _(layer: nn.Dropout, graph: _Graph, name: str, x: str) -> str:  # noqa: ARG001
    return x  # only training drops


@_emit.register
def _(layer: Recurrent, graph: _Graph, name: str, x: str) -> str:
    units = layer.units
    weights_of: dict[str, Tensor] = dict(layer.cell.named_parameters())
    order = [g * units + u for g in GATES[layer.kind] for u in range(units)]
    biases = torch.cat([weights_of["bias_ih_l0"][order], weights_of["bias_hh_l0"][order]])
    weights = [
        graph.weight(f"{name}.kernel", weights_of["weight_ih_l0"][order][None]),
        graph.weight(f"{name}.recurrent_kernel", weights_of["weight_hh_l0"][order][None]),
        graph.weight(f"{name}.bias", biases[None]),
    ]
    channel = graph.weight(f"{name}.channel", np.array([1], np.int64))
    rows = graph.node("Squeeze", [x, channel], f"{name}.rows")  # [n, 28, 28]
    steps = graph.node("Transpose", [rows], f"{name}.steps", perm=[1, 0, 2])  # [28, n, 28]
    states, last = f"{name}.states", f"{name}.last"  # [28, 1, n, units], [1, n, units]
    attributes = {"linear_before_reset": 1} if layer.kind == "GRU" else {}
    graph.nodes.append(
        helper.make_node(
            OPERATORS[layer.kind],
            [steps, *weights],
            [states, last],
            name=f"{name}.cell",
            hidden_size=units,
            **attributes,
        )
    )
    graph.states[name] = states
    direction = graph.weight(f"{name}.direction", np.array([0], np.int64))
    return graph.node("Squeeze", [last, direction], f"{name}.state")  # [n, units]


def _emit_states(graph: _Graph, name: str) -> str:
    direction = graph.weight(f"{name}.states_direction", np.array([1], np.int64))
    states = graph.node("Squeeze", [graph.states[name], direction], f"{name}.by_step")
    return graph.node("Transpose", [states], name, perm=[1, 0, 2])  # [n, 28, units]


def _emit_rows(network: Network, graph: _Graph) -> str:
    """The probabilities that the dense layer behind the recurrent one would give after each row."""
    (name,) = graph.states
    dense = list(network.layers.values())[-1]
    assert isinstance(dense, nn.Linear)
    kernel = graph.weight("rows.weight", dense.weight.T)
    product = graph.node("MatMul", [name, kernel], "rows.product")
    logits = graph.node("Add", [product, graph.weight("rows.bias", dense.bias)], "rows.logits")
    return graph.node("Softmax", [logits], ROWS, axis=-1)


def _head(network: Network, graph: _Graph, x: str, output: str) -> None:
    if network.head == "softmax":
        graph.node("Softmax", [x], output, axis=-1)
        return
    p = graph.node("Sigmoid", [x], "sigmoid")
    one = graph.weight("one", np.ones(1, np.float32))
    rest = graph.node("Sub", [one, p], "complement")
    graph.node("Concat", [rest, p], output, axis=1)


def _average(graph: _Graph, copies: Sequence[Copy]) -> None:
    """Makes the output of a graph its mean over the picture and these copies of it: the same nodes once more for each,
    with the same weights."""
    once, weights = list(graph.nodes), {weight.name for weight in graph.weights}
    once[-1].name, once[-1].output[:] = "whole", ["whole"]
    answers = ["whole"]
    for copy in copies:
        name = copy.name
        left = graph.node("MatMul", [graph.weight(f"{name}.rows", copy.rows()), INPUT], f"{name}.rows_of")
        seen = graph.node("MatMul", [left, graph.weight(f"{name}.columns", copy.columns())], name)
        for node in once:
            own = {each: f"{each}.{name}" for each in (*node.input, *node.output) if each and each not in weights}
            graph.nodes.append(_renamed(node, own | {INPUT: seen}, f"{node.name}.{name}"))
        answers.append(f"whole.{name}")
    graph.node("Mean", answers, OUTPUT)


def _renamed(node: onnx.NodeProto, names: Mapping[str, str], name: str) -> onnx.NodeProto:
    copied = onnx.NodeProto()
    copied.CopyFrom(node)
    copied.name = name
    copied.input[:] = [names.get(each, each) for each in node.input]
    copied.output[:] = [names.get(each, each) for each in node.output]
    return copied


def _classes(network: Network) -> int:
    last = list(network.layers.values())[-1]
    assert isinstance(last, nn.Linear)
    return 2 if network.head == "sigmoid" else last.out_features


def _write(graph: _Graph, outputs: dict[str, tuple[int, ...]], path: Path) -> None:
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "featuremap",
            [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["batch", *INPUT_SHAPE])],
            [helper.make_tensor_value_info(k, TensorProto.FLOAT, ["batch", *v]) for k, v in outputs.items()],
            graph.weights,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="featuremap",
        producer_version=__version__,
    )
    onnx.checker.check_model(model, full_check=True)
    files.write_bytes(path, model.SerializeToString())
