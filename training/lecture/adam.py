"""How the lecture trains: Adam on the cross-entropy of the pictures as they are.

D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization" (2015).
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor

from training.data.sets import Dataset
from training.fitting.recipe import BatchLoss, Method, Recipe
from training.networks.network import Network


@dataclass(frozen=True)
class AdamMethod(Method):
    """Adam with the settings of the lecture's library."""

    optimizer_name: ClassVar[str] = "Adam"
    initial_weights: ClassVar[str] = "Glorot uniform, orthogonal recurrent kernels, zero biases"

    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-7  # torch's own is 1e-8

    def settings(self, epochs: int) -> dict[str, Any]:  # noqa: ARG002  # they are the same for any number
        return asdict(self)

    def optimizer(self, network: Network, learning_rate: float) -> torch.optim.Optimizer:
        weights = [p for p in network.parameters() if p.requires_grad]
        return torch.optim.Adam(weights, lr=learning_rate, betas=(self.beta1, self.beta2), eps=self.epsilon, fused=True)

    def begin(self, *_: Recipe | torch.optim.Optimizer | Dataset | int | Path) -> BatchLoss:
        return _cross_entropy


def _cross_entropy(network: Network, pictures: Tensor, targets: Tensor, _: float) -> tuple[Tensor, Tensor]:
    logits = network(pictures)
    return logits, network.loss(logits, targets)
