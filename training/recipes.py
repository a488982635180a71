"""The recipes: which network, on what data, with which settings. A recipe's name is its model's name."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from service.datasets import LABELS
from service.errors import ConfigurationError
from service.imaging.preprocessing.spec import PreprocessSpec
from service.inference.package.manifest import Rejection
from training import networks
from training.augment import Augmentation
from training.data import Validation
from training.networks import Network

SEEDS = (0, 1, 2)  # the first is published; the others give the spread


@dataclass(frozen=True)
class Regime:
    """How our own networks are trained beyond the lecture: stochastic gradient descent with Nesterov's momentum,
    the rate raised for `warmup` epochs and then lowered along half a cosine to zero (Loshchilov and Hutter, 2017), in
    each of the `cycles`. The result is the mean of the weights at the cycles' ends (Izmailov et al., 2018).

    Each batch gets `outliers` pictures that are none of the classes, of which the network is to be unsure, and
    `rendered_batch` photographs of training pictures out of `rendered` for each training picture, read as the service
    reads them.
    """

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


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the weights, and the words of the model's card."""

    name: str
    title: str
    description: str
    group: Literal["digits", "clothes", "odd_or_even"]
    dataset: Literal["mnist", "fashion_mnist"]
    build: Callable[[], Network]
    batch_size: int
    epochs: int
    validation: Validation
    learning_rate: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-7  # of the lecture's library; torch's own is 1e-8
    regime: Regime | None = None  # None: the lecture's Adam
    start: str = ""  # the package, as name/version, whose weights the training starts from
    reference: str = ""  # test accuracy of the lecture's own code on its own library, mean of 3 seeds

    @property
    def labels(self) -> tuple[str, ...]:
        return ("even", "odd") if self.group == "odd_or_even" else LABELS[self.dataset]

    @property
    def task(self) -> Literal["multiclass", "binary"]:
        return "binary" if self.group == "odd_or_even" else "multiclass"

    @property
    def preprocessing(self) -> PreprocessSpec:
        return PreprocessSpec(recipe="garment" if self.group == "clothes" else "digit")

    @property
    def rejection(self) -> Rejection:
        return Rejection(min_confidence=0.5)

    @property
    def label_map(self) -> tuple[int, ...] | None:
        """Class index of each digit, where the classes are not the data set's own."""
        return tuple(digit % 2 for digit in range(10)) if self.group == "odd_or_even" else None

    def targets(self, labels: NDArray[np.uint8]) -> NDArray[np.int64]:
        """The data set's labels [n] as this model's class indices [n]."""
        return (labels if self.label_map is None else np.array(self.label_map)[labels]).astype(np.int64)

    def hyperparameters(self) -> dict[str, Any]:
        """What a checkpoint must share with a run that continues it. The number of epochs may grow."""
        adam = {"beta1": self.beta1, "beta2": self.beta2, "epsilon": self.epsilon}
        # The cosine ends with the last epoch: another number of epochs is another recipe.
        ours = {"epochs": self.epochs, **asdict(self.regime)} if self.regime else {}
        return {
            "optimizer": "SGD" if self.regime else "Adam",
            "learning_rate": self.learning_rate,
            **(ours or adam),
            "batch_size": self.batch_size,
            "validation": self.validation,
            "loss": "binary cross-entropy" if self.task == "binary" else "categorical cross-entropy",
            "initial_weights": self._initial_weights(),
        }

    def _initial_weights(self) -> str:
        if self.start:
            return f"those of {self.start}"
        return "He normal, zero biases" if self.regime else "Glorot uniform, orthogonal recurrent kernels, zero biases"


def _recurrent(kind: Literal["SimpleRNN", "LSTM", "GRU"], name: str, reference: str) -> Recipe:
    return Recipe(
        name=name,
        title=f"{kind} reading rows",
        description=f"A {kind} of 128 units reads the digit row by row, as a sequence of 28 steps.",
        group="digits",
        dataset="mnist",
        build=partial(networks.recurrent, kind),
        batch_size=128,
        epochs=3,
        validation="test",
        reference=reference,
    )


def _odd_or_even(name: str, title: str, description: str, hidden: tuple[int, ...]) -> Recipe:
    return Recipe(
        name=name,
        title=title,
        description=description,
        group="odd_or_even",
        dataset="mnist",
        build=partial(networks.odd_or_even, hidden),
        batch_size=128,
        epochs=10,
        validation="test",
    )


def _fashion(name: str, title: str, description: str, dropout: bool, reference: str) -> Recipe:
    return Recipe(
        name=name,
        title=title,
        description=description,
        group="clothes",
        dataset="fashion_mnist",
        build=partial(networks.fashion_cnn, dropout),
        batch_size=64,
        epochs=20,
        validation="holdout",
        reference=reference,
    )


def _robust(
    name: str,
    title: str,
    description: str,
    dataset: Literal["mnist", "fashion_mnist"],
    blocks: tuple[tuple[int, int], ...],
    epochs: int,
    regime: Regime,
    learning_rate: float = 0.1,
    start: str = "",
) -> Recipe:
    return Recipe(
        name=name,
        title=title,
        description=description,
        group="digits" if dataset == "mnist" else "clothes",
        dataset=dataset,
        build=partial(networks.robust, blocks, 0.2),
        batch_size=128,
        epochs=epochs,
        validation="last_5000",
        learning_rate=learning_rate,
        regime=regime,
        start=start,
    )


_FIRST_BLOCK = ("conv1", "norm1", "relu1", "conv2", "norm2", "pool1", "relu2")
# The last version goes on with photographs that were rendered and read as the service reads them.
_DIGITS = Regime("digits", strength=0.5, warmup=0.1, cycles=2, rendered=0.08, rendered_batch=24, precision="bfloat16")
_CLOTHES = Regime(
    "clothes",
    strength=0.5,
    warmup=0.5,
    cycles=3,
    rendered=0.08,
    rendered_batch=24,
    kept=_FIRST_BLOCK,
    precision="bfloat16",
)

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        _robust(
            "mnist_robust",
            "Digits, the best",
            "Six convolutions trained on changed and photographed digits and on pictures that are no digits: "
            "for real pictures.",
            "mnist",
            ((32, 2), (64, 2), (128, 2)),
            4,
            _DIGITS,
            0.02,
            "mnist_robust/2",
        ),
        _robust(
            "fashion_robust",
            "Clothes, the best",
            "Eight convolutions trained on changed and photographed garments and on pictures of no clothes: "
            "for real pictures.",
            "fashion_mnist",
            ((32, 2), (64, 3), (128, 3)),
            18,
            _CLOTHES,
            0.05,
            "fashion_robust/2",
        ),
        Recipe(
            name="mnist_cnn",
            title="The lecture's digit network",
            description="28 filters of 3 x 3, max pooling, and two dense layers with dropout: example 1.",
            group="digits",
            dataset="mnist",
            build=networks.mnist_cnn,
            batch_size=32,
            epochs=10,
            validation="test",
            reference=".9850",
        ),
        _fashion(
            "fashion_cnn",
            "Clothes without dropout",
            "Three convolutions with leaky ReLU and pooling: example 2. It learns its training set by heart.",
            False,
            ".9152",
        ),
        _fashion(
            "fashion_cnn_dropout",
            "Clothes with dropout",
            "The network of example 2 with dropout after each pooling and before the output: example 3.",
            True,
            ".9202",
        ),
        _recurrent("SimpleRNN", "mnist_rnn", ".9555"),
        _recurrent("LSTM", "mnist_lstm", ".9718"),
        _recurrent("GRU", "mnist_gru", ".9703"),
        _odd_or_even("mnist_neuron", "A single neuron", "Is the digit odd? One weighted sum and a sigmoid.", ()),
        _odd_or_even("mnist_shallow", "A shallow net", "Is the digit odd? One hidden layer of 64 units.", (64,)),
        _odd_or_even(
            "mnist_deep", "A deep net", "Is the digit odd? Three hidden layers, of 64, 32 and 16 units.", (64, 32, 16)
        ),
    )
}


def find_recipe(name: str) -> Recipe:
    """The recipe of this name; raises ConfigurationError that lists the known ones."""
    if name not in RECIPES:
        raise ConfigurationError(f"There is no recipe {name!r}. The recipes are: {', '.join(RECIPES)}.")
    return RECIPES[name]
