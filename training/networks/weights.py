"""The weights of a published network, read back from its ONNX file: what a training may start from.

    models/<name>/<version>/model.onnx -> its tensors by layer and part -> the layers of a Network of the same form

The inverse of `packaging/export.py`, for the layers that our own networks have.
"""

from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from service.errors import ConfigurationError
from training.networks.network import Network

PACKAGES = Path(__file__).parents[2] / "models"
_NORM = {"scale": "weight", "bias": "bias", "mean": "running_mean", "variance": "running_var"}


def load_weights(network: Network, package: str) -> None:
    """Sets the weights to those of `package`, as `name/version`.

    Raises ConfigurationError where there is none, or where its network has another form.
    """
    path = PACKAGES / package / "model.onnx"
    if not path.is_file():
        raise ConfigurationError(f"There is no {path}, whose weights this training starts from.")
    theirs = {t.name: torch.from_numpy(numpy_helper.to_array(t).copy()) for t in onnx.load(path).graph.initializer}
    ours = {key: value for name, layer in network.layers.items() for key, value in _parts(name, layer).items()}
    if different := {k for k in ours.keys() | theirs.keys() if _shape(ours.get(k)) != _shape(theirs.get(k))}:
        raise ConfigurationError(f"{path} is another network: {', '.join(sorted(different)[:3])} differ.")
    with torch.no_grad():
        for key, value in ours.items():
            value.copy_(theirs[key])


def _parts(name: str, layer: nn.Module) -> dict[str, Tensor]:
    """A layer's tensors under the names that the exporter gives them."""
    tensors = dict(layer.named_parameters()) | dict(layer.named_buffers())
    if isinstance(layer, nn.BatchNorm2d):
        return {f"{name}.{theirs}": tensors[ours] for theirs, ours in _NORM.items()}
    return {f"{name}.{part}": tensor for part, tensor in tensors.items()}


def _shape(tensor: Tensor | None) -> tuple[int, ...] | None:
    return None if tensor is None else tuple(tensor.shape)
