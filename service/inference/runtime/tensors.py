"""The tensors that a model takes and gives, as the Open Inference Protocol names them, and the check of what is given.

    names and arrays as a client sent them  ->  arrange  ->  arrays in the order of the model's inputs | InvalidInput

BF16 is the one datatype of the protocol that is not there: numpy has no such numbers, and onnxruntime takes numpy's.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from service.errors import InvalidInput

Tensors = tuple[NDArray[Any], ...]
NamedTensor = tuple[str, NDArray[Any]]

DATATYPES: dict[str, np.dtype[Any]] = {
    "BOOL": np.dtype(np.bool_),
    "UINT8": np.dtype(np.uint8),
    "UINT16": np.dtype(np.uint16),
    "UINT32": np.dtype(np.uint32),
    "UINT64": np.dtype(np.uint64),
    "INT8": np.dtype(np.int8),
    "INT16": np.dtype(np.int16),
    "INT32": np.dtype(np.int32),
    "INT64": np.dtype(np.int64),
    "FP16": np.dtype(np.float16),
    "FP32": np.dtype(np.float32),
    "FP64": np.dtype(np.float64),
    "BYTES": np.dtype(np.object_),  # elements are bytes, or str where they came as text
}
_NAMES = {dtype: name for name, dtype in DATATYPES.items()}


class TensorInfo(NamedTuple):
    """An input or output of a model. A dimension that may be of any size is -1, and so is the batch."""

    name: str
    datatype: str
    shape: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.name} {self.datatype} {list(self.shape)}"


def datatype_of(array: NDArray[Any]) -> str:
    return _NAMES.get(array.dtype, "of no datatype of the protocol")


def has_free_shape(inputs: Sequence[TensorInfo]) -> bool:
    """Whether two requests may differ in shape beyond the batch."""
    return any(-1 in info.shape[1:] for info in inputs)


def arrange(inputs: Sequence[TensorInfo], given: Sequence[NamedTensor], batched: bool) -> Tensors:
    """The given arrays in the order of the model's `inputs`, BYTES as str; with `batched` all have the same first
    dimension.

    Raises InvalidInput where a name, datatype or shape is not the model's, and where there is nothing to compute.
    """
    if len(given) == 1 and len(inputs) == 1 and given[0][0] == inputs[0].name:
        tensors: Tensors = (given[0][1],)
    else:
        tensors = _in_order(inputs, given)
    text = False
    for info, array in zip(inputs, tensors, strict=True):
        _check(info, array)
        text = text or info.datatype == "BYTES"
    if text:
        tensors = tuple(map(_as_text, inputs, tensors))
    if batched and len(tensors) > 1 and len({len(array) for array in tensors}) > 1:
        sizes = ", ".join(str(len(array)) for array in tensors)
        raise InvalidInput(f"All inputs must have the same batch, their first dimension; these have {sizes}.")
    return tensors


def _in_order(inputs: Sequence[TensorInfo], given: Sequence[NamedTensor]) -> Tensors:
    arrays = dict(given)
    takes = f"The model takes {', '.join(map(str, inputs))}."
    if len(arrays) < len(given):
        raise InvalidInput(f"An input is given twice. {takes}")
    if unknown := arrays.keys() - {info.name for info in inputs}:
        raise InvalidInput(f"{len(unknown)} of the given inputs are none of the model's. {takes}")
    if missing := [info.name for info in inputs if info.name not in arrays]:
        raise InvalidInput(f"The input {missing[0]} is missing. {takes}")
    return tuple(arrays[info.name] for info in inputs)


def _as_text(info: TensorInfo, array: NDArray[Any]) -> NDArray[Any]:
    """Each element of BYTES as str: onnxruntime's strings are UTF-8."""
    if info.datatype != "BYTES":
        return array
    text = np.empty(array.size, np.object_)
    try:
        for i, element in enumerate(array.ravel().tolist()):
            text[i] = element if isinstance(element, str) else element.decode()
    except UnicodeDecodeError:
        raise InvalidInput(f"The input {info.name} must be UTF-8 text; one of its elements is none.") from None
    return text.reshape(array.shape)


def _check(info: TensorInfo, array: NDArray[Any]) -> None:
    if array.dtype != DATATYPES[info.datatype]:
        raise InvalidInput(f"The input {info.name} must be {info.datatype}, not {datatype_of(array)}.")
    shape, wanted = array.shape, info.shape
    fits = len(shape) == len(wanted)
    if fits and shape[1:] != wanted[1:]:  # else only the first, the batch, is free: the usual case
        fits = all(its in (-1, size) for its, size in zip(wanted, shape, strict=True))
    if not fits or (wanted and wanted[0] not in (-1, shape[0])):
        raise InvalidInput(f"The input {info.name} must have the shape {list(info.shape)}, not {list(shape)}.")
    if not array.size:
        raise InvalidInput(f"The input {info.name} holds nothing; every dimension must be at least 1.")
