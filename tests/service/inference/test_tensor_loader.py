"""Folders in Triton's own layout, without a model.json: served as they lie, tensors only."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, save

from service.errors import InvalidInput, TensorsOnly
from service.inference.entry import State
from service.inference.package.manifest import sha256
from service.inference.repository import Repository
from tests.graphs import echo_graph, sum_graph
from tests.packages import LABELS, write_graph, write_package
from tests.service.api.tensor_models import bare_model
from tests.service.inference.conftest import reason

Load = Callable[[], Repository]


def test_a_bare_folder_answers_tensors_and_says_what_it_lacks(
    models: Path, load: Load, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    graph = sum_graph(bare_model(models, "sum", max_batch_size=8))
    repository = load()
    entry = repository.entry("sum")
    assert (entry.state, entry.fault) == (State.READY, "")
    model = repository.find("sum")
    assert [str(info) for info in model.session.inputs] == ["a FP32 [-1, 3]", "b FP32 [-1, 3]"]
    assert model.sha256 == sha256(graph)
    ones = np.ones((2, 3), np.float32)
    total, product = asyncio.run(model.batcher.submit(ones, 3 * ones)).outputs
    assert total.tolist() == [[4.0] * 3] * 2
    assert product.tolist() == [[3.0] * 3] * 2
    assert "takes tensors only" in model.notes[0]
    assert "python -m service package" in caplog.text
    with pytest.raises(TensorsOnly, match=r"sum cannot be asked about pictures.*/v2/models/sum.*model\.json"):
        repository.get("sum")
    assert repository.get("bands").notes == ()


def test_a_package_that_lost_its_model_json_is_tensors_only_until_it_is_back(models: Path, load: Load) -> None:
    manifest = models / "bands" / "1" / "model.json"
    kept = manifest.read_bytes()
    manifest.unlink()
    repository = load()
    model = repository.find("bands")
    assert model.labels == {"probabilities": LABELS}
    manifest.write_bytes(kept)
    repository.load("bands")
    assert repository.get("bands").manifest.name == "bands"


def test_a_version_whose_model_json_is_still_to_come_is_no_bare_folder(models: Path, load: Load) -> None:
    """A copy under way must not take the place of what serves."""
    repository = load()
    serving = repository.get("bands")
    (write_package(models, version=2) / "model.json").unlink()
    assert "version 2: model.json is missing" in repository.load("bands").fault
    assert repository.get("bands") is serving


def test_the_configuration_may_say_more_than_the_graph(models: Path, load: Load) -> None:
    config = """
    input [ { name: "b" data_type: TYPE_FP32 dims: [ 3 ] }, { name: "a" data_type: TYPE_FP32 dims: [ 3 ] } ]
    output { name: "product" data_type: TYPE_FP32 dims: [ 3 ] label_filename: "rgb.txt" }
    default_model_filename: "net.onnx"
    """
    file = bare_model(models, "sum", config, max_batch_size=8)
    sum_graph(file.with_name("net.onnx"), ("batch", "width"))
    (models / "sum" / "rgb.txt").write_text("red\ngreen\nblue\n")
    model = load().find("sum")
    assert [str(info) for info in model.session.inputs] == ["a FP32 [-1, 3]", "b FP32 [-1, 3]"]
    assert [str(info) for info in model.session.outputs] == ["product FP32 [-1, 3]"]
    assert model.labels == {"product": ("red", "green", "blue")}
    two = np.full((1, 3), 2, np.float32)
    assert [rows.tolist() for rows in asyncio.run(model.batcher.submit(two, two)).outputs] == [[[4.0] * 3]]


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ('input { name: "c" }', "the input c of config.pbtxt is none of the graph's: a, b"),
        ('input { name: "a" }', "config.pbtxt does not list the input b of the graph"),
        ('output { name: "difference" }', "model.onnx has no output difference; it gives sum, product"),
        ('input [ { name: "a" data_type: TYPE_INT64 }, { name: "b" } ]',
         "the input a FP32 [-1, 3] of the graph is INT64 in config.pbtxt"),
        ('input [ { name: "a" dims: 4 }, { name: "b" } ]',
         "the input a FP32 [-1, 3] of the graph has the dims [4] in config.pbtxt"),
        ('input [ { name: "a" dims: [ 1, 3 ] }, { name: "b" } ]', "has the dims [1, 3] in config.pbtxt"),
        ('output { name: "sum" label_filename: "labels.txt" }', "labels.txt is missing"),
        ('output { name: "sum" dims: 3 label_filename: "many.txt" }', "many.txt has 4 labels; sum has 3 elements"),
        ('backend: "python"', "backend is 'python'; served is 'onnxruntime' alone"),
        ('model_warmup { name: "w" inputs { key: "c" value { } } }',
         "model_warmup w fills c, which is no input of the model"),
        ('model_warmup { inputs { key: "a" value { data_type: TYPE_FP64 dims: 3 } } }',
         "model_warmup has a as FP64; the model takes FP32"),
        ('model_warmup { inputs { key: "a" value { dims: [ 4 ] } } }', "has a as [4]; the model takes [3]"),
        ('model_warmup { inputs { key: "a" value { dims: 3 input_data_file: "a.raw" } } }',
         "model_warmup has 8 bytes in a.raw; FP32 [3] has 12"),
        ('model_warmup { inputs { key: "a" value { dims: 3 input_data_file: "b.raw" } } }', "b.raw is missing"),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_graph_is_told_and_costs_it_alone(
    models: Path, load: Load, config: str, told: str
) -> None:
    sum_graph(bare_model(models, "sum", config, max_batch_size=8))
    (models / "sum" / "many.txt").write_text("1\n2\n3\n4\n")
    (models / "sum" / "warmup").mkdir()
    (models / "sum" / "warmup" / "a.raw").write_bytes(bytes(8))
    repository = load()
    assert told in reason(repository, "sum")
    assert str(models) not in reason(repository, "sum")
    assert repository.get("bands").name == "bands"


def test_a_graph_without_a_batch_wants_max_batch_size_0(models: Path, load: Load) -> None:
    for most in (0, 8):
        sum_graph(bare_model(models, f"sum{most}", max_batch_size=most), (2, 3))
    repository = load()
    assert repository.find("sum0").batcher.limits.max_batch == 0
    assert "the input a FP32 [2, 3] of the graph has no batch" in reason(repository, "sum8")


def test_a_datatype_that_numpy_does_not_have_is_told(models: Path, load: Load) -> None:
    echo_graph(bare_model(models, "echo", max_batch_size=8), "BF16")
    assert "sent is a tensor(bfloat16); served are tensors of BOOL" in reason(load(), "echo")


def test_one_request_that_the_graph_fails_on_does_not_cost_those_beside_it(models: Path, load: Load) -> None:
    """A graph that looks its input up in a table of four: the fifth row is not there."""
    file = bare_model(models, "table", max_batch_size=8)
    index = helper.make_tensor_value_info("index", TensorProto.INT64, ["batch"])
    value = helper.make_tensor_value_info("value", TensorProto.FLOAT, ["batch"])
    table = helper.make_tensor("table", TensorProto.FLOAT, [4], [0.5, 1.5, 2.5, 3.5])
    look_up = helper.make_node("Gather", ["table", "index"], ["value"])
    graph = helper.make_graph([look_up], "table", [index], [value], [table])
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), file)
    model = load().find("table")

    async def ask() -> list[object]:
        asked = (model.batcher.submit(np.array([i], np.int64)) for i in (0, 9, 3))
        return list(await asyncio.gather(*asked, return_exceptions=True))

    first, wrong, last = asyncio.run(ask())
    assert isinstance(wrong, InvalidInput)
    assert "table cannot compute with these inputs" in wrong.message
    assert [answer.rows.tolist() for answer in (first, last)] == [[0.5], [3.5]]  # type: ignore[attr-defined]


def test_weights_beside_the_graph_are_taken_and_those_elsewhere_are_not(models: Path, load: Load) -> None:
    for name in ("beside", "outside"):
        file = bare_model(models, name, max_batch_size=8)
        write_graph(file, len(LABELS), 12.0, external="weights.bin")
    repository = load()
    assert repository.find("beside").name == "beside"
    weights = models / "outside" / "1" / "weights.bin"
    weights.rename(models / "weights.bin")
    weights.symlink_to(models / "weights.bin")
    repository.load("outside")
    assert "takes weights from weights.bin, which" in repository.entry("outside").fault
