"""The networks in the page say what the service says of the same tensor."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from service.datasets import read_test_set
from service.imaging.preprocessing.spec import to_tensor
from service.inference.answers import calibrate
from service.inference.package.manifest import read_manifest
from tests.ci import ON_CI
from tests.paths import newest
from tests.web.network.node import run_in_node

MODELS = ("mnist_cnn", "mnist_deep", "mnist_gru", "mnist_lstm", "mnist_neuron", "mnist_rnn", "mnist_robust",
          "mnist_shallow")  # fmt: skip
PICTURES = 200 if ON_CI else 40
FAR = 1e-5  # of a probability
_RUN = """
import { Network } from "./js/network/network.js";
import { calibrate } from "./js/network/answer.js";
const { temperatures, count } = JSON.parse(readFileSync(files.pop(), "utf8"));
const pixels = readFileSync(files.pop());
print(files.map((file, k) => {
  const network = new Network(readFileSync(file));
  return Array.from({ length: count }, (_, i) => {
    const picture = Float32Array.from(pixels.subarray(784 * i, 784 * (i + 1)), (level) => level / 255);
    return Array.from(calibrate(network.run(picture), temperatures[k]));
  });
}));
"""
_FAULT = """
import { Network } from "./js/network/network.js";
let fault = "none";
try { new Network(readFileSync(files[0])); } catch (error) { fault = `${error.name}: ${error.message}`; }
print(fault);
"""


def in_page(
    files: list[Path], pixels: NDArray[np.uint8], temperatures: list[float], folder: Path
) -> list[NDArray[np.float64]]:
    """What each network says of each picture, [n, classes] each, calibrated."""
    (folder / "pixels").write_bytes(pixels.tobytes())
    (folder / "how.json").write_text(json.dumps({"temperatures": temperatures, "count": len(pixels)}))
    return [np.array(rows) for rows in run_in_node(_RUN, *files, folder / "pixels", folder / "how.json")]


def test_test_digits_get_the_probabilities_of_onnxruntime(tmp_path: Path) -> None:
    """Class and calibrated probabilities of every network, of pictures all over MNIST's test set."""
    pixels = read_test_set("mnist")[0][:: 10_000 // PICTURES]
    manifests = [read_manifest(newest(name)) for name in MODELS]
    files = [newest(name) / "model.onnx" for name in MODELS]
    rows = in_page(files, pixels, [manifest.temperature for manifest in manifests], tmp_path)
    for manifest, file, found in zip(manifests, files, rows, strict=True):
        session = ort.InferenceSession(file, providers=["CPUExecutionProvider"])
        (raw,) = session.run(None, {"input": to_tensor(pixels, manifest.preprocessing)})
        wanted = calibrate(np.asarray(raw), manifest.temperature)
        assert found.shape == (PICTURES, len(manifest.labels)), manifest.name
        assert found.argmax(axis=1).tolist() == wanted.argmax(axis=1).tolist(), manifest.name
        assert float(np.abs(found - wanted).max()) <= FAR, manifest.name


def test_the_operators_are_just_those_of_the_published_networks_of_digits() -> None:
    found = {node.op_type for name in MODELS for node in onnx.load(newest(name) / "model.onnx").graph.node}
    script = 'import { OPERATORS } from "./js/network/network.js"; print(Object.keys(OPERATORS));'
    assert set(run_in_node(script)) == found


def graph(folder: Path, *nodes: Any, shape: tuple[int, ...] = (1, 1, 28, 28), **weights: NDArray[Any]) -> Path:
    inputs = [helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)]
    outputs = [helper.make_tensor_value_info("output", TensorProto.FLOAT, None)]
    initializers = [numpy_helper.from_array(value, name) for name, value in weights.items()]
    made = helper.make_model(helper.make_graph(list(nodes), "graph", inputs, outputs, initializers))
    path = folder / "made.onnx"
    path.write_bytes(made.SerializeToString())
    return path


def test_an_unknown_operator_is_named(tmp_path: Path) -> None:
    path = graph(tmp_path, helper.make_node("Erf", ["input"], ["output"]))
    assert run_in_node(_FAULT, path) == "RangeError: The operator Erf is not computed in the page."


@pytest.mark.parametrize(
    ("attributes", "fault"),
    [
        ({"group": 2}, "Conv with group 2"),
        ({"dilations": [2, 2]}, "Conv with dilations 2,2"),
        ({"auto_pad": "SAME_UPPER"}, "Conv with auto_pad"),
    ],
)
def test_an_attribute_that_would_change_the_result_is_refused(
    tmp_path: Path, attributes: dict[str, Any], fault: str
) -> None:
    kernel = np.ones((4, 1, 3, 3), np.float32)
    path = graph(tmp_path, helper.make_node("Conv", ["input", "kernel"], ["output"], **attributes), kernel=kernel)
    assert run_in_node(_FAULT, path) == f"RangeError: {fault} is not computed in the page."


@pytest.mark.parametrize(
    ("shapes", "fault"),
    [
        ({"weight": (27, 27)}, "MatMul is computed in the page of two matrices that fit alone."),
        ({"weight": (28, 28), "other": (3, 28, 28)}, "MatMul is computed in the page of two matrices that fit alone."),
        ({"weight": (28, 14)}, "Mean is computed in the page of tensors with the same shape alone."),
    ],
)
def test_shapes_that_do_not_fit_are_refused(tmp_path: Path, shapes: dict[str, tuple[int, ...]], fault: str) -> None:
    products = [helper.make_node("MatMul", ["input", name], [f"by {name}"]) for name in shapes]
    mean = helper.make_node("Mean", ["input", f"by {next(iter(shapes))}"], ["output"])
    weights: dict[str, Any] = {name: np.ones(shape, np.float32) for name, shape in shapes.items()}
    path = graph(tmp_path, *products, mean, **weights)
    assert run_in_node(_FAULT, path) == f"RangeError: {fault}"


def test_products_of_a_picture_and_matrices_and_a_mean(tmp_path: Path) -> None:
    rng = np.random.default_rng(8)
    path = graph(
        tmp_path,
        helper.make_node("MatMul", ["left", "input"], ["rows"]),
        helper.make_node("MatMul", ["rows", "right"], ["both"]),
        helper.make_node("MatMul", ["input", "right"], ["one"]),
        helper.make_node("MatMul", ["second", "one"], ["other"]),
        helper.make_node("Mean", ["both", "other", "both"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["output"]),
        left=rng.normal(size=(9, 28)).astype(np.float32),
        second=rng.normal(size=(9, 28)).astype(np.float32),
        right=rng.normal(size=(28, 5)).astype(np.float32),
    )
    pixels = rng.integers(0, 256, (2, 28, 28), dtype=np.uint8)
    (found,) = in_page([path], pixels, [1.0], tmp_path)
    for picture, values in zip(pixels, found, strict=True):
        tensor = picture[None, None].astype(np.float32) / 255
        (wanted,) = ort.InferenceSession(path).run(None, {"input": tensor})
        assert np.allclose(values, wanted[0], atol=1e-4)


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    whole = (newest("mnist_rnn") / "model.onnx").read_bytes()
    cut = tmp_path / "cut.onnx"
    for length in (1, 100, len(whole) // 2, len(whole) - 1):
        cut.write_bytes(whole[:length])
        assert run_in_node(_FAULT, cut).startswith("RangeError: "), length


def test_strided_and_padded_windows_odd_counts_and_a_normalisation_that_is_read_twice(tmp_path: Path) -> None:
    """Shapes that the published networks do not have: five filters, an odd number of cells, unequal padding."""
    rng = np.random.default_rng(7)
    names = ("scale", "bias", "mean", "variance")
    norm: dict[str, Any] = {name: rng.uniform(0.5, 1.5, 5).astype(np.float32) for name in names}
    path = graph(
        tmp_path,
        helper.make_node("Conv", ["input", "kernel", "first"], ["conv"], pads=[1, 0, 0, 2], strides=[2, 3]),
        helper.make_node("BatchNormalization", ["conv", *norm], ["norm"], epsilon=1e-3),
        helper.make_node("Conv", ["norm", "second"], ["again"]),
        helper.make_node("BatchNormalization", ["again", *norm], ["folded"]),
        helper.make_node("Add", ["folded", "again"], ["sum"]),
        helper.make_node("Flatten", ["sum"], ["output"]),
        kernel=rng.normal(size=(5, 1, 3, 4)).astype(np.float32),
        first=rng.normal(size=5).astype(np.float32),
        second=rng.normal(size=(5, 5, 1, 1)).astype(np.float32),
        **norm,
    )
    pixels = rng.integers(0, 256, (3, 28, 28), dtype=np.uint8)
    (wanted,) = ort.InferenceSession(path).run(None, {"input": pixels[:1, None].astype(np.float32) / 255})
    (found,) = in_page([path], pixels, [1.0], tmp_path)
    assert np.allclose(found[0], wanted[0], atol=1e-4)
    assert not np.allclose(found[0], found[1])
