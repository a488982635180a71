"""Builds small but real model packages for tests: ONNX graph, manifest, checksums, golden samples.

The network is one linear layer with softmax over a picture's horizontal bands: class k is the k-th band from
the top, so a test knows the answer to every picture it draws.
"""

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper, save

from service.imaging.preprocessing.spec import PreprocessSpec, to_tensor
from service.inference.package.config_pbtxt import ModelConfig, render_config
from service.inference.package.manifest import GoldenSample, Manifest, OutputSpec, Rejection, TensorSpec, sha256

SIDE = 28
LABELS = tuple("0123456789")


def band_picture(band: int, classes: int = len(LABELS)) -> NDArray[np.uint8]:
    """uint8 [28, 28], light on dark, with ink in the given band alone."""
    pixels = np.zeros((SIDE, SIDE), np.uint8)
    rows = np.array_split(np.arange(SIDE), classes)[band]
    pixels[rows, 4:24] = 255
    return pixels


def write_package(
    models: Path,
    name: str = "bands",
    version: int = 1,
    *,
    labels: tuple[str, ...] = LABELS,
    sharpness: float = 12.0,
    config: ModelConfig | None = None,
    spec: PreprocessSpec | None = None,
    metrics: dict[str, Any] | None = None,
    **manifest: Any,
) -> Path:
    """Writes models/<name>/<version> and gives its folder. `manifest` overrides fields of model.json."""
    spec = spec or PreprocessSpec(recipe="resize")
    folder = models / name / str(version)
    folder.mkdir(parents=True)
    write_graph(folder / "model.onnx", len(labels), sharpness)
    files = ["model.onnx"]
    if metrics is not None:
        (folder / "metrics.json").write_text(json.dumps(metrics))
        files.append("metrics.json")
    fields: dict[str, Any] = {
        "name": name,
        "title": name.title(),
        "description": "Tells which band of the picture has the ink.",
        "group": "bands",
        "task": "multiclass",
        "dataset": "none",
        "labels": labels,
        "input": TensorSpec(name="input", shape=(-1, 1, SIDE, SIDE)),
        "output": OutputSpec(name="probabilities", shape=(-1, len(labels))),
        "parameters": SIDE * SIDE * len(labels),
        "preprocessing": spec,
        "rejection": Rejection(min_confidence=0.5),
        "files": {file: sha256(folder / file) for file in files},
        "golden": golden(folder / "model.onnx", spec, len(labels)),
    }
    document = Manifest(**{**fields, **manifest}).model_dump_json(indent=1)
    (folder / "model.json").write_text(document)
    (models / name / "labels.txt").write_text("".join(f"{label}\n" for label in labels))
    text = render_config(name=name, input_shape=(1, SIDE, SIDE), classes=len(labels), config=config or ModelConfig())
    (models / name / "config.pbtxt").write_text(text)
    return folder


def write_graph(file: Path, classes: int, sharpness: float, external: str | None = None) -> None:
    """The network as ONNX: input [batch, 1, 28, 28] to probabilities [batch, classes]; its weights in the file
    `external` beside it, where one is named."""
    weights = np.stack([band_picture(k, classes).ravel() for k in range(classes)], axis=1).astype(np.float32)
    weights *= sharpness / weights.sum(axis=0)  # a full band gives its class `sharpness`
    graph = helper.make_graph(
        [
            helper.make_node("Flatten", ["input"], ["flat"]),
            helper.make_node("Gemm", ["flat", "weights"], ["logits"]),
            helper.make_node("Softmax", ["logits"], ["probabilities"]),
        ],
        "bands",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", 1, SIDE, SIDE])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", classes])],
        [numpy_helper.from_array(weights, "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    save(model, file, save_as_external_data=external is not None, location=external, size_threshold=0)


def golden(file: Path, spec: PreprocessSpec, classes: int) -> tuple[GoldenSample, ...]:
    """The first three bands with the probabilities that the graph gives for them."""
    pictures = np.stack([band_picture(k, classes) for k in range(min(3, classes))])
    session = ort.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    (rows,) = session.run(None, {"input": to_tensor(pictures, spec)})
    return tuple(
        GoldenSample(index=i, pixels=base64.b64encode(picture.tobytes()).decode(), probabilities=tuple(row))
        for i, (picture, row) in enumerate(zip(pictures, rows.tolist(), strict=True))
    )
