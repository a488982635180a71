"""Which test pictures excite the filters of each convolution most, and where.

features.onnx + test pictures -> every map's maximum in each picture -> the strongest nine a filter
-> excitations.json, in a new package or added to a published one; beside it guided.zip (`guided.py`)

After M. D. Zeiler and R. Fergus, "Visualizing and understanding convolutional networks" (2014), figure 2: the patch
that a filter answers to says more than its weights, above all beyond the first layer.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from service.imaging.preprocessing.spec import PreprocessSpec, to_tensor
from service.inference.features import FILE as FEATURES
from service.inference.package.excitations import FILE, STRONGEST
from service.inference.package.manifest import read_manifest
from service.inference.runtime.session import LayerSession
from training import files
from training.packaging.guided import add_guided
from training.packaging.metrics import BATCH, as_seen
from training.packaging.packages import relist

DIGITS = 5


@dataclass(frozen=True)
class Field:
    """The pixels of the input that a place of a map sees, on both axes: place p those from `start + p * jump`,
    `size` of them. Outside the picture stands the padding."""

    size: int = 1
    jump: int = 1
    start: int = 0

    def through(self, size: int, stride: int, padding: int) -> "Field":
        """The field behind one more window of `size`."""
        return Field(self.size + (size - 1) * self.jump, self.jump * stride, self.start - padding * self.jump)


def write_excitations(folder: Path, images: NDArray[np.uint8], spec: PreprocessSpec) -> Path | None:
    """Writes excitations.json of the package in `folder`, over test pictures [n, H, W]. None where its network
    has no convolution."""
    content = (folder / FEATURES).read_bytes()
    fields = receptive_fields(onnx.load_from_string(content).graph)
    if not fields:
        return None
    tensor = to_tensor(as_seen(images, spec), spec)
    found = strongest(LayerSession(content, FEATURES), tensor, list(fields))
    layers = [{"name": name, **asdict(field), "filters": found[name]} for name, field in fields.items()]
    path = folder / FILE
    files.write_text(path, _text(layers))
    return path


def add_excitations(folder: Path, images: NDArray[np.uint8]) -> Path | None:
    """The same for a published package, whose manifest then lists the file. The weights and all else stay."""
    manifest = read_manifest(folder)
    path = write_excitations(folder, images, manifest.preprocessing)
    if path is None:
        return None
    guided = add_guided(folder, images, manifest.preprocessing)
    relist(folder, FILE, *([] if guided is None else [guided.name]))
    return path


def receptive_fields(graph: Any) -> dict[str, Field]:
    """The field of each convolution in an ONNX graph whose windows are all square."""
    kernels = {tensor.name: tensor.dims[-1] for tensor in graph.initializer if len(tensor.dims) == 4}
    fields, convolutions = {graph.input[0].name: Field()}, {}
    for node in graph.node:
        before = fields.get(node.input[0])
        if before is None or node.op_type in ("Flatten", "Squeeze"):  # from here on there is no place
            continue
        numbers = {attribute.name: list(attribute.ints) for attribute in node.attribute}
        if node.op_type == "Conv":
            after = before.through(kernels[node.input[1]], numbers["strides"][0], numbers["pads"][0])
            convolutions[node.output[0]] = after
        elif node.op_type == "MaxPool":
            after = before.through(numbers["kernel_shape"][0], numbers["strides"][0], 0)
        else:
            after = before  # activations
        fields[node.output[0]] = after
    return convolutions


def strongest(session: LayerSession, tensor: NDArray[np.float32], layers: Sequence[str]) -> dict[str, Any]:
    """For each layer and filter the pictures of [n, C, H, W] with its greatest values, a picture once each: rows of
    index, value, row and column in the map, the strongest first; of equal ones the lower index."""
    values: dict[str, list[NDArray[np.float32]]] = {name: [] for name in layers}
    places: dict[str, list[NDArray[np.int64]]] = {name: [] for name in layers}
    widths = {name: session.outputs[name][-1] for name in layers}
    for start in range(0, len(tensor), BATCH):
        outputs = session.run(tensor[start : start + BATCH])
        for name in layers:
            maps = outputs[name].reshape(*outputs[name].shape[:2], -1)
            place = maps.argmax(axis=2)
            places[name].append(place)
            values[name].append(np.take_along_axis(maps, place[..., None], axis=2)[..., 0])
    return {name: _rows(np.concatenate(values[name]), np.concatenate(places[name]), widths[name]) for name in layers}


def _rows(values: NDArray[np.float32], places: NDArray[np.int64], width: int) -> list[list[list[float]]]:
    order = np.argsort(-values, axis=0, kind="stable")[:STRONGEST]
    return [
        [[int(i), round(float(values[i, k]), DIGITS), *map(int, divmod(places[i, k], width))] for i in order[:, k]]
        for k in range(values.shape[1])
    ]


def _text(layers: list[dict[str, Any]]) -> str:
    """JSON with a line a filter."""
    parts = []
    for layer in layers:
        head = json.dumps({key: value for key, value in layer.items() if key != "filters"})[:-1]
        filters = ",\n  ".join(json.dumps(rows, separators=(",", ":")) for rows in layer["filters"])
        parts.append(f'{head}, "filters": [\n  {filters}\n ]}}')
    return '{"layers": [\n ' + ",\n ".join(parts) + "\n]}\n"
