"""The data sets: found in a folder or downloaded once, checked, read.

    FEATUREMAP_DATA or --data, else the cache <- mirrors  -> MD5 of the decompressed IDX -> arrays

A file is checked before it takes its name in the cache, so that a broken download is never half cached.
"""

import hashlib
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import IO, Literal

import numpy as np
import pooch
from numpy.typing import NDArray

from service.datasets import read_pair
from service.datasets.idx import decompress
from service.errors import DatasetError
from training import files
from training.data.checksums import CHECKSUMS, MIRRORS
from training.data.cliparts import ensure_cliparts
from training.data.clothing import ensure_clothing
from training.data.download import Download, download_file, first_good
from training.data.other_hands import Table, load_hands, table_digest

Images = NDArray[np.uint8]  # [n, 28, 28]
Labels = NDArray[np.uint8]  # [n]

Need = Literal["others", "hands", "clothing", "cliparts"]
OTHER = {"mnist": "fashion_mnist", "fashion_mnist": "mnist"}  # whose pictures are none of the classes


@dataclass(frozen=True)
class Dataset:
    """A checked data set. Images uint8 [n, 28, 28], labels uint8 [n]; `sha256` of each decompressed file.

    What only some recipes need: `others` are the training pictures and labels of the other set, `hands` tables of
    digits of other hands by set (`other_hands.py`), `clothing` the folder of photographs of clothes (`clothing.py`),
    `cliparts` that of drawings of things (`cliparts.py`).
    """

    name: str
    train_images: Images
    train_labels: Labels
    test_images: Images
    test_labels: Labels
    sha256: dict[str, str]
    others: tuple[Images, Labels] | None = None
    hands: Mapping[str, Table] = field(default_factory=dict)
    clothing: Path | None = None
    cliparts: Path | None = None


def load(name: str, folder: Path | None = None, needs: Collection[Need] = ()) -> Dataset:
    """The data set, with what else is needed, from `folder`, FEATUREMAP_DATA or the cache. Raises DatasetError that
    says how to get it."""
    place, sha256 = ensure(name, folder)
    dataset = Dataset(name, *read_pair(place, "train"), *read_pair(place, "t10k"), sha256=sha256)
    if "others" in needs:
        dataset = replace(dataset, others=read_pair(ensure(OTHER[name], folder)[0], "train"))
    if "hands" in needs:
        hands = load_hands(folder)
        sums = {file: table_digest(table) for file, table in hands.items()}
        dataset = replace(dataset, hands=hands, sha256=dataset.sha256 | sums)
    if "clothing" in needs:
        photographs, total = ensure_clothing(folder)
        dataset = replace(dataset, clothing=photographs, sha256=dataset.sha256 | {"clothing": total})
    if "cliparts" in needs:
        drawings, total = ensure_cliparts(folder)
        dataset = replace(dataset, cliparts=drawings, sha256=dataset.sha256 | {"cliparts": total})
    return dataset


def ensure(name: str, folder: Path | None = None, download: Download = download_file) -> tuple[Path, dict[str, str]]:
    """The folder that holds the checked files of `name`, and the SHA-256 of each decompressed file.

    A folder that was named (`folder`, else FEATUREMAP_DATA) is never written to: what is missing or damaged there is
    an error. Without one the files come from the cache of this user, and from the mirrors where the cache lacks them
    or holds a damaged one. Raises DatasetError that names the file and says what to do.
    """
    named = folder or (Path(os.environ["FEATUREMAP_DATA"]) if os.environ.get("FEATUREMAP_DATA") else None)
    if named is not None:
        return named / name, {stem: _named(name, stem, named / name) for stem in CHECKSUMS[name]}
    place = Path(pooch.os_cache("featuremap")) / name
    return place, {stem: _cached(name, stem, place, download) for stem in CHECKSUMS[name]}


def _named(name: str, stem: str, place: Path) -> str:
    """The SHA-256 of a file in a folder that is not ours."""
    try:
        return _verified(name, stem, place / f"{stem}.gz")
    except DatasetError as error:
        raise DatasetError(
            f"{name}: {error}. It was looked for in {place}. Put the right file there, set FEATUREMAP_DATA (or --data) "
            f"to a folder that holds {name}/{stem}.gz, or unset it and run `python -m training data` to download it."
        ) from None


def _cached(name: str, stem: str, place: Path, download: Download) -> str:
    """The SHA-256 of a file in the cache, fetched where it is missing or damaged: a broken disk or an old version may
    have left it."""
    try:
        return _verified(name, stem, place / f"{stem}.gz")
    except DatasetError:
        return _fetch(name, stem, place, download)


def _verified(name: str, stem: str, file: Path | IO[bytes]) -> str:
    content = decompress(file, f"{stem}.gz")
    actual, expected = hashlib.md5(content, usedforsecurity=False).hexdigest(), CHECKSUMS[name][stem]
    if actual != expected:
        raise DatasetError(
            f"{stem}.gz does not match its checksum: the MD5 of its decompressed content is {actual}, "
            f"it should be {expected}"
        )
    return hashlib.sha256(content).hexdigest()


def _fetch(name: str, stem: str, place: Path, download: Download) -> str:
    """Downloads a file, checks it, and puts it into the place of whatever is there. Gives its SHA-256."""
    path = place / f"{stem}.gz"

    def checked(content: bytes) -> tuple[bytes, str]:
        return content, _verified(name, stem, BytesIO(content))

    try:
        content, sha256 = first_good([f"{mirror}{path.name}" for mirror in MIRRORS[name]], checked, download)
    except DatasetError as error:
        damaged = "is damaged in the cache and " if path.exists() else ""
        raise DatasetError(
            f"{name}: {path.name} {damaged}could not be downloaded: {error}. "
            f"Put the file into {place}, or set FEATUREMAP_DATA to a folder that holds {name}/{path.name}."
        ) from None
    place.mkdir(parents=True, exist_ok=True)
    files.write_bytes(path, content)
    return sha256
