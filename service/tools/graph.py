"""What an ONNX file says of itself: its input as a picture, its classes, its labels; and what it leaves open.

my.onnx -> Session -> Graph (names, layout, channels, sides, classes, labels in its metadata)
"""

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.errors import PackageError
from service.inference.package.external_data import external_files
from service.inference.runtime.session import Session
from service.inference.runtime.tensors import TensorInfo

_LABEL_KEYS = ("labels", "names", "classes", "class_names", "classnames", "character", "id2label", "categories")
_CHANNELS = (3, 1)


@dataclass(frozen=True, slots=True)
class Graph:
    """`batch` is -1 for any, or 1. A side, the channels, the layout or the classes are None where the graph leaves
    them open. `labels` are those of its metadata under `label_key`."""

    input: TensorInfo
    output: TensorInfo
    batch: int
    layout: str | None
    channels: int | None
    height: int | None
    width: int | None
    classes: int | None
    labels: tuple[str, ...] | None = None
    label_key: str | None = None


def open_model(file: Path) -> Session:
    """A session of a file from elsewhere. Raises PackageError that says what may be wrong with it."""
    if not file.is_file():
        raise PackageError(f"{file} is no file")
    for name in sorted(external_files(file)):
        if Path(name).name != name or not (file.parent / name).is_file():
            raise PackageError(f"{file.name} keeps weights in {name!r}, which must lie beside it as a plain file")
    return Session(file)


def read_graph(session: Session) -> Graph:
    """Raises PackageError where it is no classifier of pictures."""
    takes = _only(session.inputs, "input")
    gives = _only(session.outputs, "output")
    if len(takes.shape) != 4:
        raise PackageError(
            f"its input {takes} holds no pictures: that takes four dimensions, batch, channels and sides"
        )
    batch = takes.shape[0]
    if batch not in (-1, 1):
        raise PackageError(
            f"it takes {batch} pictures at a time, no more and no less: export it with a batch of any size"
        )
    layout, channels, sides = _layout(takes)
    classes = _classes(gives)
    labels, key = _labels(session.metadata)
    return Graph(takes, gives, batch, layout, channels, *sides, classes, labels, key)


def _only(tensors: tuple[TensorInfo, ...], kind: str) -> TensorInfo:
    if len(tensors) != 1:
        names = ", ".join(map(str, tensors))
        raise PackageError(f"it has {len(tensors)} {kind}s ({names}); a classifier of pictures has one")
    if tensors[0].datatype != "FP32":
        raise PackageError(f"its {kind} {tensors[0]} must be FP32: export it in float32")
    return tensors[0]


def _layout(takes: TensorInfo) -> tuple[str | None, int | None, tuple[int | None, int | None]]:
    """Layout, channels, height and width, as far as the shape tells."""
    first, last = takes.shape[1] in _CHANNELS, takes.shape[3] in _CHANNELS
    if first == last and -1 not in takes.shape[1:]:
        raise PackageError(
            f"no picture fills its input {takes}: 1 or 3 channels must stand in the second place or in the last"
        )
    if first == last:
        return None, None, (None, None)
    if first:
        return "NCHW", takes.shape[1], (_known(takes.shape[2]), _known(takes.shape[3]))
    return "NHWC", takes.shape[3], (_known(takes.shape[1]), _known(takes.shape[2]))


def _known(size: int) -> int | None:
    return size if size > 0 else None


def _classes(gives: TensorInfo) -> int | None:
    """Of [batch, classes], also with sides of 1 after them; None where it says nothing."""
    if not gives.shape or -1 in gives.shape[1:]:
        return None
    if len(gives.shape) < 2 or any(size != 1 for size in gives.shape[2:]):
        raise PackageError(f"its output {gives} is no number for each class, [batch, classes]")
    return gives.shape[1]


def _labels(metadata: Mapping[str, str]) -> tuple[tuple[str, ...] | None, str | None]:
    folded = {key.casefold(): key for key in metadata}
    for wanted in _LABEL_KEYS:
        if wanted in folded and (labels := parse_labels(metadata[folded[wanted]])):
            return labels, folded[wanted]
    return None, None


def parse_labels(text: str) -> tuple[str, ...]:
    """Labels from a text: JSON or a Python literal, a list or a mapping of indices, else one a line, else by commas."""
    stripped = text.strip()
    if stripped[:1] in ("[", "{"):
        for read in (json.loads, ast.literal_eval):
            try:
                return _from_document(read(stripped))
            except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
                continue
        return ()
    lines = [line.strip() for line in stripped.splitlines()]
    if len(lines) == 1 and "," in stripped:
        lines = [part.strip() for part in stripped.split(",")]
    return tuple(lines)


def _from_document(document: Any) -> tuple[str, ...]:
    """Raises ValueError or TypeError where it is no list of labels."""
    if isinstance(document, dict):
        numbered = {int(key): value for key, value in document.items()}
        if sorted(numbered) != list(range(len(numbered))):
            raise ValueError("indices are missing")
        document = [numbered[i] for i in range(len(numbered))]
    if not isinstance(document, list) or not all(isinstance(label, str | int) for label in document):
        raise TypeError("no list of texts")
    return tuple(str(label).strip() for label in document)
