"""The tensors that config.pbtxt declares, and the samples that warm a model up with them.

input, output -> ConfiguredTensor        model_warmup -> Warmup -> WarmupInput of each tensor
"""

import re
from dataclasses import dataclass
from typing import Literal

from service.errors import PackageError
from service.inference.package.config_values import boolean, integer, integers, message, messages, shown, text, word
from service.inference.package.text_format import Fields

_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_LARGEST_WARMUP = 4096  # images in a batch, and batches: a load ends
_TENSOR_WITHOUT = ("is_shape_tensor", "allow_ragged_batch", "is_non_linear_format_io")
Fill = Literal["zeros", "random", "file"]


@dataclass(frozen=True)
class ConfiguredTensor:
    """An input or output as config.pbtxt has it. `shape` is without the batch where the model takes batches, -1 for any
    size, and None where the file leaves it to the graph, as an empty `datatype` (one of the protocol's) does."""

    name: str
    datatype: str = ""
    shape: tuple[int, ...] | None = None
    label_filename: str = ""


@dataclass(frozen=True)
class WarmupInput:
    """What an input is filled with. `shape` is without the batch; `file` lies in the package's folder `warmup`."""

    fill: Fill
    datatype: str = ""
    shape: tuple[int, ...] = ()
    file: str = ""


@dataclass(frozen=True)
class Warmup:
    """Batches that are run before a version serves. An input that `inputs` does not name is filled with zeros."""

    batch_size: int  # images; 0: as the model takes no batches
    count: int
    name: str = ""
    inputs: tuple[tuple[str, WarmupInput], ...] = ()


def read_tensors(fields: Fields, name: Literal["input", "output"]) -> tuple[ConfiguredTensor, ...]:
    """Raises PackageError, also for what would make other tensors of those that a client sends."""
    found = tuple(_tensor(each, name) for each in messages(fields, name))
    if len({tensor.name for tensor in found}) < len(found):
        raise PackageError(f"config.pbtxt: two {name}s have the same name")
    return found


def _tensor(fields: Fields, kind: str) -> ConfiguredTensor:
    name = text(fields, "name")
    for field in _TENSOR_WITHOUT:
        if boolean(fields, field):
            raise PackageError(f"config.pbtxt: {field} of the {kind} {name[:64]} cannot be served")
    if "reshape" in fields and integers(message(fields, "reshape"), "shape", -1) != integers(fields, "dims", -1):
        raise PackageError(f"config.pbtxt: reshape of the {kind} {name[:64]} cannot be served")
    labels = text(fields, "label_filename")
    if labels and not _FILE_NAME.fullmatch(labels):
        raise PackageError(f"config.pbtxt: label_filename {shown(labels)} is no plain file name")
    return ConfiguredTensor(name, _datatype(fields), _dims(fields), labels)


def _dims(fields: Fields) -> tuple[int, ...] | None:
    dims = integers(fields, "dims", -1) if "dims" in fields else None
    if dims and 0 in dims:
        raise PackageError("config.pbtxt: dims must be -1 or at least 1")
    return dims


def _datatype(fields: Fields) -> str:
    """The protocol's name of a datatype; its BYTES are Triton's TYPE_STRING."""
    name = word(fields, "data_type")
    if name and not name.startswith("TYPE_"):
        raise PackageError(f"config.pbtxt: data_type must be one of Triton's, as TYPE_FP32, not {shown(name)}")
    datatype = name.removeprefix("TYPE_")
    return {"STRING": "BYTES", "INVALID": ""}.get(datatype, datatype)


def read_warmup(fields: Fields) -> tuple[Warmup, ...]:
    """The samples of model_warmup. Raises PackageError."""
    return tuple(_warmup(sample) for sample in messages(fields, "model_warmup"))


def _warmup(sample: Fields) -> Warmup:
    size, count = (integer(sample, name, 0, 0) for name in ("batch_size", "count"))
    if max(size, count) > _LARGEST_WARMUP:
        raise PackageError(f"config.pbtxt: batch_size and count of model_warmup must be at most {_LARGEST_WARMUP}")
    inputs = {text(entry, "key"): _warmup_input(message(entry, "value")) for entry in messages(sample, "inputs")}
    # Triton runs a sample without a count once.
    return Warmup(size, max(count, 1), text(sample, "name"), tuple(inputs.items()))


def _warmup_input(fields: Fields) -> WarmupInput:
    file = text(fields, "input_data_file")
    if file and not _FILE_NAME.fullmatch(file):
        raise PackageError(f"config.pbtxt: input_data_file {shown(file)} is no plain file name")
    fill: Fill = "file" if file else "random" if boolean(fields, "random_data") else "zeros"
    return WarmupInput(fill, _datatype(fields), _dims(fields) or (), file)
