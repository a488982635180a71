"""The lecture's networks, layer by layer."""

from typing import Literal

from torch import nn

from training.networks.dropout import Dropout
from training.networks.layers import Flatten, Recurrent
from training.networks.network import INPUT_SHAPE, Network


def mnist_cnn() -> Network:
    """Lecture, example 1: 607,394 parameters."""
    return Network(
        {
            "conv1": nn.Conv2d(1, 28, 3),
            "pool1": nn.MaxPool2d(2),
            "flatten": Flatten(28, 13, 13),
            "dense1": nn.Linear(28 * 13 * 13, 128),
            "relu1": nn.ReLU(),
            "dropout1": Dropout(0.2),
            "dense2": nn.Linear(128, 10),
        }
    )


def fashion_cnn(dropout: bool) -> Network:
    """Lecture, examples 2 and 3: 356,234 parameters; with dropout .25, .25, .4 and .3."""
    layers: dict[str, nn.Module] = {}
    channels = 1
    for i, (maps, rate) in enumerate([(32, 0.25), (64, 0.25), (128, 0.4)], start=1):
        layers[f"conv{i}"] = nn.Conv2d(channels, maps, 3, padding=1)
        layers[f"leaky_relu{i}"] = nn.LeakyReLU(0.1)
        layers[f"pool{i}"] = nn.MaxPool2d(2, ceil_mode=True)  # "same": 7 wide gives 4
        if dropout:
            layers[f"dropout{i}"] = Dropout(rate)
        channels = maps
    layers |= {
        "flatten": Flatten(128, 4, 4),
        "dense1": nn.Linear(128 * 4 * 4, 128),
        "leaky_relu4": nn.LeakyReLU(0.1),
    }
    if dropout:
        layers["dropout4"] = Dropout(0.3)
    layers["dense2"] = nn.Linear(128, 10)
    return Network(layers)


def recurrent(kind: Literal["SimpleRNN", "LSTM", "GRU"], units: int = 128) -> Network:
    """Lecture, recurrent networks: each of the 28 rows is a step of 28 values."""
    return Network({kind.lower(): Recurrent(kind, 28, units), "dense1": nn.Linear(units, 10)})


def odd_or_even(hidden: tuple[int, ...]) -> Network:
    """Lecture, binary class: a single neuron where `hidden` is empty, else dense ReLU layers of those sizes."""
    layers: dict[str, nn.Module] = {"flatten": Flatten(*INPUT_SHAPE)}
    width = 28 * 28
    for i, units in enumerate(hidden, start=1):
        layers[f"dense{i}"], layers[f"relu{i}"] = nn.Linear(width, units), nn.ReLU()
        width = units
    layers[f"dense{len(hidden) + 1}"] = nn.Linear(width, 1)
    return Network(layers, head="sigmoid")
