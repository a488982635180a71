"""Answers of V2: which outputs, in which form, and classes in place of numbers."""

import json
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tritonclient.http import InferRequestedOutput

from service.api.infer_answer import choose_outputs, classes_of, encode_answer
from service.errors import InvalidInput
from service.inference.runtime.tensors import TensorInfo
from tests.service.api.tensor_requests import ANY, one, parse


def test_outputs_are_chosen_before_the_model_runs() -> None:
    gives = [TensorInfo("a", "FP32", (-1,)), TensorInfo("b", "FP16", (-1,)), TensorInfo("c", "BYTES", (-1,))]

    def chosen(*outputs: InferRequestedOutput) -> list[Any]:
        return choose_outputs(parse({**one(), "outputs": [output._get_tensor() for output in outputs]}), gives)

    (only,) = chosen(InferRequestedOutput("b"))
    assert (only.place, only.binary) == (1, True)
    with pytest.raises(InvalidInput, match=r"none of the model's\. It gives a FP32"):
        chosen(InferRequestedOutput("x"))
    with pytest.raises(InvalidInput, match="FP16, which is sent with binary_data alone"):
        chosen(InferRequestedOutput("b", binary_data=False))
    with pytest.raises(InvalidInput, match="BYTES; classification is for numbers"):
        chosen(InferRequestedOutput("c", class_count=1))


@pytest.mark.parametrize(
    ("rows", "labels", "told"),
    [
        (np.array([[0.25, 0.5, 0.25]], np.float32), ("x", "y"), [["0.500000:1:y", "0.250000:0:x", "0.250000:2"]]),
        (np.array([[0, 1], [1, 0]], np.float32), (), [["1.000000:1", "0.000000:0"], ["1.000000:0", "0.000000:1"]]),
        (np.array([[0, 255, 3, 255]], np.uint8), (), [["255:1", "255:3", "3:2"]]),
        (np.array([-(2**63), 5], np.int64), (), [["-9223372036854775808:0"], ["5:0"]]),
        (np.float64(2.0), (), [["2.000000:0"]]),
    ],
)
def test_classes_are_the_largest_first_and_of_equals_the_lower_index(
    rows: NDArray[Any], labels: tuple[str, ...], told: list[list[str]]
) -> None:
    assert classes_of(np.asarray(rows), 3, labels).tolist() == told


def test_what_is_no_number_is_null_in_json() -> None:
    encoded = encode_answer("", "m", "1", choose_outputs(parse(one()), ANY), (np.array([[np.nan, 1]], np.float32),), {})
    assert json.loads(encoded.body)["outputs"][0]["data"] == [None, 1]
    assert "id" not in json.loads(encoded.body)
