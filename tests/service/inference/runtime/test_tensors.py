"""Given tensors against those that a model takes."""

import re
from typing import Any

import numpy as np
import pytest

from service.errors import InvalidInput
from service.inference.runtime.tensors import NamedTensor, TensorInfo, arrange, has_free_shape

PAIR = (TensorInfo("a", "FP32", (-1, 2)), TensorInfo("b", "INT64", (-1, -1)))
A, B = np.zeros((3, 2), np.float32), np.zeros((3, 5), np.int64)


def test_tensors_come_in_the_models_order() -> None:
    arranged = arrange(PAIR, [("b", B), ("a", A)], batched=True)
    assert arranged[0] is A
    assert arranged[1] is B


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([("a", A)], "The input b is missing. The model takes a FP32 [-1, 2], b INT64 [-1, -1]."),
        ([("a", A), ("b", B), ("<script>", A)], "1 of the given inputs are none of the model's"),
        ([("a", A), ("a", A)], "given twice"),
        ([("a", A.astype(np.float64)), ("b", B)], "The input a must be FP32, not FP64."),
        ([("a", A.astype(np.complex64)), ("b", B)], "not of no datatype of the protocol"),
        ([("a", A[:, :1]), ("b", B)], "The input a must have the shape [-1, 2], not [3, 1]"),
        ([("a", A[0]), ("b", B)], "not [2]"),
        ([("a", A), ("b", B[:2])], "the same batch, their first dimension; these have 3, 2"),
        ([("a", A), ("b", B[:, :0])], "The input b holds nothing"),
        ([("a", A[:0]), ("b", B[:0])], "The input a holds nothing"),
        ([], "The input a is missing"),
    ],
)
def test_what_does_not_fit_is_told(given: list[NamedTensor], told: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(told)) as caught:
        arrange(PAIR, given, batched=True)
    assert "script" not in caught.value.message


def test_without_batches_first_dimensions_may_differ() -> None:
    assert len(arrange(PAIR, [("a", A), ("b", B[:1])], batched=False)) == 2


@pytest.mark.parametrize("elements", [["ü", "b"], ["ü".encode(), b"b"], ["ü", b"b"]])
def test_bytes_become_text(elements: list[Any]) -> None:
    (text,) = arrange([TensorInfo("t", "BYTES", (-1,))], [("t", np.array(elements, object))], batched=True)
    assert text.tolist() == ["ü", "b"]


def test_bytes_that_are_no_text_are_told() -> None:
    with pytest.raises(InvalidInput, match="must be UTF-8 text"):
        arrange([TensorInfo("t", "BYTES", (-1,))], [("t", np.array([b"\xff"], object))], batched=True)


def test_a_free_shape_is_one_beyond_the_batch() -> None:
    assert has_free_shape(PAIR)
    assert not has_free_shape(PAIR[:1])
