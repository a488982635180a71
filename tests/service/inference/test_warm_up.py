"""`model_warmup` of config.pbtxt: batches of zeros, of random numbers or of a file are run before a version serves."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from onnx import helper, load_model, numpy_helper, save

from service.inference.package.config_pbtxt import ModelConfig
from service.inference.package.manifest import sha256
from service.inference.repository import Repository
from service.inference.runtime.session import Session
from service.inference.runtime.tensors import DATATYPES, Tensors
from service.inference.warm_up import warm_up
from tests.graphs import echo_graph, sum_graph
from tests.packages import write_package
from tests.service.inference.conftest import edit, reason


def refuse_batches(package: Path, most: int) -> None:
    """Makes the graph fail on more than `most` images: it looks their number up in a vector too short for more."""
    file = package / "model.onnx"
    model = load_model(file)
    graph = model.graph
    graph.node[-1].output[0] = "rows"
    graph.initializer.append(numpy_helper.from_array(np.zeros(most + 1, np.float32), "allowed"))
    graph.node.extend(
        [
            helper.make_node("Shape", ["input"], ["count"], start=0, end=1),
            helper.make_node("Gather", ["allowed", "count"], ["nothing"]),
            helper.make_node("Add", ["rows", "nothing"], ["probabilities"]),
        ]
    )
    save(model, file)
    files = json.loads((package / "model.json").read_text())["files"]
    edit(package, files={**files, "model.onnx": sha256(file)})


def set_warm_up(models: Path, text: str) -> None:
    file = models / "bands" / "config.pbtxt"
    head = file.read_text().partition("model_warmup")[0]
    file.write_text(head + text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(
            "model_warmup { batch_size: 4 }", "model.onnx fails on zeros in a batch of 4, for model_warmup", id="4"
        ),
        pytest.param(
            "model_warmup [ { batch_size: 3 }, { batch_size: 32 } ]", "fails on zeros in a batch of 32", id="both"
        ),
        pytest.param(
            "model_warmup { batch_size: 33 }", "model_warmup has a batch of 33; max_batch_size is 32", id="large"
        ),
    ],
)
def test_a_size_that_the_model_fails_on_is_told(
    models: Path, load: Callable[[], Repository], text: str, told: str
) -> None:
    refuse_batches(models / "bands" / "1", most=3)
    assert load().get("bands")
    set_warm_up(models, text)
    assert told in reason(load(), "bands")


@pytest.mark.parametrize("text", ["", "model_warmup { batch_size: 32 count: 2 }", "model_warmup { name: 'none' }"])
def test_sizes_that_the_model_takes_are_no_hindrance(models: Path, load: Callable[[], Repository], text: str) -> None:
    set_warm_up(models, text)
    assert load().get("bands")


def test_a_load_whose_warm_up_fails_keeps_what_served(models: Path, load: Callable[[], Repository]) -> None:
    repository = load()
    serving = repository.get("bands")
    refuse_batches(write_package(models, version=2), most=3)
    set_warm_up(models, "model_warmup { batch_size: 8 }")
    assert "fails on zeros in a batch of 8" in repository.load("bands").fault
    assert repository.get("bands") is serving


class Kept(Session):
    """A session that keeps what it was run with."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.runs: list[Tensors] = []

    def infer(self, inputs: Tensors) -> Tensors:
        self.runs.append(inputs)
        return super().infer(inputs)


def runs(graph: Path, config: str) -> list[Tensors]:
    session = Kept(graph)
    warm_up(session, ModelConfig.parse(config), graph.parent)
    return session.runs


@pytest.mark.parametrize("datatype", DATATYPES)
def test_random_numbers_are_random_and_the_same_at_every_load(datatype: str, tmp_path: Path) -> None:
    graph = echo_graph(tmp_path / "model.onnx", datatype)
    config = """
    max_batch_size: 8
    model_warmup { name: "r" batch_size: 4 count: 2 inputs { key: "sent" value { dims: 50 random_data: true } } }
    """
    first, again = runs(graph, config)
    ((array,), (repeated,)) = first, runs(graph, config)[0]
    assert again is first
    assert (array.shape, array.dtype) == ((4, 50), DATATYPES[datatype])
    assert array.tolist() == repeated.tolist()
    different = {"BOOL": 2, "FP16": 150, "FP32": 200, "FP64": 200}.get(datatype, 10)
    assert len(set(array.ravel().tolist())) >= different


def test_each_input_is_filled_as_the_file_says(tmp_path: Path) -> None:
    graph = sum_graph(tmp_path / "model.onnx", ("batch", "width"))
    (tmp_path / "warmup").mkdir()
    (tmp_path / "warmup" / "b.raw").write_bytes(np.array([1, 2, 3], np.float32).tobytes())
    config = """
    max_batch_size: 2
    model_warmup {
      batch_size: 2
      inputs [ { key: "a" value { data_type: TYPE_FP32 dims: [ 3 ] zero_data: true } },
               { key: "b" value { data_type: TYPE_FP32 dims: [ 3 ] input_data_file: "b.raw" } } ]
    }
    """
    ((a, b),) = runs(graph, config)
    assert a.tolist() == [[0.0] * 3] * 2
    assert b.tolist() == [[1.0, 2.0, 3.0]] * 2


def test_a_model_without_batches_is_warmed_up_as_it_is(tmp_path: Path) -> None:
    graph = sum_graph(tmp_path / "model.onnx", (2, 3))
    ((a, _),) = runs(graph, 'max_batch_size: 0 model_warmup { inputs { key: "a" value { dims: [ 2, 3 ] } } }')
    assert a.shape == (2, 3)
