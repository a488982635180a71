"""A network in training: what a checkpoint has to hold of it, and what is told while it runs."""

from dataclasses import dataclass, field

import torch

from service.errors import ConfigurationError
from training.data.sets import Dataset
from training.fitting.recipe import Recipe
from training.networks.network import Network


@dataclass(frozen=True)
class Epoch:
    """A row of the history. Training figures are means over the epoch as the weights move, with dropout on,
    as the lecture's library gives them; validation is measured after the epoch, with dropout off, and at the end of a
    cycle of the mean of the weights. Losses are mean cross-entropies, natural logarithm; accuracies are 0..1."""

    epoch: int
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    seconds: float


@dataclass
class Run:
    """A network in training, and all that a checkpoint has to hold."""

    recipe: Recipe
    seed: int
    network: Network
    optimizer: torch.optim.Optimizer
    data_sha256: dict[str, str]
    history: list[Epoch] = field(default_factory=list)
    machines: list[str] = field(default_factory=list)  # on which its epochs ran, each once, in their order
    mean: Network | None = None  # of the weights at the ends of cycles so far, where the recipe has several

    @property
    def result(self) -> Network:
        """The network that is exported and published."""
        return self.network if self.mean is None else self.mean

    @property
    def seconds(self) -> float:
        """What the epochs so far took together."""
        return sum(row.seconds for row in self.history)


@dataclass(frozen=True)
class Progress:
    """Told after each step: figures so far in this epoch. `finished` is its row, once it is done."""

    epoch: int
    step: int
    steps: int
    loss: float
    accuracy: float
    finished: Epoch | None = None


def choose_device(name: str) -> torch.device:
    """`auto`, `cpu` or `cuda`; raises ConfigurationError where there is no such device."""
    if name == "cuda" and not torch.cuda.is_available():
        raise ConfigurationError(
            "There is no CUDA device that torch can use here. Use --device cpu, or install a CUDA build of torch."
        )
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def start(recipe: Recipe, dataset: Dataset, seed: int, device: torch.device) -> Run:
    """A run before its first epoch."""
    torch.manual_seed(seed)
    network = recipe.build().to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return Run(recipe, seed, network, recipe.method.optimizer(network, recipe.learning_rate), dataset.sha256)
