"""The inside of a model: the output of every layer for one picture, and the kernels of the first.

    features.onnx -> checked -> LayerSession -> Layer each    (loaded when first asked for, then kept)
    features.onnx -> weights -> Kernels

The file has the weights of model.onnx, so its probabilities are the model's own.
"""

import hashlib
import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from service.errors import InferenceFailed, NotFound, PackageError, UnusableEvidence
from service.imaging.pixels import FloatArray
from service.inference.package.evidence import Evidence
from service.inference.package.manifest import Manifest
from service.inference.package.onnx_graph import Node, read_nodes
from service.inference.package.onnx_weights import read_weights
from service.inference.runtime.session import LayerSession

FILE = "features.onnx"
INPUT, ROWS = "input", "rows"
UNITS_A_ROW = 16
# The gates of a recurrent layer in ONNX's order, by how many there are.
_GATES = {1: ("state",), 3: ("update", "reset", "hidden"), 4: ("input", "output", "forget", "cell")}


@dataclass(frozen=True, slots=True)
class Layer:
    """What a layer gave for one picture. `values` is float32, without the batch: [maps, H, W] of a convolution or
    pooling, [units] of a dense layer, [steps, units] of a recurrent one."""

    name: str
    kind: str | None
    values: FloatArray

    @property
    def count(self) -> int:
        """Its number of maps: what has no maps is one."""
        return len(self.values) if self.values.ndim == 3 else 1

    @property
    def maps(self) -> FloatArray:
        """The values as [maps, H, W]. Units of a dense layer stand 16 a row, the last row filled with zeros."""
        if self.values.ndim != 1:
            return self.values.reshape(self.count, *self.values.shape[-2:])
        width = min(len(self.values), UNITS_A_ROW)
        height = math.ceil(len(self.values) / width)
        return np.pad(self.values, (0, height * width - len(self.values))).reshape(1, height, width)

    def map(self, index: int) -> FloatArray:
        """The values of a map in the layer's own form."""
        return self.values[index] if self.values.ndim == 3 else self.values


@dataclass(frozen=True, slots=True)
class Kernels:
    """The weights of the first layer: float32 [filters, channels, H, W].

    A dense unit is a filter as large as the picture. A recurrent layer has one for each of its `gates`: a row a
    unit, a column a pixel of the picture's row. `bias` is [filters], None for a recurrent layer.
    """

    layer: str
    kind: str | None
    values: FloatArray
    bias: FloatArray | None = None
    gates: tuple[str, ...] | None = None


class Features:
    """The features of a version. Everything raises NotFound where its package holds no features.onnx, and
    UnusableEvidence where the file cannot be used."""

    def __init__(self, manifest: Manifest, evidence: Evidence) -> None:
        self._manifest = manifest
        self._evidence = evidence

    def look(self, picture: FloatArray) -> dict[str, Layer]:
        """Every layer's output for one picture [1, C, H, W], from `input` to the probabilities. Recurrent models also
        have `rows`, the probabilities after each row. Blocks."""
        session = self._session
        try:
            outputs = {INPUT: picture, **session.run(picture)}
        except Exception:  # onnxruntime raises many kinds
            raise InferenceFailed(f"{self._manifest.name} failed on this picture.") from None
        return {name: Layer(name, self.kind_of(name), values[0]) for name, values in outputs.items()}

    @cached_property
    def kernels(self) -> Kernels:
        """The first layer's. Raises NotFound where the file does not name it `<layer>.weight` or `.kernel`."""
        first = next(iter(self._session.outputs))
        try:
            kernels = self._first_layer(first, read_weights(self._read()))
        except (ValueError, KeyError):
            raise self._unusable(f"the weights of {first} in {FILE} cannot be read") from None
        if kernels is None:
            raise NotFound(f"The {FILE} of {self._manifest.name} has no kernels named {first}.weight.")
        return kernels

    @cached_property
    def graph(self) -> tuple[list[Node], dict[str, FloatArray]]:
        """The operations of the network, and its weights by name: what its layers' numbers are made with."""
        try:
            content = self._read()
            return read_nodes(content), read_weights(content)
        except (ValueError, IndexError):
            raise self._unusable(f"the operations in {FILE} cannot be read") from None

    def _first_layer(self, name: str, weights: dict[str, FloatArray]) -> Kernels | None:
        kind, spec = self._kinds.get(name), self._manifest.preprocessing
        if (weight := weights.get(f"{name}.weight")) is not None:
            shape = weight.shape if weight.ndim == 4 else (len(weight), spec.channels, spec.height, spec.width)
            return Kernels(name, kind, weight.reshape(shape), weights.get(f"{name}.bias"))
        kernel, recurrent = (weights.get(f"{name}.{part}") for part in ("kernel", "recurrent_kernel"))
        if kernel is None or recurrent is None:
            return None
        units = recurrent.shape[-1]
        gates = _GATES[kernel.shape[1] // units]
        return Kernels(name, kind, kernel.reshape(len(gates), 1, units, -1), gates=gates)

    def kind_of(self, layer: str) -> str | None:
        """A layer's kind, as far as the package tells."""
        return {INPUT: "Input", **self._kinds}.get(layer)

    @cached_property
    def _session(self) -> LayerSession:
        try:
            session = LayerSession(self._read(), FILE)
        except PackageError as error:
            raise self._unusable(error.message) from None
        if session.input_shape != self._manifest.input.shape or self._manifest.output.name not in session.outputs:
            raise self._unusable(f"{FILE} has another input or output than model.json says")
        return session

    @cached_property
    def _kinds(self) -> dict[str, str]:
        """Kind by layer, as far as the package tells."""
        try:
            summary = self._evidence.summary
        except NotFound:
            summary = {"layers": []}
        head: list[dict[str, str]] = [{"name": ROWS, "kind": layer["kind"]} for layer in summary["layers"][-1:]]
        return {layer["name"]: layer["kind"] for layer in [*summary["layers"], *head]}

    def _read(self) -> bytes:
        """The file's content. Checked again, since it may have changed since the model was loaded."""
        path = self._evidence.path(FILE)
        try:
            content = path.read_bytes()
        except OSError:
            raise self._unusable(f"{FILE} is missing") from None
        if hashlib.sha256(content).hexdigest() != self._manifest.files[FILE]:
            raise self._unusable(f"{FILE} does not match its checksum")
        return content

    def _unusable(self, reason: str) -> UnusableEvidence:
        return UnusableEvidence(f"{self._manifest.name} cannot show its layers: {reason}.")
