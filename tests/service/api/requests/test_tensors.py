"""V2 requests and answers against the encoder and decoder of Triton's own client, and against nonsense."""

import json
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tritonclient.http import InferenceServerClient, InferInput

from service.api.infer_answer import choose_outputs, encode_answer
from service.api.infer_request import read_pictures
from service.api.requests.tensors import is_quick
from service.errors import FeaturemapError, InvalidInput, MalformedRequest, PayloadTooLarge
from service.inference.runtime.tensors import DATATYPES, TensorInfo, arrange
from tests.service.api.tensor_requests import ANY, PIXELS, array_of, one, parse, with_bytes

SHAPES = st.lists(st.integers(1, 4), min_size=1, max_size=4)
TENSORS = st.lists(
    st.tuples(st.sampled_from([*DATATYPES]), SHAPES, st.booleans(), st.integers(0, 99)), min_size=1, max_size=4
)


@settings(max_examples=60)
@given(TENSORS)
def test_what_tritons_client_writes_is_what_is_read(tensors: list[tuple[str, list[int], bool, int]]) -> None:
    """Every datatype, as JSON and as bytes, in every mix."""
    inputs, sent = [], []
    for i, (datatype, shape, binary, seed) in enumerate(tensors):
        array = array_of(datatype, shape, seed)
        tensor = InferInput(f"t{i}", shape, datatype)
        tensor.set_data_from_numpy(array, binary_data=binary or datatype == "FP16")  # FP16 is never JSON
        inputs.append(tensor)
        sent.append(array)
    body, length = InferenceServerClient.generate_request_body(inputs, request_id="7", timeout=5, priority=1)
    takes = [TensorInfo(f"t{i}", datatype, (-1,) * len(shape)) for i, (datatype, shape, _, _) in enumerate(tensors)]
    read = parse(bytes(body), None if length is None else str(length), takes)
    assert (read.id, read.timeout_us, read.binary, read.outputs) == ("7", 5, True, [])
    arranged = arrange(takes, read.inputs, batched=False)
    for got, array in zip(arranged, sent, strict=True):
        assert got.dtype == array.dtype
        np.testing.assert_array_equal(got, array)


@settings(max_examples=60)
@given(TENSORS)
def test_what_is_written_is_what_tritons_client_reads(tensors: list[tuple[str, list[int], bool, int]]) -> None:
    gives, arrays, wanted = [], [], []
    for i, (datatype, shape, binary, seed) in enumerate(tensors):
        gives.append(TensorInfo(f"t{i}", datatype, tuple(shape)))
        arrays.append(array_of(datatype, shape, seed))
        wanted.append({"name": f"t{i}", "parameters": {"binary_data": binary or datatype == "FP16"}})
    request = parse({**one(), "id": "7", "outputs": wanted})
    encoded = encode_answer("7", "m", "1", choose_outputs(request, gives), tuple(arrays), {})
    result = InferenceServerClient.parse_response_body(encoded.body, header_length=encoded.header_length)
    response = result.get_response()
    assert (response["id"], response["model_name"], response["model_version"]) == ("7", "m", "1")
    for info, array in zip(gives, arrays, strict=True):
        got = result.as_numpy(info.name)
        if info.datatype == "BYTES":
            got = np.vectorize(lambda e: e if isinstance(e, str) else e.decode(), otypes=[object])(got)
        np.testing.assert_array_equal(got, array)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
_KEYS = st.sampled_from(
    ["id", "parameters", "inputs", "outputs", "name", "shape", "datatype", "data", "binary_data_size",
     "classification", "binary_data", "timeout", "priority", "binary_data_output", "triton_x"]
)  # fmt: skip


@settings(max_examples=150)
@given(
    top=st.dictionaries(_KEYS, _VALUES, max_size=3),
    tensor=st.dictionaries(_KEYS, _VALUES, max_size=4),
    output=st.dictionaries(_KEYS, _VALUES, max_size=3),
    parameters=st.dictionaries(_KEYS, _VALUES, max_size=3),
    tail=st.binary(max_size=20),
    header=st.none() | st.text(max_size=4) | st.integers(-2, 400).map(str),
    cut=st.integers(0, 300),
)
def test_nonsense_is_answered_in_words(
    top: Any, tensor: Any, output: Any, parameters: Any, tail: bytes, header: str | None, cut: int
) -> None:
    document = one(**{"parameters": parameters, **tensor}) | {
        "outputs": [{"name": "a", "parameters": parameters, **output}]
    }
    text = json.dumps(document | top).encode()
    for body, length in (
        (text, None),
        (text + tail, str(len(text))),
        (text[:cut] + tail, header),
        (tail, "0"),
    ):
        is_quick(body, length)
        for takes in (ANY, PIXELS, (TensorInfo("a", "BYTES", (-1, 1)),), (*ANY, *PIXELS)):
            error = fault_of(body, length, takes)
            assert error is None or (error.status in (400, 413, 422) and len(error.message) < 800)


def fault_of(body: bytes, header: str | None, takes: Sequence[TensorInfo]) -> FeaturemapError | None:
    """All that a body goes through before the model runs."""
    try:
        read = parse(body, header, takes)
        choose_outputs(read, ANY)
        arrange(takes, read_pictures(read.inputs), batched=True)
    except FeaturemapError as error:
        return error
    return None


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"no JSON", "cannot be read as JSON"),
        (b"[1]", "must be an object"),
        (b"", "cannot be read as JSON"),
        ({}, "inputs must be a list of at least one tensor"),
        ({"inputs": []}, "inputs must be a list of at least one tensor"),
        ({"inputs": [3]}, r"inputs\[0\] must be an object"),
        (one(name=3), "name must be a string"),
        (one(datatype="FLOAT"), "datatype is none of the protocol's; those served are BOOL"),
        (one(datatype="BF16"), "BF16 is not served here"),
        (one(datatype="FP16"), "FP16 cannot be sent as JSON; use the binary"),
        (one(shape="1,2"), "shape must be a list"),
        (one(shape=[1] * 33), "at most 32"),
        (one(shape=[0, 2]), "each at least 1"),
        (one(shape=[True, 2]), "whole numbers"),
        (one(shape=[1, 3]), r"holds 2 elements, but its shape \[1, 3\] has 3"),
        (one(data=None), "data must be a list"),
        (one(data=[1, [2]]), "must hold numbers"),
        (one(data=[[1], 2]), "mixes lists"),
        (one(data=["1", "2"]), "must hold numbers that FP32 can hold"),
        (one(data=[1e300, 2]), "must hold numbers that FP32 can hold"),
        (one(data=[10**400, 2]), "number is infinity when parsed as double: line 1 column"),
        (one(data=[None, 2]), "must hold numbers"),
        (one(data=[256, 0], datatype="UINT8"), "whole numbers that UINT8 can hold"),
        (one(data=[1.5, 0], datatype="INT32"), "whole numbers that INT32 can hold"),
        (one(data=[1, 0], datatype="BOOL"), "true and false alone"),
        (one(data=["a", 0], datatype="BYTES"), "strings alone"),
        (one(parameters={"binary_data_size": 8}), "both data and binary_data_size"),
        (one(parameters={"shared_memory_region": "x"}), "shared memory is not served"),
        (one(parameters=[1]), "parameters must be an object"),
        (one(parameters={"x": [1]}), "a parameter must be a string, a number, true or false"),
        ({**one(), "parameters": {"triton_x": 1}}, "begin with triton_ are reserved"),
        ({**one(), "parameters": {"timeout": -1}}, "timeout must be a whole number, at least 0"),
        ({**one(), "parameters": {"priority": 1.5}}, "priority must be a whole number"),
        ({**one(), "parameters": {"binary_data_output": 1}}, "binary_data_output must be true or false"),
        ({**one(), "id": 7}, "id must be a string"),
        ({**one(), "outputs": {}}, "outputs must be a list"),
        ({**one(), "outputs": ["a"]}, r"outputs\[0\] must be an object with a name"),
        ({**one(), "outputs": [{"name": "a", "parameters": {"classification": 0}}]}, "at least 1"),
        ({**one(), "outputs": [{"name": "a", "parameters": {"binary_data": "yes"}}]}, "binary_data must be true"),
    ],
)
def test_what_is_wrong_is_told(body: bytes | dict[str, Any], told: str) -> None:
    with pytest.raises((InvalidInput, MalformedRequest), match=told):
        parse(body)


def test_deep_lists_are_told_and_not_followed() -> None:
    for depth in (150, 100_000):
        text = b'{"inputs": [{"name": "a", "shape": [1], "datatype": "FP32", "data": %s1%s}]}' % (
            b"[" * depth,
            b"]" * depth,
        )
        with pytest.raises((InvalidInput, MalformedRequest)):
            parse(text)


def test_what_is_no_number_in_json_is_no_number_here() -> None:
    for word in (b"NaN", b"Infinity", b"-Infinity"):
        with pytest.raises(MalformedRequest):
            parse(b'{"inputs": [{"name": "a", "shape": [1], "datatype": "FP32", "data": [%s]}]}' % word)


def test_lists_may_be_nested_in_any_way_and_unknown_members_are_ignored() -> None:
    body = {**one(shape=[2, 2], data=[[[1], [2]], [[3], [4]]], more=1), "model_name": "m"}
    ((name, array),) = parse(body).inputs
    assert (name, array.tolist()) == ("a", [[1, 2], [3, 4]])


@pytest.mark.parametrize(
    ("datatype", "shape", "data", "told"),
    [
        ("FP32", [2], b"1234567", r"has 7 bytes; FP32 of the shape \[2\] has 8"),
        ("BOOL", [2], b"\0\2", "bytes 0 and 1 alone"),
        ("BYTES", [1], b"\5\0\0\0abc", "ends within an element"),
        ("BYTES", [1], b"\3\0\0\0abc\0", "ends within an element"),
        ("BYTES", [2], b"\3\0\0\0abc", "holds 1 elements"),
        ("BYTES", [1], b"\xff\xff\xff\xff", "ends within an element"),
    ],
)
def test_bytes_that_do_not_fit_are_told(datatype: str, shape: list[int], data: bytes, told: str) -> None:
    body, header = with_bytes((datatype, shape, data))
    with pytest.raises(InvalidInput, match=told):
        parse(body, header)


def test_left_over_and_missing_bytes_are_told() -> None:
    body, header = with_bytes(("FP32", [1], b"1234"), tail=b"12")
    with pytest.raises(InvalidInput, match="2 bytes more than its inputs"):
        parse(body, header)
    with pytest.raises(InvalidInput, match="bytes that follow the JSON"):
        parse(body[:-3], header)


def test_bytes_at_an_odd_place_are_read_where_they_are() -> None:
    body, header = with_bytes(("UINT8", [1], b"7"), ("FP32", [1], struct.pack("<f", 2.5)), ("INT32", [1], [3]))
    arrays = [array for _, array in parse(body, header).inputs]
    assert [array.tolist() for array in arrays] == [[ord("7")], [2.5], [3]]
    assert all(array.flags.aligned for array in arrays)


@pytest.mark.parametrize("header", ["-1", "1e2", "", " 5", "99999", "٣", "1" * 30])
def test_a_header_length_that_cannot_be_is_told(header: str) -> None:
    with pytest.raises(InvalidInput, match="must be a whole number from 0 to the body's"):
        parse(one(), header)


@pytest.mark.parametrize(
    ("info", "batched", "body", "shape"),
    [
        (("x", "FP32", (-1, 1, 2, 2)), True, bytes(16), (1, 1, 2, 2)),
        (("x", "FP32", (3, 2)), False, bytes(24), (3, 2)),
        (("x", "INT64", (-1, -1)), True, bytes(24), (1, 3)),
        (("x", "BYTES", (-1, 1)), True, b"text", (1, 1)),
    ],
)
def test_a_raw_request_is_the_only_input(info: Any, batched: bool, body: bytes, shape: tuple[int, ...]) -> None:
    read = parse(body, "0", [TensorInfo(*info)], batched)
    ((name, array),) = read.inputs
    assert (name, array.shape, read.binary) == ("x", shape, True)


@pytest.mark.parametrize(
    ("takes", "body", "told"),
    [
        (PIXELS, bytes(15), "The body has 15 bytes"),
        ((*PIXELS, *ANY), bytes(16), "models with one input; this one has 2"),
        ((TensorInfo("x", "FP32", (-1, -1, -1)),), bytes(16), "several free dimensions"),
        ((TensorInfo("x", "FP32", (-1, -1)),), bytes(7), "The body has 7 bytes"),
        ((TensorInfo("x", "FP32", (-1, -1)),), b"", "no JSON|holds nothing"),
    ],
)
def test_a_raw_request_that_does_not_fit_is_told(takes: Sequence[TensorInfo], body: bytes, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        arrange(takes, parse(body, "0", takes).inputs, batched=True)


def test_more_numbers_than_any_batch_has_are_not_parsed() -> None:
    data = b"[" + b"0," * 20_000 + b"0]"
    with pytest.raises(PayloadTooLarge, match="more numbers than 2 rows hold"):
        parse(b'{"inputs": [{"data": %s}]}' % data, takes=PIXELS, max_rows=2)


def test_a_picture_in_json_is_base64() -> None:
    inputs = read_pictures(parse(one(datatype="BYTES", shape=[2], data=["YWJj", "ZGVm"])).inputs)
    assert inputs[0][1].tolist() == [b"abc", b"def"]
    with pytest.raises(InvalidInput, match=r"picture 1: a string must be a picture file in base64"):
        read_pictures(parse(one(datatype="BYTES", shape=[2], data=["YWJj", "!"])).inputs)


def test_only_what_costs_little_is_parsed_in_place() -> None:
    large = with_bytes(("FP32", [100_000], bytes(400_000)))
    assert is_quick(*large)
    assert not is_quick(*with_bytes(("BYTES", [100_000], bytes(400_000))))
    assert not is_quick(large[0], None)
    assert is_quick(b"{}", None)
