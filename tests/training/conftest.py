"""A small real data set: the first 600 training and 300 test pictures of MNIST and Fashion-MNIST, 60 digits
of each of the other hands, two photographs of each class of clothes; drawings of things, made here."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from service.datasets import read_pair
from tests.paths import DATA
from training.data.other_hands import ORIGINS, read_table
from training.data.sets import Dataset
from training.rendering.sources import Source


def sample(name: str, cliparts: Path) -> Dataset:
    train, test = read_pair(DATA / name, "train"), read_pair(DATA / name, "t10k")
    others = read_pair(DATA / ("mnist" if name == "fashion_mnist" else "fashion_mnist"), "train")
    hands = {
        hand: read_table((DATA / "other_hands" / origin.packed).read_bytes(), origin.file, origin.values)
        for hand, origin in ORIGINS.items()
    }
    clothing = DATA / "clothing" / "train"
    return Dataset(
        name, *train, *test, sha256={"sample": "0" * 64}, others=others, hands=hands, clothing=clothing,
        cliparts=cliparts,
    )  # fmt: skip


@pytest.fixture(scope="session")
def cliparts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """72 drawings with alpha, as the package of Open Clip Art has them: polygons of a colour of their own."""
    folder = tmp_path_factory.mktemp("cliparts")
    (folder / "tools").mkdir()
    rng = np.random.default_rng(0)
    for number in range(72):
        image = Image.new("RGBA", (90, 70))
        corners = [(float(x), float(y)) for x, y in rng.uniform(5, 65, (6, 2))]
        ImageDraw.Draw(image).polygon(corners, (*rng.integers(0, 160, 3).tolist(), 255))
        image.save(folder / "tools" / f"{number:02}.png")
    return folder


@pytest.fixture(scope="session")
def mnist(cliparts: Path) -> Dataset:
    return sample("mnist", cliparts)


@pytest.fixture(scope="session")
def fashion(cliparts: Path) -> Dataset:
    return sample("fashion_mnist", cliparts)


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
