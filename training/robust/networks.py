"""The networks of our own."""

from collections.abc import Sequence

from torch import nn

from training.networks.layers import GlobalAverage
from training.networks.network import Network, he_normal


def robust_cnn(blocks: Sequence[tuple[int, int]], dropout: float) -> Network:
    """Our own: blocks of (maps, convolutions of 3 x 3), each with batch normalisation and ReLU, pooling between
    them, then the mean of each map and one dense layer.

    The mean keeps the dense layer small and blind to where something was seen (Lin et al., 2014).
    """
    layers: dict[str, nn.Module] = {}
    channels = 1
    number = 0
    for block, (maps, convolutions) in enumerate(blocks, start=1):
        for _ in range(convolutions):
            number += 1
            layers[f"conv{number}"] = nn.Conv2d(channels, maps, 3, padding=1, bias=False)
            layers[f"norm{number}"] = nn.BatchNorm2d(maps)
            layers[f"relu{number}"] = nn.ReLU()
            channels = maps
        if block < len(blocks):
            layers[f"pool{block}"] = nn.MaxPool2d(2)
    layers |= {"average": GlobalAverage(), "dropout": nn.Dropout(dropout), "dense": nn.Linear(channels, 10)}
    return Network(layers, initialise=he_normal)
