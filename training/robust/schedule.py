"""How our own networks are trained: the rate of the moment, changed pictures, and some that are no class.

batch + rendered + outliers -> augment -> network -> cross-entropy, and being unsure of the outliers
"""

import math
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Literal

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.optim import Optimizer

from training.data.sets import Dataset
from training.fitting.recipe import BatchLoss, Method, Recipe
from training.networks.network import Network
from training.robust.augment import Augmentation, augment
from training.robust.extras import Extras, make_extras


@dataclass(frozen=True)
class Schedule(Method):
    """Stochastic gradient descent with Nesterov's momentum, the rate raised for `warmup` epochs and then lowered along
    half a cosine to zero (Loshchilov and Hutter, 2017), in each of the `cycles`. The result is the mean of the weights
    at the cycles' ends (Izmailov et al., 2018).

    Each batch gets `outliers` pictures that are none of the classes, of which the network is to be unsure, and
    `rendered_batch` photographs of training pictures out of `rendered` for each training picture, read as the service
    reads them.
    """

    optimizer_name: ClassVar[str] = "SGD"
    initial_weights: ClassVar[str] = "He normal, zero biases"

    augmentation: Augmentation
    strength: float = 1.0  # of the changes, but for the mirror
    momentum: float = 0.9
    weight_decay: float = 5e-4  # not on biases and batch normalisation
    warmup: float = 1.0  # epochs
    cycles: int = 1
    outliers: int = 16
    outlier_weight: float = 0.5  # of their loss beside that of the pictures
    rendered: float = 0.0
    rendered_batch: int = 0
    kept: tuple[str, ...] = ()  # the first layers, if they keep the weights that the training starts from
    precision: Literal["float32", "bfloat16"] = "float32"  # of convolutions, if the processor has it

    def settings(self, epochs: int) -> dict[str, Any]:
        """The cosine ends with the last epoch: another number of epochs is another recipe."""
        return {"epochs": epochs, **asdict(self)}

    def optimizer(self, network: Network, learning_rate: float) -> Optimizer:
        weights = [p for p in network.parameters() if p.requires_grad]
        groups = [
            {"params": [p for p in weights if p.dim() > 1], "weight_decay": self.weight_decay},
            {"params": [p for p in weights if p.dim() == 1], "weight_decay": 0.0},
        ]
        return torch.optim.SGD(groups, lr=learning_rate, momentum=self.momentum, nesterov=True, fused=True)

    def begin(self, recipe: Recipe, optimizer: Optimizer, dataset: Dataset, seed: int, folder: Path) -> BatchLoss:
        extras = make_extras(recipe, dataset, self.rendered, seed, folder)

        def loss(network: Network, pictures: Tensor, targets: Tensor, done: float) -> tuple[Tensor, Tensor]:
            set_rate(optimizer, self, recipe, done)
            return batch_loss(network, self, pictures, targets, extras)

        return loss


def set_rate(optimizer: Optimizer, schedule: Schedule, recipe: Recipe, done: float) -> None:
    """Sets the learning rate where the share `done` (0..1) of all epochs lies behind."""
    cycle = recipe.epochs / schedule.cycles
    warmup, done = schedule.warmup / cycle, (done * schedule.cycles) % 1
    share = done / warmup if done < warmup else (1 + math.cos(math.pi * (done - warmup) / (1 - warmup))) / 2
    for group in optimizer.param_groups:
        group["lr"] = recipe.learning_rate * share


@cache
def has_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 itself; one that does not takes 13 times as long as with float32."""
    return any(has for name, has in torch.cpu.get_capabilities().items() if name.endswith("bf16"))


def batch_loss(
    network: Network, schedule: Schedule, pictures: Tensor, targets: Tensor, extras: Extras
) -> tuple[Tensor, Tensor]:
    """The logits of `pictures` [n, classes], and the loss to be lowered, a scalar.

    Outliers add their cross-entropy with the even distribution: `-mean_k log p_k`.
    """
    generator = torch.Generator().manual_seed(int(torch.randint(2**62, ())))
    parts = [pictures]
    if extras.rendered is not None and extras.labels is not None:
        chosen = torch.randint(len(extras.labels), (schedule.rendered_batch,), generator=generator)
        parts.append(extras.rendered[chosen])
        targets = torch.cat([targets, extras.labels[chosen]])
    if extras.outliers is not None:
        parts.append(extras.outliers[torch.randint(len(extras.outliers), (schedule.outliers,), generator=generator)])
    batch = augment(torch.cat(parts), schedule.augmentation, generator, schedule.strength)
    with torch.autocast("cpu", torch.bfloat16, enabled=schedule.precision == "bfloat16" and has_bfloat16()):
        logits = network(batch.contiguous(memory_format=torch.channels_last), schedule.kept)
    logits = logits.float()
    known, unknown = logits[: len(targets)], logits[len(targets) :]
    total = F.cross_entropy(known, targets)
    if len(unknown):
        total = total - schedule.outlier_weight * F.log_softmax(unknown, 1).mean()
    return logits[: len(pictures)], total
