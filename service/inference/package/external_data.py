"""Weights that an ONNX file keeps in other files: which these are, and that they lie in the package.

    model.onnx -> every tensor of its graphs -> locations -> all of them listed in model.json, or PackageError

onnxruntime opens what a location names. Here only a file of the same folder, with a checksum, may be named: no path.
Field numbers: onnx/onnx.proto.
"""

import mmap
from collections.abc import Collection, Iterator
from pathlib import Path

from service.errors import PackageError
from service.inference.package.protobuf_wire import fields, nested

_LONGEST_SHOWN = 80
_DEEPEST = 32  # graphs within graphs


def check_external_data(model: Path, files: Collection[str]) -> None:
    """Raises PackageError unless each file that the ONNX file takes weights from is one of `files`."""
    outside = sorted(external_files(model) - set(files))
    if outside:
        shown = outside[0][:_LONGEST_SHOWN].encode("unicode_escape").decode()
        more = f" and {len(outside) - 1} more files" if len(outside) > 1 else ""
        raise PackageError(f"{model.name} takes weights from {shown}{more}, which is no file of its package")


def external_files(model: Path) -> set[str]:
    """The locations of all external data of an ONNX file, as they stand there. Raises PackageError."""
    if not model.stat().st_size:
        return set()
    with model.open("rb") as file:
        content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)  # the weights in it are passed over
    try:
        return _locations(memoryview(content))
    except ValueError:
        raise PackageError(f"{model.name} is no ONNX file, or a damaged one") from None


def _locations(model: memoryview) -> set[str]:
    found = set()
    for tensor in _tensors_of_model(model):
        entries = [bytes(entry) for entry in nested(tensor, 13)]
        for entry in entries:
            parts = dict(fields(memoryview(entry)))
            if _text(parts.get(1)) == "location":
                found.add(_text(parts.get(2)))
    return found


def _text(value: int | memoryview | None) -> str:
    return bytes(value).decode(errors="replace") if isinstance(value, memoryview) else ""


def _tensors_of_model(model: memoryview) -> Iterator[memoryview]:
    for graph in nested(model, 7):
        yield from _tensors_of_graph(graph, 0)
    for function in nested(model, 25):
        for node in nested(function, 7):
            yield from _tensors_of_node(node, 0)


def _tensors_of_graph(graph: memoryview, depth: int) -> Iterator[memoryview]:
    if depth > _DEEPEST:
        raise ValueError("graphs are nested too deeply")
    yield from nested(graph, 5)
    for sparse in nested(graph, 15):
        yield from _tensors_of_sparse(sparse)
    for node in nested(graph, 1):
        yield from _tensors_of_node(node, depth)


def _tensors_of_node(node: memoryview, depth: int) -> Iterator[memoryview]:
    for attribute in nested(node, 5):
        for number in (5, 10):  # a tensor, tensors
            yield from nested(attribute, number)
        for number in (22, 23):  # a sparse tensor, sparse tensors
            for sparse in nested(attribute, number):
                yield from _tensors_of_sparse(sparse)
        for number in (6, 11):  # a graph, graphs
            for graph in nested(attribute, number):
                yield from _tensors_of_graph(graph, depth + 1)


def _tensors_of_sparse(sparse: memoryview) -> Iterator[memoryview]:
    for number in (1, 2):  # values, indices
        yield from nested(sparse, number)
