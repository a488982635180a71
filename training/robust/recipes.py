"""The recipes of our own, for pictures as people upload them."""

from functools import partial
from typing import Literal

from training.fitting.recipe import Recipe
from training.robust.calibration import calibrate
from training.robust.networks import robust_cnn
from training.robust.schedule import Schedule


def _robust(
    name: str,
    title: str,
    description: str,
    dataset: Literal["mnist", "fashion_mnist"],
    blocks: tuple[tuple[int, int], ...],
    epochs: int,
    schedule: Schedule,
    learning_rate: float = 0.1,
    start: str = "",
) -> Recipe:
    return Recipe(
        name=name,
        title=title,
        description=description,
        group="digits" if dataset == "mnist" else "clothes",
        dataset=dataset,
        build=partial(robust_cnn, blocks, 0.2),
        method=schedule,
        batch_size=128,
        epochs=epochs,
        validation="last_5000",
        learning_rate=learning_rate,
        start=start,
        calibrate=calibrate,
    )


_FIRST_BLOCK = ("conv1", "norm1", "relu1", "conv2", "norm2", "pool1", "relu2")
# The last version goes on with photographs that were rendered and read as the service reads them.
_DIGITS = Schedule("digits", strength=0.5, warmup=0.1, cycles=2, rendered=0.08, rendered_batch=24, precision="bfloat16")
_CLOTHES = Schedule(
    "clothes",
    strength=0.5,
    warmup=0.5,
    cycles=3,
    rendered=0.08,
    rendered_batch=24,
    kept=_FIRST_BLOCK,
    precision="bfloat16",
)

RECIPES: tuple[Recipe, ...] = (
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
)
