"""Labelled pictures to judge a model on: a folder with a sub-folder a class, or a pair of IDX files.

folder/<label or index>/*.jpg -> Labelled (name, bytes, class) each
images-idx3-ubyte[.gz] + labels-idx1-ubyte[.gz] -> the same, each picture as PNG
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from service.datasets.idx import decompress, parse_idx
from service.errors import ConfigurationError, DatasetError, InvalidInput
from service.imaging.codec.files import encode_png
from service.inference.package.evidence import class_index
from service.inference.package.manifest import Manifest

_MOST_SHOWN = 300  # characters of a sentence that lists classes


@dataclass(frozen=True, slots=True)
class Labelled:
    """A picture and the class that it truly is. `file` is None for one that has no file of its own."""

    name: str
    target: int
    file: Path | None
    data: bytes = b""

    def read(self) -> bytes:
        return self.data if self.file is None else self.file.read_bytes()


def folder_of_classes(folder: Path, labels: Sequence[str]) -> list[Labelled]:
    """Every file in the sub-folders, sorted by class and name; hidden ones are passed over. Raises ConfigurationError
    where a sub-folder is none of the classes, or there is no picture."""
    try:
        children = sorted(child for child in folder.iterdir() if child.is_dir() and not child.name.startswith("."))
    except OSError as error:
        raise ConfigurationError(f"{folder} cannot be read: {error.strerror}") from None
    classes = sorted((folder_class(child.name, labels), child) for child in children)
    found = [
        Labelled(file.relative_to(folder).as_posix(), target, file)
        for target, child in classes
        for file in sorted(child.rglob("*"))
        if file.is_file() and not any(part.startswith(".") for part in file.relative_to(folder).parts)
    ]
    if not found:
        raise ConfigurationError(f"{folder} holds no pictures: it needs a sub-folder for each class")
    return found


def folder_class(name: str, labels: Sequence[str]) -> int:
    """The class of a sub-folder, by label or index; what no file system has in a name may be written otherwise.
    Raises ConfigurationError."""
    folded = [_folded(label) for label in labels]
    if name.casefold() not in (label.casefold() for label in labels) and folded.count(_folded(name)) == 1:
        return folded.index(_folded(name))
    try:
        return class_index(labels, name, "class")
    except InvalidInput as error:
        sentence = error.message if len(error.message) <= _MOST_SHOWN else error.message[:_MOST_SHOWN] + " ..."
        raise ConfigurationError(f"the folder {name!r} is named after no class. {sentence}") from None


def _folded(text: str) -> str:
    return re.sub(r"[^0-9a-z\u0080-\uffff]+", "_", text.casefold()).strip("_")


def idx_pair(images: Path, labels: Path, manifest: Manifest) -> list[Labelled]:
    """The pictures of an IDX file with the classes of another. Raises ConfigurationError."""
    try:
        pictures, classes = _idx(images), _idx(labels)
    except DatasetError as error:
        raise ConfigurationError(error.message) from None
    in_form = pictures.ndim == 3 or (pictures.ndim == 4 and pictures.shape[3] == 3)
    if not in_form or classes.ndim != 1 or len(pictures) != len(classes) or not len(classes):
        raise ConfigurationError(
            f"pictures of shape {list(pictures.shape)} do not go with classes of {list(classes.shape)}: there must be "
            "as many of both, and a picture is H x W, or H x W x 3"
        )
    if int(classes.max()) >= len(manifest.labels if manifest.label_map is None else manifest.label_map):
        raise ConfigurationError(
            f"{labels.name} has class {classes.max()}; the model has {len(manifest.labels)} labels"
        )
    targets = manifest.targets(classes).tolist()
    return list(_pictures(pictures, targets))


def _pictures(pictures: NDArray[np.uint8], targets: Sequence[int]) -> Iterator[Labelled]:
    for place, (picture, target) in enumerate(zip(pictures, targets, strict=True)):
        yield Labelled(str(place), target, None, encode_png(picture))


def _idx(file: Path) -> NDArray[np.uint8]:
    """An IDX file, gzipped or not. Raises DatasetError."""
    try:
        with file.open("rb") as opened:
            is_gzip = opened.read(2) == b"\x1f\x8b"
        return parse_idx(decompress(file, file.name) if is_gzip else file.read_bytes(), file.name)
    except OSError as error:
        raise DatasetError(f"{file.name} cannot be read: {error.strerror}") from None
