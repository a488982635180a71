"""The body of a V2 infer request to the tensors that it holds and how its answer is wanted.

    JSON, or JSON ‖ tensors as bytes, with Inference-Header-Content-Length the JSON's   ->  InferRequest
    the bytes of the only input, with an Inference-Header-Content-Length of 0           ->  InferRequest

What a tensor's name, datatype and shape must be is the model's affair (`runtime.tensors.arrange`).
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import orjson

from service.api.requests.json_text import NestedTooDeep, read_json
from service.api.requests.tensor_data import from_bytes, from_lists
from service.errors import InvalidInput, MalformedRequest, PayloadTooLarge
from service.inference.runtime.tensors import DATATYPES, NamedTensor, TensorInfo

_MOST_DIMENSIONS = 32
_MOST_PARAMETERS_US = 2**63
_QUICK_BYTES = 2**15  # of JSON
_SHORT, _KNOWN = 2**10, 64  # bytes of a JSON beside its tensors that is worth to be kept, and how many are
_LISTED = re.compile(rb'"data" ?: ?(\[{1,32})(?=[-0-9])')
_WHOLE_SIZE = "binary_data_size must be a whole number of bytes that follow the JSON."
_NOTHING: Mapping[str, Any] = {}


@dataclass(slots=True)
class RequestedOutput:
    """`binary` is None where the request as a whole says it; `classes` is 0 for the tensor itself, else how many of
    the largest elements are wanted."""

    name: str
    binary: bool | None = None
    classes: int = 0


@dataclass(slots=True)
class InferRequest:
    """`outputs` is empty where all are wanted. `timeout_us` is 0 where none is given."""

    inputs: list[NamedTensor]
    outputs: list[RequestedOutput] = field(default_factory=list)
    id: str = ""
    binary: bool = False
    timeout_us: int = 0


def parse_infer_request(
    body: bytes, header_length: str | None, takes: Sequence[TensorInfo], batched: bool, max_rows: int
) -> InferRequest:
    """`header_length` is the header as it came; `takes` are the model's inputs, which a raw request is one of.

    Raises MalformedRequest (no JSON), InvalidInput (another structure), PayloadTooLarge (more numbers than `max_rows`
    of the model's rows have).
    """
    length = _header_length(header_length, len(body))
    if length == 0:
        return _raw(memoryview(body), takes, batched)
    text = body if length is None else body[:length]
    _check_size(text, takes, max_rows)
    if length is None and (listed := _read_listed(text)) is not None:
        return listed
    asked, described = (_known if length is not None and length <= _SHORT else _read)(text)
    inputs = _tensors(described, memoryview(body)[len(text) :])
    return InferRequest(inputs, asked.outputs, asked.id, asked.binary, asked.timeout_us)


class _Described(NamedTuple):
    """An input without its elements: `size` bytes behind the JSON, or, where that is None, what `data` lists."""

    name: str
    datatype: str
    shape: list[int]
    size: int | None
    data: object


def _read(text: bytes) -> tuple[InferRequest, list[_Described]]:
    """The request that the JSON says, without its tensors, and what it says of these."""
    document = _parse(text)
    described = _describe(document.get("inputs"))
    return read_request(document, []), described


# A client mostly says the same of its tensors each time. Nobody changes what is kept.
_known = lru_cache(_KNOWN)(_read)


def _read_listed(text: bytes) -> InferRequest | None:
    """The request of a JSON with one list of numbers, which alone is read where the rest is known. None where it is
    another, and where anything is wrong: then the whole is read, and says so."""
    found = _LISTED.search(text, 0, _SHORT)
    if found is None:
        return None
    start, closing = found.start(1), b"]" * len(found[1])
    last = text.find(closing, found.end())
    end = last + len(closing)
    if last < 0 or start + len(text) - end > _SHORT:
        return None
    around = b"%b[]%b" % (text[:start], text[end:])
    # The list is that of the input, and no other's, where nothing else can have this name.
    if around.count(b'"data"') > 1 or b"\\" in around:
        return None
    try:
        asked, described = _known(around)
        if len(described) != 1 or described[0].data != []:
            return None
        name, datatype, shape = described[0][:3]
        array = from_lists(orjson.loads(text[start:end]), datatype, shape, name)
    except (ValueError, InvalidInput, MalformedRequest):
        return None
    return InferRequest([(name, array)], asked.outputs, asked.id, asked.binary, asked.timeout_us)


def read_request(document: Mapping[str, Any], inputs: list[NamedTensor]) -> InferRequest:
    """The request of a document whose tensors have been read, whichever front it came by. Raises InvalidInput."""
    parameters = read_parameters(document, "The request")
    binary = parameters.get("binary_data_output", False)
    identity = document.get("id", "")
    if not isinstance(binary, bool):
        raise InvalidInput("The parameter binary_data_output must be true or false.")
    if not isinstance(identity, str):
        raise InvalidInput("id must be a string.")
    _unsigned(parameters, "priority")  # taken as it is: every request has the same
    return InferRequest(
        inputs=inputs,
        outputs=_outputs(document.get("outputs")),
        id=identity,
        binary=binary,
        timeout_us=_unsigned(parameters, "timeout"),
    )


def is_quick(body: bytes, header_length: str | None) -> bool:
    """Whether `parse_infer_request` takes less than about a millisecond: tensors as bytes cost nothing, but for those
    whose elements have to be found."""
    if len(body) <= _QUICK_BYTES:
        return True
    length = int(header_length) if header_length is not None and header_length.isdecimal() else len(body)
    return length <= _QUICK_BYTES and b"BYTES" not in body[:length]


def _header_length(header: str | None, size: int) -> int | None:
    if header is None:
        return None
    if not (header.isascii() and header.isdecimal() and len(header) < 12 and int(header) <= size):
        raise InvalidInput(f"Inference-Header-Content-Length must be a whole number from 0 to the body's {size} bytes.")
    return int(header)


def _raw(data: memoryview, takes: Sequence[TensorInfo], batched: bool) -> InferRequest:
    if len(takes) != 1:
        raise InvalidInput(f"A raw request is for models with one input; this one has {len(takes)}.")
    (info,) = takes
    if info.datatype == "BYTES":
        element = np.empty(1, np.object_)
        element[0] = bytes(data)
        return InferRequest([(info.name, element.reshape([1] * len(info.shape)))], binary=True)
    shape = [1, *info.shape[1:]] if batched else list(info.shape)
    known = math.prod(size for size in shape if size != -1) * DATATYPES[info.datatype].itemsize
    if shape.count(-1) > 1:
        raise InvalidInput("A raw request does not say the shape, and this model's input has several free dimensions.")
    shape = [len(data) // known if size == -1 else size for size in shape]
    return InferRequest([(info.name, from_bytes(data, info.datatype, shape, "The body"))], binary=True)


def _check_size(text: bytes, takes: Sequence[TensorInfo], max_rows: int) -> None:
    """The parser holds the interpreter until it is done: what no model could take is not parsed."""
    if any(-1 in info.shape[1:] for info in takes):
        return
    most = max_rows * sum(math.prod(info.shape[1:]) for info in takes)
    if len(text) > 2 * most + 20_000 and (separators := text.count(b",")) > most + 10_000:
        raise PayloadTooLarge(
            f"The body has more numbers than {max_rows} rows hold.", limit=most, actual=separators + 1
        )


def _parse(text: bytes) -> dict[str, Any]:
    try:
        document = read_json(text)
    except NestedTooDeep as error:
        raise MalformedRequest(str(error)) from None
    except ValueError as error:  # also where it is no UTF-8
        raise MalformedRequest(
            f"The request cannot be read as JSON ({error}), or Inference-Header-Content-Length is not its length."
        ) from None
    if not isinstance(document, dict):
        raise InvalidInput('The request must be an object: {"inputs": [...]}.')
    return document


def read_parameters(document: Mapping[str, Any], what: str) -> Mapping[str, Any]:
    """The `parameters` of a request, an input or an output, called `what` in a sentence. Raises InvalidInput."""
    parameters = document.get("parameters")
    if parameters is None:
        return _NOTHING
    if not isinstance(parameters, dict):
        raise InvalidInput(f"{what}: parameters must be an object.")
    for name, value in parameters.items():
        if isinstance(value, (list, dict)):
            raise InvalidInput(f"{what}: a parameter must be a string, a number, true or false.")
        if name.startswith("triton_"):
            raise InvalidInput(f"{what}: parameters that begin with triton_ are reserved.")
        if name.startswith("shared_memory"):
            raise InvalidInput(f"{what}: shared memory is not served here; send the tensor itself.")
    return parameters


def _unsigned(parameters: Mapping[str, Any], name: str) -> int:
    value = parameters.get(name, 0)
    if type(value) is not int or not 0 <= value < _MOST_PARAMETERS_US:
        raise InvalidInput(f"The parameter {name} must be a whole number, at least 0.")
    return value


def _describe(inputs: object) -> list[_Described]:
    if not isinstance(inputs, list) or not inputs:
        raise InvalidInput("inputs must be a list of at least one tensor.")
    described = []
    for i, tensor in enumerate(inputs):
        where = f"inputs[{i}]"
        if not isinstance(tensor, dict):
            raise InvalidInput(f"{where} must be an object.")
        name, datatype, shape = read_description(tensor, where)
        size = read_parameters(tensor, where).get("binary_data_size")
        if size is not None and "data" in tensor:
            raise InvalidInput(f"{where} has both data and binary_data_size.")
        if size is not None and (type(size) is not int or size < 0):
            raise InvalidInput(f"{where}: {_WHOLE_SIZE}")
        described.append(_Described(name, datatype, shape, size, tensor.get("data")))
    return described


def _tensors(described: Sequence[_Described], binary: memoryview) -> list[NamedTensor]:
    tensors, at = [], 0
    for i, (name, datatype, shape, size, data) in enumerate(described):
        where = f"inputs[{i}]"
        if size is None:
            tensors.append((name, from_lists(data, datatype, shape, where)))
            continue
        if size > len(binary) - at:
            raise InvalidInput(f"{where}: {_WHOLE_SIZE}")
        tensors.append((name, from_bytes(binary[at : at + size], datatype, shape, where)))
        at += size
    if at != len(binary):
        raise InvalidInput(f"The body has {len(binary) - at} bytes more than its inputs.")
    return tensors


def read_description(tensor: Mapping[str, Any], where: str) -> tuple[str, str, list[int]]:
    """Name, datatype and shape of an input. Raises InvalidInput."""
    name, datatype, shape = tensor.get("name"), tensor.get("datatype"), tensor.get("shape")
    if not isinstance(name, str):
        raise InvalidInput(f"{where}: name must be a string.")
    if not isinstance(datatype, str) or datatype not in DATATYPES:
        served = ", ".join(DATATYPES)
        reason = "BF16 is not served here" if datatype == "BF16" else "datatype is none of the protocol's"
        raise InvalidInput(f"{where}: {reason}; those served are {served}.")
    if not isinstance(shape, list) or len(shape) > _MOST_DIMENSIONS:
        raise InvalidInput(f"{where}: shape must be a list of at most {_MOST_DIMENSIONS} whole numbers.")
    if not all(type(size) is int and size >= 1 for size in shape):
        raise InvalidInput(f"{where}: shape must hold whole numbers, each at least 1.")
    return name, datatype, shape


def _outputs(outputs: object) -> list[RequestedOutput]:
    if outputs is None:
        return []
    if not isinstance(outputs, list):
        raise InvalidInput("outputs must be a list.")
    wanted = []
    for i, output in enumerate(outputs):
        where = f"outputs[{i}]"
        if not isinstance(output, dict) or not isinstance(output.get("name"), str):
            raise InvalidInput(f"{where} must be an object with a name.")
        parameters = read_parameters(output, where)
        binary, classes = parameters.get("binary_data"), parameters.get("classification", 0)
        if binary is not None and not isinstance(binary, bool):
            raise InvalidInput(f"{where}: binary_data must be true or false.")
        if type(classes) is not int or ("classification" in parameters and classes < 1):
            raise InvalidInput(f"{where}: classification must be a whole number, at least 1.")
        wanted.append(RequestedOutput(output["name"], binary, classes))
    return wanted
