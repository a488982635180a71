"""What a recipe is: the network, its data, its settings, the way it is trained, and how sure it may be.

The recipes themselves stand in `lecture/recipes.py` and `robust/recipes.py`, their names in `recipes.py`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch.optim import Optimizer

from service.datasets import LABELS
from service.imaging.preprocessing.spec import PreprocessSpec
from service.inference.package.manifest import Rejection, class_indices
from training.data.sets import Dataset, Need
from training.data.splits import Validation
from training.networks.network import Network

SEEDS = (0, 1, 2)  # the first is published; the others give the spread

# network, pictures float32 [n, 1, 28, 28] in 0..1, targets int64 [n], share 0..1 of all epochs that lies behind
# -> logits [n, classes] of these pictures, and the loss to be lowered
BatchLoss = Callable[[Network, Tensor, Tensor, float], tuple[Tensor, Tensor]]


class Method(ABC):
    """How a network is trained: its optimiser, and what a batch costs."""

    optimizer_name: ClassVar[str]
    initial_weights: ClassVar[str]  # in words, for the record

    @abstractmethod
    def settings(self, epochs: int) -> dict[str, Any]:
        """What a run of `epochs` epochs must share with one that continues it, as JSON values."""

    def means(self, epochs: int) -> tuple[tuple[int, ...], ...]:  # noqa: ARG002
        """The epochs of a run of `epochs` whose weights are averaged, a tuple for each mean. Training goes on from each
        mean but the last, which is the result; a mean that begins with the epoch at which the one before ended has that
        one as its first. None: the last weights are it."""
        return ()

    @abstractmethod
    def optimizer(self, network: Network, learning_rate: float) -> Optimizer:
        """The optimiser of the network's trained weights."""

    @abstractmethod
    def begin(self, recipe: "Recipe", optimizer: Optimizer, dataset: Dataset, seed: int, folder: Path) -> BatchLoss:
        """The loss of each batch of a run. What is made for it once, and takes long, is kept in `folder`."""


@dataclass(frozen=True)
class Calibration:
    """How sure a network may be. `figures` are JSON values for metrics.json."""

    temperature: float
    rejection: Rejection
    figures: dict[str, Any]


# recipe, data set with `others`, model.onnx of each seed -> a calibration each
Calibrate = Callable[["Recipe", Dataset, Sequence[Path]], list[Calibration]]


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the weights, and the words of the model's card."""

    name: str
    title: str
    description: str
    group: Literal["digits", "clothes", "odd_or_even"]
    dataset: Literal["mnist", "fashion_mnist"]
    build: Callable[[], Network]
    method: Method
    batch_size: int
    epochs: int
    validation: Validation
    learning_rate: float = 1e-3
    reference: str = ""  # test accuracy of the lecture's own code on its own library, mean of 3 seeds
    needs: tuple[Need, ...] = ()  # data beside the set itself
    anywhere: bool = False  # clothes: photographed on any ground
    calibrate: Calibrate | None = None  # None: the probabilities are published as the network gives them

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the classes, in the order of the network's outputs."""
        return ("even", "odd") if self.group == "odd_or_even" else LABELS[self.dataset]

    @property
    def task(self) -> Literal["multiclass", "binary"]:
        """Whether there are two classes or more."""
        return "binary" if self.group == "odd_or_even" else "multiclass"

    @property
    def preprocessing(self) -> PreprocessSpec:
        """How the service reads pictures for this model."""
        if self.group == "clothes":
            return PreprocessSpec(recipe="garment_photo" if self.anywhere else "garment", whole_view=self.anywhere)
        return PreprocessSpec(recipe="digit")

    @property
    def rejection(self) -> Rejection:
        """When an answer is not accepted, unless a calibration says it."""
        return Rejection(min_confidence=0.5)

    @property
    def label_map(self) -> tuple[int, ...] | None:
        """Class index of each digit, where the classes are not the data set's own."""
        return tuple(digit % 2 for digit in range(10)) if self.group == "odd_or_even" else None

    def targets(self, labels: NDArray[np.uint8]) -> NDArray[np.int64]:
        """The data set's labels [n] as this model's class indices [n]."""
        return class_indices(labels, self.label_map)

    def hyperparameters(self) -> dict[str, Any]:
        """What a checkpoint must share with a run that continues it. The number of epochs may grow."""
        return {
            "optimizer": self.method.optimizer_name,
            "learning_rate": self.learning_rate,
            **self.method.settings(self.epochs),
            "batch_size": self.batch_size,
            "validation": self.validation,
            "loss": "binary cross-entropy" if self.task == "binary" else "categorical cross-entropy",
            "initial_weights": self.method.initial_weights,
        }
