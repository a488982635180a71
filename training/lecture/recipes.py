"""The recipes of the lecture: which network, on what data, with which settings."""

from functools import partial
from typing import Literal

from training.fitting.recipe import Recipe
from training.lecture import networks
from training.lecture.adam import AdamMethod


def _recurrent(kind: Literal["SimpleRNN", "LSTM", "GRU"], name: str, reference: str) -> Recipe:
    return Recipe(
        name=name,
        title=f"{kind} reading rows",
        description=f"{'An' if kind == 'LSTM' else 'A'} {kind} of 128 units reads the digit row by row, "
        "as a sequence of 28 steps.",
        group="digits",
        dataset="mnist",
        build=partial(networks.recurrent, kind),
        method=AdamMethod(),
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
        method=AdamMethod(),
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
        method=AdamMethod(),
        batch_size=64,
        epochs=20,
        validation="holdout",
        reference=reference,
    )


RECIPES: tuple[Recipe, ...] = (
    Recipe(
        name="mnist_cnn",
        title="The lecture's digit network",
        description="28 filters of 3 x 3, max pooling, and two dense layers with dropout: example 1.",
        group="digits",
        dataset="mnist",
        build=networks.mnist_cnn,
        method=AdamMethod(),
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
