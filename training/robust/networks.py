"""The network of our own."""

from collections.abc import Sequence

from torch import nn

from training.networks.copies import Copy
from training.networks.layers import Add, GlobalAverage
from training.networks.network import Network, he_normal

STAGES = (16, 32, 64)  # maps; each stage after the first halves the sides
BLOCKS = 3  # of two convolutions, in each stage


def residual(copies: Sequence[Copy] = ()) -> Network:
    """A residual network with activations before the convolutions (He et al., 2016, "Identity mappings"): 20
    layers deep with the dense one, 272 thousand weights.

        conv1 -> nine blocks of (norm, ReLU, conv, norm, ReLU, conv) + what went in -> norm, ReLU, mean, dense

    Where a block changes the count of maps, what went in passes a convolution of 1 x 1 behind the first ReLU. Served it
    answers with the mean over the picture and these `copies` of it.
    """
    layers: dict[str, nn.Module] = {"conv1": _convolution(1, STAGES[0])}
    inputs: dict[str, tuple[str, ...]] = {}
    channels, before = STAGES[0], "conv1"
    for number in range(1, BLOCKS * len(STAGES) + 1):
        maps = STAGES[(number - 1) // BLOCKS]
        stride = 2 if maps != channels and number > 1 else 1
        first, second = 2 * number, 2 * number + 1  # numbers of its convolutions
        layers |= {f"norm{first}": nn.BatchNorm2d(channels), f"relu{first}": nn.ReLU(inplace=True)}
        layers[f"conv{first}"] = _convolution(channels, maps, stride)
        layers |= {f"norm{second}": nn.BatchNorm2d(maps), f"relu{second}": nn.ReLU(inplace=True)}
        layers[f"conv{second}"] = _convolution(maps, maps)
        shortcut = before
        if maps != channels:
            shortcut = f"shortcut{number}"
            layers[shortcut] = nn.Conv2d(channels, maps, 1, stride, bias=False)
            inputs[shortcut] = (f"relu{first}",)
        layers[f"add{number}"] = Add()
        inputs[f"add{number}"] = (f"conv{second}", shortcut)
        channels, before = maps, f"add{number}"
    layers |= {"norm": nn.BatchNorm2d(channels), "relu": nn.ReLU(inplace=True)}
    return Network(
        layers | {"average": GlobalAverage(), "dense": nn.Linear(channels, 10)},
        initialise=he_normal,
        inputs=inputs,
        copies=copies,
    )


def _convolution(channels: int, maps: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(channels, maps, 3, stride, padding=1, bias=False)
