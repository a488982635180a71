"""ModelInferRequest to arrays, and what is wrong with one."""

from typing import Any

import numpy as np
import pytest

from service.api.requests.tensor_data import to_bytes
from service.errors import InvalidInput
from service.inference.runtime.tensors import DATATYPES
from service.rpc.messages import message
from service.rpc.requests import _FIELDS, is_quick, parse_infer_request
from tests.service.api.tensor_requests import array_of

REQUEST = message("ModelInferRequest")


def infer_request(array: np.ndarray, datatype: str, raw: bool = False, **fields: Any) -> Any:
    request = REQUEST(**fields)
    tensor = request.inputs.add(name="a", datatype=datatype, shape=array.shape)
    if raw:
        request.raw_input_contents.append(to_bytes(array))
        return request
    elements = array.ravel().tolist()
    if datatype == "BYTES":
        elements = [element.encode() for element in elements]
    getattr(tensor.contents, _FIELDS[datatype]).extend(elements)
    return request


def one(**fields: Any) -> Any:
    tensor = {"name": "a", "datatype": "FP32", "shape": [1, 2], "contents": {"fp32_contents": [1, 2]}, **fields}
    return REQUEST(inputs=[tensor])


FORMS = [(datatype, raw) for datatype in DATATYPES for raw in (False, True) if raw or datatype in _FIELDS]  # not FP16


@pytest.mark.parametrize(("datatype", "raw"), FORMS)
@pytest.mark.parametrize("seed", range(3))
def test_every_datatype_arrives_bit_by_bit(datatype: str, raw: bool, seed: int) -> None:
    array = array_of(datatype, (2, 5), seed)
    ((name, found),) = parse_infer_request(infer_request(array, datatype, raw)).inputs
    assert (name, found.dtype, found.shape) == ("a", array.dtype, array.shape)
    if datatype == "BYTES":
        assert [element.decode() for element in found.ravel()] == array.ravel().tolist()
    else:
        assert found.tobytes() == array.tobytes()


def test_numbers_that_are_none_arrive_as_they_are() -> None:
    array = np.array([[np.nan, np.inf, -np.inf, -0.0]], np.float32)
    ((_, found),) = parse_infer_request(infer_request(array, "FP32")).inputs
    assert found.tobytes() == array.tobytes()


def test_parameters_and_outputs() -> None:
    request = one()
    request.id = "mine"
    request.parameters["timeout"].int64_param = 5
    request.parameters["priority"].uint64_param = 1
    request.parameters["sequence_start"].bool_param = True
    request.outputs.add(name="x").parameters["classification"].int64_param = 3
    asked = parse_infer_request(request)
    assert (asked.id, asked.timeout_us, asked.binary) == ("mine", 5, True)
    assert [(output.name, output.classes, output.binary) for output in asked.outputs] == [("x", 3, True)]


def with_parameter(name: str, **value: Any) -> Any:
    request = one()
    request.parameters[name].SetInParent()
    for field, given in value.items():
        setattr(request.parameters[name], field, given)
    return request


def with_output(**value: Any) -> Any:
    request = one()
    parameter = request.outputs.add(name="x").parameters["classification"]
    for field, given in value.items():
        setattr(parameter, field, given)
    return request


def with_raw(*raw: bytes, **fields: Any) -> Any:
    request = one(contents=None, **fields)
    request.raw_input_contents.extend(raw)
    return request


def with_both() -> Any:
    request = one()
    request.raw_input_contents.append(bytes(8))
    return request


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (REQUEST(), "at least one tensor"),
        (one(datatype="FP31"), "none of the protocol's"),
        (one(datatype="BF16"), "BF16 is not served"),
        (one(datatype="FP16"), "FP16 cannot be sent in contents; use raw_input_contents"),
        (one(shape=[0, 2]), "each at least 1"),
        (one(shape=[-1, 2]), "each at least 1"),
        (one(shape=[1] * 33), "at most 32"),
        (one(shape=[2, 2]), "holds 2 elements, but its shape [2, 2] has 4"),
        (one(shape=[2**62, 2**62]), "elements, but its shape"),
        (one(contents=None), "holds 0 elements"),
        (one(datatype="FP64"), "FP64 goes in fp64_contents, not in fp32_contents"),
        (one(contents={"fp32_contents": [1, 2], "int_contents": [1]}), "not in int_contents"),
        (one(datatype="INT8", contents={"int_contents": [1, 128]}), "whole numbers that INT8 can hold"),
        (one(datatype="UINT16", contents={"uint_contents": [1, 2**16]}), "whole numbers that UINT16 can hold"),
        (one(datatype="BYTES", contents={"bytes_contents": [b"a"]}), "holds 1 elements"),
        (with_raw(bytes(8), bytes(8)), "raw_input_contents has 2 elements, but there are 1 inputs"),
        (with_raw(bytes(7)), "has 7 bytes"),
        (with_raw(b"\x09\x00\x00\x00a", datatype="BYTES"), "ends within an element"),
        (with_both(), "both contents and raw_input_contents"),
        (with_parameter("triton_own", bool_param=True), "reserved"),
        (with_parameter("shared_memory_region", string_param="x"), "shared memory"),
        (with_parameter("timeout", string_param="1"), "timeout must be a whole number"),
        (with_parameter("timeout", int64_param=-1), "timeout must be a whole number"),
        (with_parameter("timeout", double_param=1.5), "timeout must be a whole number"),
        (with_parameter("timeout"), "timeout must be a whole number"),
        (with_output(int64_param=0), "classification must be a whole number"),
        (with_output(string_param="1"), "classification must be a whole number"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(request_: Any, reason: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_infer_request(request_)
    assert reason in caught.value.message


def test_shared_memory_of_an_input_is_refused() -> None:
    request = one()
    request.inputs[0].parameters["shared_memory_region"].string_param = "x"
    with pytest.raises(InvalidInput, match="shared memory"):
        parse_infer_request(request)


def test_raw_tensors_are_quick_and_large_lists_are_not() -> None:
    array = np.zeros((64, 784), np.float32)
    raw, typed = infer_request(array, "FP32", raw=True), infer_request(array, "FP32")
    assert is_quick(raw, raw.ByteSize())
    assert not is_quick(typed, typed.ByteSize())
    assert is_quick(one(), one().ByteSize())
