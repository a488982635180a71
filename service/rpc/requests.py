"""A ModelInferRequest to what every front asks the data plane: the same `InferRequest`, by the same rules.

    parameters, names, datatypes, shapes  ->  the document that JSON would have held  ->  read_request
    contents, or raw_input_contents       ->  arrays

What is sent by gRPC is sent as bytes, so every output is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from service.api.requests.tensor_data import from_bytes, from_lists, shaped
from service.api.requests.tensors import InferRequest, read_description, read_parameters, read_request
from service.errors import InvalidInput
from service.inference.runtime.tensors import NamedTensor

_QUICK_BYTES = 2**15
_FIELDS = {
    "BOOL": "bool_contents",
    "INT8": "int_contents",
    "INT16": "int_contents",
    "INT32": "int_contents",
    "INT64": "int64_contents",
    "UINT8": "uint_contents",
    "UINT16": "uint_contents",
    "UINT32": "uint_contents",
    "UINT64": "uint64_contents",
    "FP32": "fp32_contents",
    "FP64": "fp64_contents",
    "BYTES": "bytes_contents",
}


def parse_infer_request(request: Any) -> InferRequest:
    """`request` is a ModelInferRequest. Raises InvalidInput."""
    inputs = [_document(tensor) for tensor in request.inputs]
    if not inputs:
        raise InvalidInput("inputs must be a list of at least one tensor.")
    outputs = [{"name": output.name, "parameters": _parameters(output)} for output in request.outputs]
    document = {"id": request.id, "parameters": _parameters(request), "outputs": outputs or None}
    asked = read_request(document, _tensors(request, inputs))
    binary = [replace(output, binary=True) for output in asked.outputs]
    return replace(asked, outputs=binary, binary=True)


def is_quick(request: Any, size: int) -> bool:
    """Whether `parse_infer_request` takes less than about a millisecond for a message of so many bytes."""
    if size <= _QUICK_BYTES:
        return True
    return bool(request.raw_input_contents) and all(tensor.datatype != "BYTES" for tensor in request.inputs)


def _document(tensor: Any) -> dict[str, Any]:
    return {
        "name": tensor.name,
        "datatype": tensor.datatype,
        "shape": list(tensor.shape),
        "parameters": _parameters(tensor),
    }


def _parameters(holder: Any) -> dict[str, Any]:
    """Those of a request, an input or an output, as Python has them; None where one has no value."""
    return {name: _value(parameter) for name, parameter in holder.parameters.items()}


def _value(parameter: Any) -> Any:
    kind = parameter.WhichOneof("parameter_choice")
    return None if kind is None else getattr(parameter, kind)


def _tensors(request: Any, inputs: Sequence[Mapping[str, Any]]) -> list[NamedTensor]:
    raw = request.raw_input_contents
    if raw and len(raw) != len(inputs):
        raise InvalidInput(f"raw_input_contents has {len(raw)} elements, but there are {len(inputs)} inputs.")
    tensors = []
    for i, (tensor, document) in enumerate(zip(request.inputs, inputs, strict=True)):
        where = f"inputs[{i}]"
        name, datatype, shape = read_description(document, where)
        read_parameters(document, where)
        if not raw:
            tensors.append((name, _from_contents(tensor.contents, datatype, shape, where)))
            continue
        if tensor.HasField("contents") and tensor.contents.ListFields():
            raise InvalidInput(f"{where} has both contents and raw_input_contents.")
        tensors.append((name, from_bytes(memoryview(raw[i]), datatype, shape, where)))
    return tensors


def _from_contents(contents: Any, datatype: str, shape: Sequence[int], where: str) -> np.ndarray[Any, Any]:
    if datatype not in _FIELDS:
        raise InvalidInput(f"{where}: {datatype} cannot be sent in contents; use raw_input_contents.")
    field = _FIELDS[datatype]
    _check_others((descriptor.name for descriptor, _ in contents.ListFields()), field, datatype, where)
    elements = list(getattr(contents, field))
    if datatype == "BYTES":
        return shaped(elements, shape, where)
    return from_lists(elements, datatype, shape, where)


def _check_others(filled: Iterable[str], field: str, datatype: str, where: str) -> None:
    if others := [name for name in filled if name != field]:
        raise InvalidInput(f"{where}: {datatype} goes in {field}, not in {others[0]}.")
