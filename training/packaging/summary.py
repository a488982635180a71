"""What a network is made of: its layers in order with output shapes and parameters, as a table for people."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from training.networks.dropout import Dropout
from training.networks.layers import Add, Flatten, GlobalAverage, Recurrent
from training.networks.network import INPUT_SHAPE, Network, Shape, count_parameters

# The lecture's names for torch's layers.
KINDS: dict[type[nn.Module], str] = {
    nn.Conv2d: "Conv2D",
    nn.MaxPool2d: "MaxPooling2D",
    nn.BatchNorm2d: "BatchNormalization",
    nn.ReLU: "ReLU",
    nn.LeakyReLU: "LeakyReLU",
    nn.Sigmoid: "Sigmoid",
    nn.Tanh: "Tanh",
    Add: "Add",
    GlobalAverage: "GlobalAveragePooling2D",
    Flatten: "Flatten",
    nn.Dropout: "Dropout",
    Dropout: "Dropout",
    nn.Linear: "Dense",
}


def output_shapes(network: Network) -> dict[str, Shape]:
    """The shape of each layer's output without the batch, in the lecture's order. Images are [C, H, W]."""
    x = torch.zeros(1, *INPUT_SHAPE, device=next(network.parameters()).device)
    training = network.training
    network.eval()
    with torch.inference_mode():
        shapes = {name: tuple(y.shape[1:]) for name, y in network.outputs(x)}
    network.train(training)
    return shapes


def summarise(network: Network) -> dict[str, Any]:
    """`{"input_shape", "layers": [{"name", "kind", "output_shape", "parameters", "settings"}],
    "total_parameters"}`, with the output's softmax or sigmoid as the last layer."""
    shapes = output_shapes(network)
    layers = [
        {
            "name": name,
            "kind": layer.kind if isinstance(layer, Recurrent) else KINDS[type(layer)],
            "output_shape": list(shapes[name]),
            "parameters": count_parameters(layer),
            "settings": _settings(layer, network.inputs.get(name, ())),
        }
        for name, layer in network.layers.items()
    ]
    head = {"name": "probabilities", "kind": network.head.capitalize(), "parameters": 0, "settings": ""}
    classes = 2 if network.head == "sigmoid" else shapes[list(shapes)[-1]][0]
    return {
        "input_shape": list(INPUT_SHAPE),
        "layers": [*layers, head | {"output_shape": [classes]}],
        "total_parameters": network.parameter_count(),
    }


def _settings(layer: nn.Module, inputs: Sequence[str]) -> str:
    """What the layer is set to, in the field's short form, and what it reads where that is not the layer before."""
    if inputs:
        return " + ".join(inputs) if isinstance(layer, Add) else f"{_settings(layer, ())} of {inputs[0]}"
    if isinstance(layer, nn.Conv2d):
        padding = "same" if any(layer.padding) else "valid"
        stride = f", stride {layer.stride[0]}" if layer.stride[0] > 1 else ""
        return f"{layer.out_channels} filters {layer.kernel_size[0]}x{layer.kernel_size[1]}, {padding}{stride}"
    if isinstance(layer, nn.MaxPool2d):
        return f"{layer.kernel_size}x{layer.kernel_size}, stride {layer.stride}"
    if isinstance(layer, nn.LeakyReLU):
        return f"slope {layer.negative_slope:g}"
    if isinstance(layer, nn.Dropout):
        return f"rate {layer.p:g}"
    if isinstance(layer, nn.Linear):
        return f"{layer.out_features} units"
    return f"{layer.units} units, {layer.width} values a step" if isinstance(layer, Recurrent) else ""
