"""What is kept of a V2 request with tensors as bytes cuts the next body as reading it again would."""

import json
import re
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from service.api.infer_answer import choose_outputs
from service.api.infer_plan import InferPlan, plan
from service.api.infer_request import infer_seconds, read_infer
from service.inference.runtime.batch import BatchLimits
from service.inference.runtime.tensors import TensorInfo, arrange
from service.settings import Settings

TAKES = [TensorInfo("a", "FP32", (-1, 3)), TensorInfo("b", "INT64", (-1,)), TensorInfo("c", "BOOL", (-1,))]
GIVES = [TensorInfo("sum", "FP32", (-1,))]


class _Batcher:
    limits = BatchLimits(max_batch=8)


class _Session:
    def __init__(self, takes: list[TensorInfo]) -> None:
        self.inputs, self.outputs = takes, GIVES


class _Model:
    """What of a TensorModel is asked for."""

    name, version, labels = "m", "2", {"sum": ("few", "many")}

    def __init__(self, takes: list[TensorInfo]) -> None:
        self.session, self.batcher = _Session(takes), _Batcher()


def body_of(arrays: dict[str, NDArray[Any]], padding: int = 0, **more: object) -> tuple[bytes, str]:
    """As a client writes it, its JSON `padding` bytes longer."""
    names = {np.dtype(np.float32): "FP32", np.dtype(np.int64): "INT64", np.dtype(np.bool_): "BOOL"}
    inputs = [
        {
            "name": name,
            "datatype": names[array.dtype],
            "shape": list(array.shape),
            "parameters": {"binary_data_size": array.nbytes},
        }
        for name, array in arrays.items()
    ]
    text = json.dumps({"inputs": inputs, **more}).encode() + b" " * padding
    return text + b"".join(array.tobytes() for array in arrays.values()), str(len(text))


def planned(body: bytes, header: str | None, model: Any) -> InferPlan:
    asked = read_infer(body, header, model, Settings(_env_file=None))
    arrange(model.session.inputs, asked.inputs, True)
    chosen = choose_outputs(asked, model.session.outputs)
    return plan(body, header, model, asked, chosen, infer_seconds(asked, Settings(_env_file=None)))


def numbers(seed: int, rows: int = 2) -> dict[str, NDArray[Any]]:
    rng = np.random.default_rng(seed)
    return {"b": rng.integers(0, 9, rows), "a": rng.random((rows, 3), np.float32)}


@pytest.mark.parametrize("padding", range(8))
def test_the_next_body_is_cut_in_the_models_order(padding: int) -> None:
    model: Any = _Model(TAKES[:2])
    first, second = (body_of(numbers(seed), padding, parameters={"timeout": 2_000_000}) for seed in (1, 2))
    kept = planned(*first, model)
    assert kept.seconds == 2
    for seed, (body, _) in enumerate((first, second), 1):
        assert kept.fits(body, model)
        for array, name in zip(kept.tensors(body), "ab", strict=True):
            np.testing.assert_array_equal(array, numbers(seed)[name])
            assert array.dtype == numbers(seed)[name].dtype
            assert array.flags.aligned


def test_what_differs_is_read_again() -> None:
    model: Any = _Model(TAKES[:2])
    body, header = body_of(numbers(1))
    kept = planned(body, header, model)
    assert not kept.fits(body, _Model(TAKES[:2]))  # type: ignore[arg-type]  # the version that came in its place
    for other in (body[:-1], body + b"\0", body.replace(b'"a"', b'"x"'), b" " + body[1:], body_of(numbers(1, 3))[0]):
        assert not kept.fits(other, model)


@pytest.mark.parametrize("takes", [TAKES, TAKES[2:]], ids=["one of them", "alone"])
def test_what_is_looked_at_byte_by_byte_always_is(takes: list[TensorInfo]) -> None:
    model: Any = _Model(takes)
    flags = {"c": np.array([True, False])}
    body, header = body_of(flags if len(takes) == 1 else numbers(1) | flags)
    assert not planned(body, header, model).fits(body, model)


def test_a_long_json_is_not_kept() -> None:
    model: Any = _Model(TAKES[:2])
    for padding, kept in ((500, True), (1100, False)):
        body, header = body_of(numbers(1), padding)
        found = planned(body, header, model)
        assert found.fits(body, model) == kept
        assert bool(found.text) == kept


def test_numbers_in_the_json_are_read_each_time() -> None:
    model: Any = _Model(TAKES[:1])
    tensor = {"name": "a", "datatype": "FP32", "shape": [1, 3], "data": [1, 2, 3]}
    text = json.dumps({"inputs": [tensor]}).encode()
    for header in (None, str(len(text))):
        assert not planned(text, header, model).fits(text, model)


def test_a_raw_body_is_cut_too() -> None:
    model: Any = _Model(TAKES[:1])
    first, second = (np.random.default_rng(seed).random(3, np.float32) for seed in (1, 2))
    kept = planned(first.tobytes(), "0", model)
    assert kept.fits(second.tobytes(), model)
    np.testing.assert_array_equal(kept.tensors(second.tobytes())[0], second[None])


def answered(model: Any, gives: NDArray[Any], accept: str | None, **asked: Any) -> list[Any]:
    """Twice by the same plan, and once by another."""
    body, header = body_of(numbers(1), **asked)
    kept = planned(body, header, model)
    return [
        kept.reply((gives,), accept),
        kept.reply((gives,), accept),
        planned(body, header, model).reply((gives,), accept),
    ]


ASKED: dict[str, dict[str, Any]] = {
    "bytes": {"parameters": {"binary_data_output": True}},
    "bytes, with an id": {"parameters": {"binary_data_output": True}, "id": 'a"b'},
    "json": {},
    "classes": {"outputs": [{"name": "sum", "parameters": {"classification": 1, "binary_data": True}}]},
}


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("accept", [None, "gzip"])
@pytest.mark.parametrize("rows", [2, 2000])  # the second is compressed
def test_an_answer_of_the_same_shapes_has_the_same_head(name: str, accept: str | None, rows: int) -> None:
    model: Any = _Model(TAKES[:2])
    replies = answered(model, np.arange(rows, dtype=np.float32), accept, **ASKED[name])
    assert replies[0] == replies[1] == replies[2]
    assert (b"content-encoding: gzip" in replies[0].headers) == (accept is not None and rows > 2)


def test_each_answer_has_its_own_numbers_and_shape() -> None:
    model: Any = _Model(TAKES[:2])
    body, header = body_of(numbers(1), parameters={"binary_data_output": True})
    kept = planned(body, header, model)
    for rows, start in ((2, 0), (2, 5), (3, 1), (2, 9)):
        gives = np.arange(start, start + rows, dtype=np.float32)
        reply = kept.reply((gives,), None)
        (length,) = re.findall(rb"inference-header-content-length: (\d+)", reply.headers)
        assert reply.body[int(length) :] == gives.tobytes()
        assert json.loads(reply.body[: int(length)])["outputs"][0]["shape"] == [rows]
        assert b"content-length: %d\r\n" % len(reply.body) in reply.headers
