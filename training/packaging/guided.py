"""What in the patches of excitations.json excited their filters: guided gradients, one a patch.

features.onnx + excitations.json + test pictures -> each filter's value at its place -> its gradient by the pixels,
rectified on the way back -> the patch of it -> guided.zip

After J. T. Springenberg et al., "Striving for simplicity: the all convolutional net" (2015), section 3.4: on the way
back through an activation only what is above zero passes, so that what remains is what speaks for the value. Without
an activation, as in a first convolution, it is the gradient itself: the kernel.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor

from service.imaging.preprocessing.spec import PreprocessSpec, to_tensor
from service.inference.features import FILE as FEATURES
from service.inference.package.documents import ExcitedLayers
from service.inference.package.excitations import FILE as EXCITATIONS
from service.inference.package.excitations import Excited, excited_layers
from service.inference.package.guided import FILE, LARGEST, ZERO, write_guided
from training.packaging.metrics import as_seen

LARGEST_FIELD = 28  # pixels: what a filter sees beyond a test picture's own size is the whole picture


def add_guided(folder: Path, images: NDArray[np.uint8], spec: PreprocessSpec) -> Path | None:
    """Writes guided.zip of the package in `folder` beside its excitations.json, which speaks of the test pictures
    [n, H, W]. None where no layer's field is small enough."""
    document = ExcitedLayers.model_validate_json((folder / EXCITATIONS).read_bytes())
    n, height, width = images.shape
    layers = excited_layers(document, (n, height, width))
    graph = onnx.load_from_string((folder / FEATURES).read_bytes()).graph
    weights = {tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).copy()) for tensor in graph.initializer}
    found = {
        name: np.stack([_of_filter(graph, weights, layer, index, images, spec) for index in range(len(layer.filters))])
        for name, layer in layers.items()
        if layer.size <= LARGEST_FIELD
    }
    if not found:
        return None
    write_guided(folder / FILE, found)
    return folder / FILE


def _of_filter(
    graph: Any,
    weights: Mapping[str, Tensor],
    layer: Excited,
    index: int,
    images: NDArray[np.uint8],
    spec: PreprocessSpec,
) -> NDArray[np.uint8]:
    """The patches of one filter: uint8 [patches, size, size]."""
    chosen = layer.filters[index]
    pictures = to_tensor(as_seen(images[[one.index for one in chosen]], spec), spec)
    places = [(one.row, one.column) for one in chosen]
    gradients = guided_gradients(graph, weights, pictures, layer.name, index, places)
    return np.stack(
        [_tones(_cut(one, layer, row, column)) for one, (row, column) in zip(gradients, places, strict=True)]
    )


def guided_gradients(
    graph: Any,
    weights: Mapping[str, Tensor],
    pictures: NDArray[np.float32],
    layer: str,
    index: int,
    places: list[tuple[int, int]],
) -> NDArray[np.float32]:
    """How the value of a layer's map `index` at each picture's place (row, column) hangs on its pixels [n, C, H, W]:
    float32 [n, H, W], the channels added up."""
    x = torch.from_numpy(pictures).requires_grad_()
    values: dict[str, Tensor] = {graph.input[0].name: x}
    for node in graph.node:
        values[node.output[0]] = _computed(node, values, weights)
        if node.output[0] == layer:
            break
    rows, columns = zip(*places, strict=True)
    values[layer][torch.arange(len(places)), index, torch.tensor(rows), torch.tensor(columns)].sum().backward()
    assert x.grad is not None
    gradient: NDArray[np.float32] = x.grad.sum(dim=1).numpy()
    return gradient


def _computed(node: Any, values: Mapping[str, Tensor], weights: Mapping[str, Tensor]) -> Tensor:
    """One operation of the convolutional part. Raises ValueError for another."""
    x, rest = values[node.input[0]], [weights.get(name) for name in node.input[1:]]
    known = {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}
    if node.op_type == "Conv":
        kernel: Any = rest[0]
        return F.conv2d(x, kernel, rest[1] if len(rest) > 1 else None, known["strides"], known["pads"][:2])
    if node.op_type == "MaxPool":
        return F.max_pool2d(x, known["kernel_shape"], known["strides"], ceil_mode=bool(known.get("ceil_mode", 0)))
    if node.op_type in ("Relu", "LeakyRelu"):
        passed: Tensor = _Guided.apply(x, known.get("alpha", 0.0))
        return passed
    if node.op_type == "BatchNormalization":
        scale, shift, mean, variance = rest
        return F.batch_norm(x, mean, variance, scale, shift, eps=known.get("epsilon", 1e-5))
    if node.op_type == "Add":
        return x + values[node.input[1]]
    raise ValueError(f"{node.op_type} stands before a convolution, and has no guided gradient here")


class _Guided(torch.autograd.Function):
    """An activation that lets pass, on the way back, only what is above zero."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, slope: float) -> Tensor:
        ctx.save_for_backward(x)
        ctx.slope = slope
        return torch.where(x >= 0, x, x * slope)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (x,) = ctx.saved_tensors
        return gradient.clamp(min=0) * torch.where(x >= 0, 1.0, ctx.slope), None


def _cut(gradient: NDArray[np.float32], layer: Excited, row: int, column: int) -> NDArray[np.float32]:
    """What the filter saw of it at a place: float32 [size, size], 0 in the padding."""
    top, left = layer.start + row * layer.jump, layer.start + column * layer.jump
    padded = np.pad(gradient, layer.size)
    return padded[top + layer.size : top + 2 * layer.size, left + layer.size : left + 2 * layer.size]


def _tones(patch: NDArray[np.float32]) -> NDArray[np.uint8]:
    most = float(np.abs(patch).max()) or 1.0
    return np.rint(ZERO + LARGEST * (patch / most)).astype(np.uint8)
