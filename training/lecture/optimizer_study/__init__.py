"""The study `optimizers`: paths over surfaces, and training curves over learning rates.

surfaces -> trajectories ┐
pictures -> sweep        ┴-> claims -> one dict of JSON values -> plot
"""

import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from training.lecture.optimizer_study.claims import sentences
from training.lecture.optimizer_study.methods import METHODS
from training.lecture.optimizer_study.plots import plot, plot_training, plot_trajectories
from training.lecture.optimizer_study.sweep import DIVERGED, NETWORKS, Data, Progress, prepare, sweep
from training.lecture.optimizer_study.trajectories import trajectories

__all__ = ["Settings", "build", "plot", "plot_training", "plot_trajectories"]

TITLE = "Optimisers"
DESCRIPTION = (
    "Batch, mini-batch and stochastic gradient descent, momentum, AdaGrad, RMSProp, Adam and implicit SGD: "
    "their paths over three surfaces, and the training of a single neuron and a shallow net (is the digit "
    "odd?) over learning rates from far too small to far too large. On a surface the gradient is exact, except "
    "that stochastic gradient descent gets noise on top. In training J is the mean over the samples of a step; "
    "the lecture writes the sum, so its learning rate is this one divided by the number of samples. Weights, "
    "order and choice of the training pictures follow from each seed. A path has diverged where it is not "
    "finite or out of the surface's bound; a training run, where its loss is not finite or over "
    f"{DIVERGED:g} times its first."
)


@dataclass(frozen=True)
class Settings:
    """How much is run. The defaults take about four minutes on one core."""

    seeds: tuple[int, ...] = (0, 1, 2)
    neuron_samples: int = 5000
    net_samples: int = 2000
    test_samples: int = 2000
    epochs: int = 5
    learning_rates: tuple[float, ...] = (
        1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0,
    )  # fmt: skip
    steps: int = 60
    surface_rates: tuple[float, ...] = (
        1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0,
    )  # fmt: skip
    surface_seed: int = 0


def build(
    images: NDArray[np.uint8],
    labels: NDArray[Any],
    test_images: NDArray[np.uint8],
    test_labels: NDArray[Any],
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """The whole study as JSON values, no number of it NaN or infinite.

    `images` [n, 28, 28] uint8 and `labels` [n] 0..9 are the pool that each seed draws its training pictures
    from; of the test set the first `test_samples` are used. `progress(what, done, total)` follows the run.
    Raises ValueError on arrays that do not fit each other.
    """
    settings = settings or Settings()
    _check(images, labels, "training")
    _check(test_images, test_labels, "test")
    started = time.perf_counter()
    with torch.no_grad(), _one_thread():
        surfaces = trajectories(settings.surface_rates, settings.steps, settings.surface_seed)
        training = sweep(
            {
                network.name: _draw(images, labels, test_images, test_labels, network.hidden > 0, settings)
                for network in NETWORKS
            },
            settings.learning_rates,
            settings.seeds,
            settings.epochs,
            progress or _silent,
        )
    return {
        "name": "optimizers",
        "title": TITLE,
        "description": DESCRIPTION,
        "methods": [{"name": method.name, "title": method.title, "formula": method.formula} for method in METHODS],
        "surfaces": surfaces,
        "training": training,
        "claims": sentences(surfaces, training),
        "provenance": _provenance(settings, len(images), time.perf_counter() - started),
    }


def _provenance(settings: Settings, pool: int, seconds: float) -> dict[str, Any]:
    """What it takes to run the study again. `pool` is the number of pictures that the seeds draw from."""
    return {
        "settings": {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(settings).items()},
        "pool": pool,
        "seconds": round(seconds, 1),
        "threads": 1,
        "versions": {"python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__},
    }


def _silent(what: str, done: int, total: int) -> None:
    """For a caller who does not follow the run."""


def _check(images: NDArray[np.uint8], labels: NDArray[Any], which: str) -> None:
    if images.ndim != 3 or images.dtype != np.uint8:
        raise ValueError(f"the {which} images are {images.dtype} {list(images.shape)}, not uint8 [n, 28, 28]")
    if labels.shape != images.shape[:1] or not len(labels):
        raise ValueError(f"the {which} set has {len(images)} images and labels of shape {list(labels.shape)}")


def _draw(
    images: NDArray[np.uint8],
    labels: NDArray[Any],
    test_images: NDArray[np.uint8],
    test_labels: NDArray[Any],
    is_net: bool,
    settings: Settings,
) -> Data:
    count = min(settings.net_samples if is_net else settings.neuron_samples, len(images))
    parts = []
    for seed in settings.seeds:
        chosen = np.random.default_rng(seed).permutation(len(images))[:count]
        parts.append(prepare(images[chosen], labels[chosen]))
    x, y = (torch.stack(part) for part in zip(*parts, strict=True))
    return Data(x, y, *prepare(test_images[: settings.test_samples], test_labels[: settings.test_samples]))


@contextmanager
def _one_thread() -> Iterator[None]:
    """The tensors are small: more threads only wait for each other, and change the rounding of sums."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
