"""Sessions and the choice of what they run on."""

from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, save

from service.errors import ConfigurationError, PackageError
from service.inference.runtime.cpus import available_cpus
from service.inference.runtime.session import Session, choose_provider, thread_count
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
    assert (session.input_name, session.input_shape) == ("input", (-1, 1, 28, 28))
    assert (session.output_name, session.output_shape) == ("probabilities", (-1, 10))


def test_a_file_that_is_no_model_is_a_package_error(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "model.onnx").write_bytes(b"\x08no model")
    with pytest.raises(PackageError, match=r"^model\.onnx cannot be loaded by onnxruntime"):
        Session(tmp_path / "model.onnx")
    assert capfd.readouterr() == ("", "")


def test_a_graph_of_two_outputs_is_a_package_error(tmp_path: Path) -> None:
    vectors = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n"]) for name in "abc"]
    nodes = [helper.make_node("Relu", ["a"], [name]) for name in "bc"]
    graph = helper.make_graph(nodes, "two", vectors[:1], vectors[1:])
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7), tmp_path / "model.onnx")
    with pytest.raises(PackageError, match="must have one output"):
        Session(tmp_path / "model.onnx")


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
