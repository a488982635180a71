"""What must never serve: each broken package is not ready, its reason names the thing, and the others answer."""

import asyncio
import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from service.inference.package.manifest import sha256
from service.inference.repository import Repository
from tests.packages import LABELS, SIDE, band_picture, write_graph, write_package
from tests.service.inference.conftest import damage_weights, edit, reason

Graph = Any  # onnx.GraphProto


def regraph(package: Path, change: Callable[[Graph], object]) -> None:
    """Changes the graph, with a checksum that is right."""
    model = onnx.load_model_from_string((package / "model.onnx").read_bytes())
    change(model.graph)
    (package / "model.onnx").write_bytes(model.SerializeToString())
    edit(package, files={"model.onnx": sha256(package / "model.onnx")})


def no_such_operator(graph: Graph) -> None:
    graph.node[0].op_type = "Flattten"


def foreign_operator(package: Path) -> None:
    model = onnx.load_model_from_string((package / "model.onnx").read_bytes())
    model.graph.node[0].domain = "com.acme"
    model.opset_import.append(helper.make_opsetid("com.acme", 1))
    (package / "model.onnx").write_bytes(model.SerializeToString())
    edit(package, files={"model.onnx": sha256(package / "model.onnx")})


def text_for_numbers(graph: Graph) -> None:
    graph.input[0].type.tensor_type.elem_type = TensorProto.STRING


def input_of(datatype: int, shape: list[str | int]) -> Callable[[Graph], None]:
    def change(graph: Graph) -> None:
        del graph.input[:], graph.node[:]
        graph.input.append(helper.make_tensor_value_info("input", datatype, shape))
        graph.node.extend(
            [
                helper.make_node("Flatten", ["input"], ["flat"]),
                helper.make_node("Cast", ["flat"], ["numbers"], to=TensorProto.FLOAT),
                helper.make_node("Gemm", ["numbers", "weights"], ["logits"]),
                helper.make_node("Softmax", ["logits"], ["probabilities"]),
            ]
        )

    return change


def second_input(graph: Graph) -> None:
    graph.input.append(helper.make_tensor_value_info("mask", TensorProto.FLOAT, ["batch", 10]))
    graph.node[-1].output[0] = "before"
    graph.node.append(helper.make_node("Mul", ["before", "mask"], ["probabilities"]))


def other_name(graph: Graph) -> None:
    for name in ("first", "second"):
        graph.node.append(helper.make_node("Identity", ["logits"], [name]))
        graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 10]))
    del graph.output[0]


def unbatched_output(graph: Graph) -> None:
    graph.output.append(helper.make_tensor_value_info("weights", TensorProto.FLOAT, [SIDE * SIDE, 10]))


def seven_channels(package: Path) -> None:
    """The graph and model.json agree, but no picture has seven channels."""
    edit(package, input={"name": "input", "datatype": "FP32", "shape": [-1, 7, SIDE, SIDE]})


def other_golden(package: Path) -> None:
    picture = base64.b64encode(np.zeros((SIDE, SIDE), np.uint8).tobytes()).decode()
    certain = [1.0, *[0.0] * (len(LABELS) - 1)]
    edit(package, golden=[{"index": 0, "pixels": picture, "probabilities": certain}])


def weights_at(location: str) -> Callable[[Path], None]:
    def damage(package: Path) -> None:
        write_graph(package / "model.onnx", len(LABELS), 12.0, external="weights.bin")
        regraph(package, lambda graph: move(graph.initializer[0], location))

    return damage


def move(tensor: onnx.TensorProto, location: str) -> None:
    for entry in tensor.external_data:
        if entry.key == "location":
            entry.value = location


def short_weights(package: Path) -> None:
    write_graph(package / "model.onnx", len(LABELS), 12.0, external="weights.bin")
    (package / "weights.bin").write_bytes(b"few")
    edit(package, files={name: sha256(package / name) for name in ("model.onnx", "weights.bin")})


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        pytest.param(damage_weights, "model.onnx does not match its checksum in model.json", id="flipped byte"),
        pytest.param(other_golden, "golden samples differ by 0.9; at most 0.0001 is allowed", id="golden"),
        pytest.param(weights_at("../weights.bin"),
                     "model.onnx takes weights from ../weights.bin, which is no file of its package", id="outside"),
        pytest.param(weights_at("/etc/hostname"), "takes weights from /etc/hostname, which is no file", id="absolute"),
        pytest.param(short_weights, "a file with its weights is missing or too short", id="short weights"),
        pytest.param(lambda p: regraph(p, no_such_operator), "there is no operator Flattten in opset 17", id="absent"),
        pytest.param(foreign_operator, "there is no operator Flatten of com.acme", id="custom operator"),
        pytest.param(lambda p: regraph(p, text_for_numbers), "operator Gemm does not take a tensor(string)", id="text"),
        pytest.param(lambda p: regraph(p, input_of(TensorProto.INT64, ["batch", 1, SIDE, SIDE])),
                     "the input of model.onnx is input INT64 [-1, 1, 28, 28]; a picture fills one of FP32", id="int64"),
        pytest.param(lambda p: regraph(p, input_of(TensorProto.FLOAT, ["batch", SIDE * SIDE])),
                     "the input of model.onnx is input FP32 [-1, 784], that of model.json input FP32 [-1, 1, 28, 28]",
                     id="flat"),
        pytest.param(lambda p: regraph(p, input_of(TensorProto.FLOAT, ["batch", 7, SIDE, SIDE // 7])),
                     "the input of model.onnx is input FP32 [-1, 7, 28, 4], that of model.json", id="channels"),
        pytest.param(seven_channels, "input shape (-1, 7, 28, 28) does not match the preprocessing, [-1, 1, 28, 28]",
                     id="channels of both"),
        pytest.param(lambda p: regraph(p, other_name),
                     "model.onnx has no output probabilities, which model.json names; it gives first, second",
                     id="outputs"),
        pytest.param(lambda p: regraph(p, unbatched_output),
                     "the output weights FP32 [784, 10] of model.onnx has no batch as its first dimension",
                     id="unbatched output"),
        pytest.param(lambda p: regraph(p, second_input),
                     "model.onnx must have one input, which the picture fills; it has input, mask", id="two inputs"),
    ],
)  # fmt: skip
def test_it_is_not_ready_and_the_reason_names_the_thing(
    models: Path, load: Callable[[], Repository], damage: Callable[[Path], Any], told: str
) -> None:
    write_package(models, "good")
    damage(models / "bands" / "1")
    repository = load()
    assert told in reason(repository, "bands")
    assert str(models) not in reason(repository, "bands")
    assert repository.get("good").name == "good"


def test_the_file_that_is_missing_from_a_list_of_several_is_shown(models: Path, load: Callable[[], Repository]) -> None:
    package = models / "bands" / "1"
    write_graph(package / "model.onnx", len(LABELS), 12.0, external="weights.bin")

    def more(graph: Graph) -> None:
        move(graph.initializer[0], "../a\n.bin")
        other = numpy_helper.from_array(np.zeros(4, np.float32), "other")
        onnx.external_data_helper.set_external_data(other, "../b.bin")
        other.ClearField("raw_data")
        graph.initializer.append(other)

    regraph(package, more)
    assert r"weights from ../a\n.bin and 1 more files, which is no file" in reason(load(), "bands")


def test_a_classifier_may_give_more_than_its_probabilities(models: Path, load: Callable[[], Repository]) -> None:
    """Its logits, say, which come first in the graph: for who asks for tensors."""

    def logits_too(graph: Graph) -> None:
        graph.output.insert(0, helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 10]))

    regraph(models / "bands" / "1", logits_too)
    model = load().get("bands")
    assert [info.name for info in model.session.outputs] == ["probabilities", "logits"]
    picture = band_picture(4)[None, None].astype(np.float32) / np.float32(255)
    rows, logits = asyncio.run(model.batcher.submit(picture)).outputs
    assert rows.argmax() == logits.argmax() == 4
    assert np.isclose(rows.sum(), 1)
    assert logits.max() == pytest.approx(12.0)
