"""The networks as named layers in the lecture's order, with the initial weights of the lecture's library.

    Network(layers) : pixels [n, 1, 28, 28] float32 in 0..1 -> logits -> probabilities [n, classes]

One list of layers drives the training, the ONNX graph (`export.py`), the summary and the diagram.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from training.dropout import Dropout
from training.first_convolution import can_join, convolve_and_pool
from training.simple_rnn import last_state

Head = Literal["softmax", "sigmoid"]
Shape = tuple[int, ...]
INPUT_SHAPE: Shape = (1, 28, 28)


class Recurrent(nn.Module):
    """Reads an image row by row and keeps the last state: [n, 1, steps, width] -> [n, units].

    SimpleRNN and LSTM have one bias a gate, as in the lecture's library: torch's second one stays zero. The GRU
    is the reset-after form, whose two biases differ, and keeps both.
    """

    def __init__(self, kind: Literal["SimpleRNN", "LSTM", "GRU"], width: int, units: int) -> None:
        super().__init__()
        self.kind, self.width, self.units = kind, width, units
        cell = {"SimpleRNN": nn.RNN, "LSTM": nn.LSTM, "GRU": nn.GRU}[kind]
        self.cell: nn.RNNBase = cell(width, units, batch_first=True)
        nn.init.xavier_uniform_(self.cell.weight_ih_l0)
        nn.init.orthogonal_(self.cell.weight_hh_l0)
        nn.init.zeros_(self.cell.bias_ih_l0)
        nn.init.zeros_(self.cell.bias_hh_l0)
        if kind == "LSTM":
            with torch.no_grad():
                self.cell.bias_ih_l0[units : 2 * units] = 1.0  # the forget gate starts open
        if kind != "GRU":
            self.cell.bias_hh_l0.requires_grad_(False)

    def states(self, x: Tensor) -> Tensor:
        """The state after each row: [n, 1, steps, width] -> [n, steps, units]."""
        return self.cell(x.squeeze(1))[0]

    def forward(self, x: Tensor) -> Tensor:
        if self.kind == "SimpleRNN" and x.device.type == "cpu":
            weights: dict[str, Tensor] = dict(self.cell.named_parameters())
            return last_state(x.squeeze(1), *(weights[name] for name in ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0")))
        return self.states(x)[:, -1]


class Flatten(nn.Module):
    """[n, C, H, W] to [n, H * W * C], the order of the lecture's library.

    With channels last in memory this is a view; torch's own order would copy every batch there and back.
    """

    def __init__(self, channels: int, height: int, width: int) -> None:
        super().__init__()
        self.shape = (channels, height, width)

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(0, 2, 3, 1).reshape(len(x), -1)


class GlobalAverage(nn.Module):
    """The mean of each map: [n, C, H, W] to [n, C]."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mean((2, 3))


def glorot_uniform(layer: nn.Conv2d | nn.Linear) -> None:
    """Glorot and Bengio (2010), the default of the lecture's library."""
    nn.init.xavier_uniform_(layer.weight)


def he_normal(layer: nn.Conv2d | nn.Linear) -> None:
    """He et al. (2015), made for ReLU."""
    nn.init.kaiming_normal_(layer.weight, mode="fan_out" if isinstance(layer, nn.Conv2d) else "fan_in")


class Network(nn.Module):
    """A feed-forward stack of named layers that gives logits, and the head that makes probabilities of them.

    `sigmoid` is for two classes: one logit z, probabilities (1 - s(z), s(z)).
    """

    def __init__(
        self,
        layers: Mapping[str, nn.Module],
        head: Head = "softmax",
        initialise: Callable[[nn.Conv2d | nn.Linear], None] = glorot_uniform,
    ) -> None:
        super().__init__()
        self.layers = nn.ModuleDict(layers)
        self.head = head
        for layer in self.layers.values():
            if isinstance(layer, nn.Conv2d | nn.Linear):
                initialise(layer)
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)
        self._plan = list(pooling_first(self.layers))
        self._first_joined = len(self._plan) > 1 and can_join(self._plan[0][1], self._plan[1][1])

    def forward(self, x: Tensor, kept: Collection[str] = ()) -> Tensor:
        """Pixels [n, 1, 28, 28] to logits [n, classes], or [n, 1] with the sigmoid head.

        The `kept` layers, the first ones, stay as they are while the others are trained: as in inference, and without
        the cost of gradients.
        """
        plan = self._plan
        if x.device.type == "cpu" and self._first_joined and not kept:
            convolution: Any = plan[0][1]
            x = convolve_and_pool(x, convolution.weight, convolution.bias, convolution.padding[0])
            plan = plan[2:]
        for name, layer in plan:
            if name in kept:
                layer.eval()
            with torch.set_grad_enabled(torch.is_grad_enabled() and name not in kept):
                x = layer(x)
        return x

    def plan(self) -> list[tuple[str, nn.Module]]:
        """The layers in the order in which they are computed."""
        return self._plan

    def loss(self, logits: Tensor, target: Tensor) -> Tensor:
        """Mean cross-entropy of class indices [n], natural logarithm."""
        if self.head == "sigmoid":
            return F.binary_cross_entropy_with_logits(logits[:, 0], target.to(logits.dtype))
        return F.cross_entropy(logits, target)

    def probabilities(self, logits: Tensor) -> Tensor:
        """Logits to probabilities [n, classes]."""
        if self.head == "sigmoid":
            p = torch.sigmoid(logits)
            return torch.cat([1 - p, p], dim=1)
        return torch.softmax(logits, dim=1)

    def predicted(self, logits: Tensor) -> Tensor:
        """Class indices [n] of the largest probability."""
        return (logits[:, 0] > 0).long() if self.head == "sigmoid" else logits.argmax(1)

    def parameter_count(self) -> int:
        """Number of trained weights."""
        return count_parameters(self)


def count_parameters(module: nn.Module) -> int:
    """Number of trained weights of a module."""
    return sum(p.numel() for p in module.parameters() if p.requires_grad)


def pooling_first(layers: nn.ModuleDict) -> Iterator[tuple[str, nn.Module]]:
    """The layers with each max pooling moved before the activation that it follows.

    Exact, as max f(x) = f(max x) for every non-decreasing f, and a quarter of the work for the activation.
    """
    items = list(layers.items())
    for i in range(len(items) - 1):
        if isinstance(items[i][1], nn.ReLU | nn.LeakyReLU) and isinstance(items[i + 1][1], nn.MaxPool2d):
            items[i], items[i + 1] = items[i + 1], items[i]
    yield from items


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


def robust(blocks: Sequence[tuple[int, int]], dropout: float) -> Network:
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
