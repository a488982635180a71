"""Training curves of the neuron and the shallow net, for every method over all learning rates and seeds.

pictures -> per seed a subset and an order -> all runs of a method in one tensor [seeds, rates, weights]
-> loss and accuracy after each epoch -> mean and spread over the seeds
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.lecture.optimizer_study.losses import LogLoss, Loss, SigmoidSquaredLoss, SquaredLoss
from training.lecture.optimizer_study.methods import METHODS, Method
from training.lecture.optimizer_study.objectives import Neuron, Samples, Shallow
from training.lecture.optimizer_study.rounding import all_rounded, rounded

Progress = Callable[[str, int, int], None]
DIVERGED = 10.0  # a run whose loss is not finite or over this many times its first has diverged


@dataclass(frozen=True)
class Network:
    """A network with its loss; `hidden` 0 is the single neuron."""

    name: str
    title: str
    loss: Loss
    hidden: int = 0

    def parameters(self, inputs: int) -> int:
        """How many weights it has for so many inputs, the constant one included."""
        return self.hidden * inputs + self.hidden + 1 if self.hidden else inputs

    def objective(self, x: Tensor, y: Tensor) -> Samples:
        """J over samples x [..., B, inputs] with classes y [..., B]."""
        return Shallow(x, y, self.loss, self.hidden) if self.hidden else Neuron(x, y, self.loss)

    def initial(self, inputs: int, generator: torch.Generator) -> Tensor:
        """Zeros for the neuron; Glorot-uniform kernels and zero biases for the net. [parameters] float32."""
        if not self.hidden:
            return torch.zeros(inputs)
        first = torch.rand(self.hidden, inputs, generator=generator) * 2 - 1
        first *= (6 / (inputs - 1 + self.hidden)) ** 0.5
        first[:, -1] = 0
        last = (torch.rand(self.hidden, generator=generator) * 2 - 1) * (6 / (self.hidden + 1)) ** 0.5
        return torch.cat((first.flatten(), last, torch.zeros(1)))


NETWORKS: tuple[Network, ...] = (
    Network("neuron_log", "Single neuron, cross-entropy", LogLoss()),
    Network("neuron_squared", "Single linear neuron, squared error", SquaredLoss()),
    Network("neuron_sigmoid_squared", "Single sigmoid neuron, squared error", SigmoidSquaredLoss()),
    Network("shallow_log", "One hidden layer of 16 tanh units, cross-entropy", LogLoss(), hidden=16),
)


@dataclass(frozen=True)
class Data:
    """Per seed its own training samples: x [seeds, n, p], y [seeds, n]; one test set, x [m, p], y [m]."""

    x: Tensor
    y: Tensor
    test_x: Tensor
    test_y: Tensor


def prepare(images: NDArray[np.uint8], labels: NDArray[Any]) -> tuple[Tensor, Tensor]:
    """Pixels / 255 and a one for the bias, [n, pixels + 1] float32; 1 for an odd digit, [n] float32."""
    flat = torch.from_numpy(images.astype(np.float32)).flatten(1) / 255
    odd = torch.from_numpy(labels.astype(np.int64) % 2).float()
    return torch.cat((flat, torch.ones(len(flat), 1)), dim=1), odd


def train(
    network: Network,
    method: Method,
    data: Data,
    learning_rates: Sequence[float],
    seeds: Sequence[int],
    epochs: int,
) -> tuple[Tensor, Tensor]:
    """Loss on the training samples and accuracy on the test set, each [seeds, rates, epochs + 1]."""
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    count, inputs = data.x.shape[1:]
    start = torch.stack([network.initial(inputs, generator) for generator in generators])
    w = start[:, None].expand(-1, len(learning_rates), -1).contiguous()
    optimizer = method.make(torch.tensor(learning_rates)[:, None])
    everything = network.objective(data.x, data.y)
    test = network.objective(data.test_x, data.test_y)
    losses, accuracies = [everything.value(w)], [test.accuracy(w)]
    each = torch.arange(len(seeds))[:, None]
    for _ in range(epochs):
        order = torch.stack([torch.randperm(count, generator=generator) for generator in generators])
        for chosen in order.split(method.batch or count, dim=1):
            w = optimizer.step(w, network.objective(data.x[each, chosen], data.y[each, chosen]))
        losses.append(everything.value(w))
        accuracies.append(test.accuracy(w))
    return torch.stack(losses, -1), torch.stack(accuracies, -1)


def summarise(method: Method, learning_rates: Sequence[float], losses: Tensor, accuracies: Tensor) -> dict[str, Any]:
    """A method's runs as JSON values: mean and standard deviation over seeds, None where not finite."""
    bad = ~(losses <= DIVERGED * losses[..., :1]).all(-1)
    runs = []
    for index, rate in enumerate(learning_rates):
        loss, accuracy = losses[:, index].double(), accuracies[:, index].double()
        runs.append(
            {
                "learning_rate": rate,
                "diverged": bool(bad[:, index].any()),
                "seeds_diverged": int(bad[:, index].sum()),
                "loss": _spread(loss[:, -1:], one=True),
                "accuracy": _spread(accuracy[:, -1:], one=True),
                "loss_by_epoch": _spread(loss),
                "accuracy_by_epoch": _spread(accuracy),
            }
        )
    return {"method": method.name, "runs": runs}


def _spread(values: Tensor, *, one: bool = False) -> dict[str, Any]:
    """Mean and sample standard deviation over the first axis."""
    sd = values.std(0) if len(values) > 1 else torch.zeros_like(values[0])
    if one:
        return {"mean": rounded(values.mean(0).item(), 4), "sd": rounded(sd.item(), 3)}
    return {"mean": all_rounded(values.mean(0).tolist(), 4), "sd": all_rounded(sd.tolist(), 3)}


def sweep(
    data_of: Mapping[str, Data],
    learning_rates: Sequence[float],
    seeds: Sequence[int],
    epochs: int,
    progress: Progress,
) -> list[dict[str, Any]]:
    """An entry per network, in it one per method. `data_of` has the data of each network, by name.

    `progress(what, done, total)` is called before each method and at the end.
    """
    entries, done, total = [], 0, len(NETWORKS) * len(METHODS)
    for network in NETWORKS:
        data, methods = data_of[network.name], []
        for method in METHODS:
            progress(f"{network.title}: {method.title}", done, total)
            curves = train(network, method, data, learning_rates, seeds, epochs)
            methods.append(summarise(method, learning_rates, *curves))
            done += 1
        entries.append(
            {
                "network": network.name,
                "title": network.title,
                "loss": network.loss.name,
                "loss_title": network.loss.title,
                "parameters": network.parameters(data.x.shape[-1]),
                "samples": data.x.shape[1],
                "epochs": epochs,
                "learning_rates": list(learning_rates),
                "batch_sizes": {method.name: method.batch or data.x.shape[1] for method in METHODS},
                "methods": methods,
            }
        )
    progress("done", total, total)
    return entries
