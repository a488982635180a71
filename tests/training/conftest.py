"""A small real data set: the first 600 training and 300 test pictures of MNIST and Fashion-MNIST, 60 digits
of each of the other hands, two photographs of each class of clothes."""

from collections.abc import Iterator

import pytest
import torch

from service.datasets import read_pair
from tests.paths import DATA
from training.data.other_hands import ORIGINS, read_table
from training.data.sets import Dataset
from training.rendering.sources import Source


def sample(name: str) -> Dataset:
    train, test = read_pair(DATA / name, "train"), read_pair(DATA / name, "t10k")
    others = read_pair(DATA / ("mnist" if name == "fashion_mnist" else "fashion_mnist"), "train")
    hands = {
        hand: read_table((DATA / "other_hands" / origin.packed).read_bytes(), origin.file, origin.values)
        for hand, origin in ORIGINS.items()
    }
    clothing = DATA / "clothing" / "train"
    return Dataset(name, *train, *test, sha256={"sample": "0" * 64}, others=others, hands=hands, clothing=clothing)


@pytest.fixture(scope="session")
def mnist() -> Dataset:
    return sample("mnist")


@pytest.fixture(scope="session")
def fashion() -> Dataset:
    return sample("fashion_mnist")


@pytest.fixture(scope="session")
def source(mnist: Dataset, fashion: Dataset) -> Source:
    return Source(mnist.train_images, mnist.train_labels, fashion.train_images, fashion.train_labels)


@pytest.fixture(autouse=True)
def denormals() -> Iterator[None]:
    """The command line flushes denormal numbers to zero in its thread, which is the tests' own: undone after each, also
    where the command ended by an exception."""
    yield
    torch.set_flush_denormal(False)


@pytest.fixture
def cpu() -> torch.device:
    return torch.device("cpu")
