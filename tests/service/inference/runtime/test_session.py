"""Sessions and the choice of what they run on."""

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest
from onnx import helper, save

from service.errors import ConfigurationError, PackageError
from service.inference.runtime.cpus import available_cpus
from service.inference.runtime.providers import choose_provider
from service.inference.runtime.session import Session, only, thread_count
from service.inference.runtime.tensors import DATATYPES
from tests.graphs import ONNX_TYPES, echo_graph, sum_graph
from tests.packages import band_picture, write_graph

NO_GPU = "CUDAExecutionProvider" not in ort.get_available_providers()


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    write_graph(tmp_path / "model.onnx", classes=10, sharpness=12.0)
    return tmp_path / "model.onnx"


def test_each_image_gets_its_row(graph: Path) -> None:
    session = Session(graph, threads=2)
    tensor = np.stack([band_picture(k) for k in (3, 1, 4)])[:, None].astype(np.float32) / np.float32(255)
    rows = session.run(tensor)
    assert rows.shape == (3, 10)
    assert rows.dtype == np.float32
    assert rows.argmax(axis=1).tolist() == [3, 1, 4]
    np.testing.assert_allclose(rows.sum(axis=1), 1, rtol=1e-5)
    assert session.inputs == (("input", "FP32", (-1, 1, 28, 28)),)
    assert session.outputs == (("probabilities", "FP32", (-1, 10)),)


def test_a_file_that_is_no_model_is_a_package_error(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "model.onnx").write_bytes(b"\x08no model")
    with pytest.raises(PackageError, match=r"^model\.onnx cannot be loaded by onnxruntime"):
        Session(tmp_path / "model.onnx")
    assert capfd.readouterr() == ("", "")


def test_several_inputs_and_outputs_in_the_graphs_order(tmp_path: Path) -> None:
    session = Session(sum_graph(tmp_path / "model.onnx"))
    assert session.inputs == (("a", "FP32", (-1, 3)), ("b", "FP32", (-1, 3)))
    assert session.outputs == (("sum", "FP32", (-1, 3)), ("product", "FP32", (-1, 3)))
    a, b = np.array([[1, 2, 3]], np.float32), np.array([[4, 5, 6]], np.float32)
    total, product = session.infer((a, b))
    assert (total.tolist(), product.tolist()) == ([[5, 7, 9]], [[4, 10, 18]])


@pytest.mark.parametrize("datatype", DATATYPES)
def test_every_datatype_comes_back_as_it_went(datatype: str, tmp_path: Path) -> None:
    session = Session(echo_graph(tmp_path / "model.onnx", datatype))
    assert session.inputs == (("sent", datatype, (-1, -1)),)
    sent = np.array([["a", "ü"]], object) if datatype == "BYTES" else np.array([[0, 1]]).astype(DATATYPES[datatype])
    (back,) = session.infer((sent,))
    assert back.dtype == DATATYPES[datatype]
    assert back.tolist() == sent.tolist()


def test_a_datatype_that_numpy_has_not_is_a_package_error(tmp_path: Path) -> None:
    with pytest.raises(PackageError, match=r"sent is a tensor\(bfloat16\); served are tensors of BOOL"):
        Session(echo_graph(tmp_path / "model.onnx", "BF16"))


def test_a_classifier_has_one_float32_tensor(tmp_path: Path) -> None:
    session = Session(sum_graph(tmp_path / "model.onnx"))
    with pytest.raises(PackageError, match=r"model\.onnx must have one input, float32; it has 2"):
        only(session.inputs, "model.onnx", "input")


@pytest.mark.skipif(not NO_GPU, reason="this onnxruntime has GPU support")
def test_auto_takes_the_cpu_and_says_why(graph: Path) -> None:
    provider = choose_provider("auto")
    assert (provider.requested, provider.in_use) == ("auto", "cpu")
    assert provider.reason == "the installed onnxruntime has no cuda support"
    assert Session(graph, provider).execution_provider == provider


@pytest.mark.skipif(not NO_GPU, reason="this onnxruntime has GPU support")
@pytest.mark.parametrize(("requested", "needed"), [("cuda", "cuDNN"), ("tensorrt", "TensorRT")])
def test_a_gpu_that_is_not_there_is_refused_with_what_to_install(requested: str, needed: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        choose_provider(requested)  # type: ignore[arg-type]
    assert "pip install 'featuremap[gpu]'" in caught.value.message
    assert needed in caught.value.message


def test_threads_are_the_workers_share_of_the_usable_cpus() -> None:
    assert thread_count(3, workers=2) == 3
    assert thread_count(0, workers=1) == available_cpus()
    assert thread_count(0, workers=1000) == 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"op_type": "Nope"}, "there is no operator Nope in opset 17 of ONNX"),
        ({"op_type": "Nope", "domain": "com.acme"}, "there is no operator Nope of com.acme; libraries of custom"),
        ({"opset": 99}, "opset 99 is newer than it knows"),
        ({"ir_version": 99}, r"its IR version is 99, and \d+ is the newest that is known"),
        ({"datatype": "BF16"}, r"it has no implementation of the operator Abs of opset 13 for these datatypes"),
        ({"datatype": "BYTES"}, r"the operator Abs does not take a tensor\(string\)"),
        ({"takes": "nothing"}, "nothing gives nothing, which a node takes"),
        ({"shape": (5,)}, "the operator Add does not fit its inputs"),
    ],
)
def test_why_a_file_cannot_be_loaded_names_the_thing(tmp_path: Path, change: dict[str, Any], told: str) -> None:
    has = {"op_type": "Abs", "domain": "", "opset": 17, "ir_version": 8, "datatype": "FP32", "takes": "a", **change}
    kind = ONNX_TYPES[has["datatype"]]
    nodes = [helper.make_node(has["op_type"], [has["takes"]], ["y"], domain=has["domain"])]
    constants = []
    if "shape" in has:
        nodes = [helper.make_node("Add", ["a", "b"], ["y"])]
        constants = [helper.make_tensor("b", kind, has["shape"], np.ones(has["shape"], np.float32))]
    tensors = [helper.make_tensor_value_info(name, kind, ["n", 4]) for name in "ay"]
    graph = helper.make_graph(nodes, "g", tensors[:1], tensors[1:], constants)
    opsets = [helper.make_opsetid("", has["opset"]), helper.make_opsetid("com.acme", 1)]
    save(helper.make_model(graph, opset_imports=opsets, ir_version=has["ir_version"]), tmp_path / "model.onnx")
    with pytest.raises(PackageError, match=rf"^model\.onnx cannot be loaded by onnxruntime [\d.]+: {told}"):
        Session(tmp_path / "model.onnx")
