"""The data sets: found in a folder or downloaded once, checked, read.

    FEATUREMAP_DATA or --data, else the cache <- mirrors  -> MD5 of the decompressed IDX -> arrays -> split

A file is checked before it takes its name in the cache, so that a broken download is never half cached.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pooch
from numpy.typing import NDArray

from service.datasets import read_pair
from service.datasets.idx import decompress
from service.errors import DatasetError

Images = NDArray[np.uint8]  # [n, 28, 28]
Labels = NDArray[np.uint8]  # [n]

# MD5 of the decompressed IDX: mirrors pack the same bytes differently.
CHECKSUMS: dict[str, dict[str, str]] = {
    "mnist": {
        "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
        "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
        "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
        "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
    },
    "fashion_mnist": {
        "train-images-idx3-ubyte": "f4a8712d7a061bf5bd6d2ca38dc4d50a",
        "train-labels-idx1-ubyte": "9018921c3c673c538a1fc5bad174d6f9",
        "t10k-images-idx3-ubyte": "8181f5470baa50b63fa0f6fddb340f0a",
        "t10k-labels-idx1-ubyte": "15d484375f8d13e6eb1aabb0c3f46965",
    },
}
MIRRORS: dict[str, tuple[str, ...]] = {
    "mnist": (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    "fashion_mnist": (
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ),
}
Download = Callable[[str, Path], None]
Validation = Literal["holdout", "last_5000", "test"]


@dataclass(frozen=True)
class Dataset:
    """A checked data set. Images uint8 [n, 28, 28], labels uint8 [n]; `sha256` of each decompressed file.

    `others` are the training pictures and labels of the other set, for recipes that show their network strangers.
    """

    name: str
    train_images: Images
    train_labels: Labels
    test_images: Images
    test_labels: Labels
    sha256: dict[str, str]
    others: tuple[Images, Labels] | None = None


def load(name: str, folder: Path | None = None, with_others: bool = False) -> Dataset:
    """The data set from `folder`, FEATUREMAP_DATA or the cache. Raises DatasetError that says how to get it."""
    place, sha256 = ensure(name, folder)
    train, test = read_pair(place, "train"), read_pair(place, "t10k")
    (other,) = set(CHECKSUMS) - {name}
    others = read_pair(ensure(other, folder)[0], "train") if with_others else None
    return Dataset(name, *train, *test, sha256=sha256, others=others)


def ensure(name: str, folder: Path | None = None, download: Download | None = None) -> tuple[Path, dict[str, str]]:
    """The folder that holds the checked files of `name`, and the SHA-256 of each decompressed file.

    A folder that was named is never written to: what is missing there is an error. Without one the files come
    from the cache of this user, and from the mirrors where the cache lacks them.
    """
    named = folder or (Path(os.environ["FEATUREMAP_DATA"]) if os.environ.get("FEATUREMAP_DATA") else None)
    place = (named or Path(pooch.os_cache("featuremap"))) / name
    if named is None:
        for stem in CHECKSUMS[name]:
            if not (place / f"{stem}.gz").is_file():
                _fetch(name, stem, place, download or _download)
    return place, {stem: _verified(name, stem, place / f"{stem}.gz") for stem in CHECKSUMS[name]}


def split(labels: int, validation: Validation) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices of training and validation samples out of `labels` training samples.

    `holdout` is scikit-learn's `train_test_split(test_size=0.2, random_state=13)`: validation is the first fifth
    of `RandomState(13).permutation`. `last_5000` keeps the end of the set, which comes in no order (of a small
    set a twelfth). `test` trains on all and watches the test set.
    """
    if validation == "last_5000":
        first = labels - min(5000, labels // 12)
        return np.arange(first), np.arange(first, labels)
    if validation == "test":
        return np.arange(labels), np.arange(0)
    order = np.random.RandomState(13).permutation(labels)
    held_out = -(-labels // 5)
    return order[held_out:], order[:held_out]


def _verified(name: str, stem: str, path: Path) -> str:
    try:
        content = decompress(path)
    except DatasetError as error:
        raise DatasetError(f"{name}: {error}. {_advice(path)}") from None
    if hashlib.md5(content, usedforsecurity=False).hexdigest() != CHECKSUMS[name][stem]:
        raise DatasetError(f"{name}: {path.name} does not match its checksum. {_advice(path)}")
    return hashlib.sha256(content).hexdigest()


def _advice(path: Path) -> str:
    return (
        f"It was looked for in {path.parent}. Set FEATUREMAP_DATA (or --data) to a folder that holds "
        f"{path.parent.name}/{path.name}, or unset it and run `python -m training data` to download it."
    )


def _fetch(name: str, stem: str, place: Path, download: Download) -> None:
    place.mkdir(parents=True, exist_ok=True)
    reasons = []
    for mirror in MIRRORS[name]:
        with tempfile.TemporaryDirectory(dir=place) as scratch:
            part = Path(scratch) / f"{stem}.gz"
            try:
                download(f"{mirror}{stem}.gz", part)
                _verified(name, stem, part)
            except DatasetError as error:
                reasons.append(str(error).split(". ")[0])
                continue
            except OSError as error:  # what the network raises: requests' errors are OSErrors
                reasons.append(f"{mirror} did not answer ({type(error).__name__})")
                continue
            part.replace(place / part.name)
            return
    raise DatasetError(
        f"{name}: {stem}.gz could not be downloaded: {'; '.join(reasons)}. "
        f"Put the file into {place}, or set FEATUREMAP_DATA to a folder that holds {name}/{stem}.gz."
    )


def _download(url: str, path: Path) -> None:
    pooch.HTTPDownloader(progressbar=False, timeout=60)(url, str(path), None)
