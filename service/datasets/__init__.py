"""The two test sets that ship with the service, and the names of their classes.

    datasets/<dataset>/t10k-{images-idx3,labels-idx1}-ubyte.gz -> read_test_set -> images, labels

MNIST: LeCun, Cortes, Burges. Fashion-MNIST: Xiao, Rasul, Vollgraf (2017), MIT licence.
"""

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from service.datasets.idx import read_idx
from service.errors import DatasetError, NotFound

LABELS: dict[str, tuple[str, ...]] = {
    "mnist": tuple("0123456789"),
    "fashion_mnist": (
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
}


@cache
def read_test_set(dataset: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Images [10000, 28, 28] and labels [10000], both uint8 and read-only. Raises NotFound for other names."""
    if dataset not in LABELS:
        raise NotFound(f"There is no data set of this name; there are {', '.join(LABELS)}.")
    return read_pair(Path(__file__).parent / dataset, "t10k")


def read_sample(dataset: str, index: int) -> tuple[NDArray[np.uint8], int]:
    """A test sample: image [28, 28] uint8, and its label. Raises NotFound, which says what there is."""
    images, labels = read_test_set(dataset)
    if not 0 <= index < len(images):
        raise NotFound(f"There is no test sample {index} of {dataset}; there are 0 to {len(images) - 1}.")
    return images[index], int(labels[index])


def read_pair(folder: Path, part: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Images [n, H, W] and labels [n] of the `part` (`train`, `t10k`) in `folder`. Raises DatasetError."""
    images = read_idx(folder / f"{part}-images-idx3-ubyte.gz")
    labels = read_idx(folder / f"{part}-labels-idx1-ubyte.gz")
    if images.ndim != 3 or labels.ndim != 1 or len(images) != len(labels):
        raise DatasetError(
            f"{folder.name}: {part} images of shape {images.shape} do not go with labels of {labels.shape}"
        )
    return images, labels
