"""A network as named layers in the lecture's order, with the initial weights of the lecture's library.

    Network(layers) : pixels [n, 1, 28, 28] float32 in 0..1 -> logits -> probabilities [n, classes]

One list of layers drives the training, the ONNX graph (`packaging/export.py`), the summary and the diagram. A layer
reads the one before it, unless `inputs` names others: so a residual network is a list too.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from training.networks.copies import Copy
from training.networks.first_convolution import can_join, convolve_and_pool

Head = Literal["softmax", "sigmoid"]
Shape = tuple[int, ...]
INPUT_SHAPE: Shape = (1, 28, 28)


def glorot_uniform(layer: nn.Conv2d | nn.Linear) -> None:
    """Glorot and Bengio (2010), the default of the lecture's library."""
    nn.init.xavier_uniform_(layer.weight)


def he_normal(layer: nn.Conv2d | nn.Linear) -> None:
    """He et al. (2015), made for ReLU."""
    nn.init.kaiming_normal_(layer.weight, mode="fan_out" if isinstance(layer, nn.Conv2d) else "fan_in")


class Network(nn.Module):
    """A feed-forward stack of named layers that gives logits, and the head that makes probabilities of them.

    `sigmoid` is for two classes: one logit z, probabilities (1 - s(z), s(z)). `inputs` names the layers that a layer
    reads, where they are not the one before it; they must stand before it. `copies`: what is served answers with the
    mean over the picture and these copies of it; training sees the picture alone.
    """

    def __init__(
        self,
        layers: Mapping[str, nn.Module],
        head: Head = "softmax",
        initialise: Callable[[nn.Conv2d | nn.Linear], None] = glorot_uniform,
        inputs: Mapping[str, Sequence[str]] | None = None,
        copies: Sequence[Copy] = (),
    ) -> None:
        super().__init__()
        self.layers = nn.ModuleDict(layers)
        self.head = head
        self.inputs = dict(inputs or {})
        self.copies = tuple(copies)
        for layer in self.layers.values():
            if isinstance(layer, nn.Conv2d | nn.Linear):
                initialise(layer)
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)
        self._plan = list(pooling_first(self.layers))
        self._first_joined = len(self._plan) > 1 and can_join(self._plan[0][1], self._plan[1][1])

    def forward(self, x: Tensor) -> Tensor:
        """Pixels [n, 1, 28, 28] to logits [n, classes], or [n, 1] with the sigmoid head."""
        plan = self._plan
        if x.device.type == "cpu" and self._first_joined:
            convolution: Any = plan[0][1]
            x = convolve_and_pool(x, convolution.weight, convolution.bias, convolution.padding[0])
            plan = plan[2:]
        return deque(self._outputs(plan, x), maxlen=1)[0][1]

    def outputs(self, x: Tensor) -> Iterator[tuple[str, Tensor]]:
        """Each layer's name and output, in the lecture's order, without the fast forms."""
        yield from self._outputs(list(self.layers.items()), x)

    def _outputs(self, layers: Sequence[tuple[str, nn.Module]], x: Tensor) -> Iterator[tuple[str, Tensor]]:
        read_later = {name for names in self.inputs.values() for name in names}
        values: dict[str, Tensor] = {}
        for name, layer in layers:
            x = layer(*(values[other] for other in self.inputs[name])) if name in self.inputs else layer(x)
            if name in read_later:
                values[name] = x
            yield name, x

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

    def answer(self, x: Tensor) -> Tensor:
        """Pixels [n, 1, 28, 28] to probabilities [n, classes] as they are served."""
        seen = [x, *(copy.of(x) for copy in self.copies)]
        return torch.stack([self.probabilities(self(each)) for each in seen]).mean(dim=0)

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
