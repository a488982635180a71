"""The subset of Triton's model configuration (protobuf text format) that we read and write.

One file configures Triton and our own batcher and threads: `max_batch_size`, the queue limit and timeout of
`dynamic_batching`, `version_policy`, `model_warmup`, and the thread counts in `parameters`. Fields outside the
subset are parsed and ignored, as Triton knows more of them than we do.
"""

import re
from dataclasses import dataclass
from typing import Any

from service.errors import PackageError
from service.inference.package.text_format import Fields, Word, parse_text_format

_ALL = 2**31  # more versions than a folder holds
_INTEGER = re.compile(r"(-?)(?:(0[xX][0-9A-Fa-f]+)|(0[0-7]*)|([1-9][0-9]{0,18}))")
_LARGEST = 2**63 - 1
_LONGEST_SHOWN = 40
_LARGEST_WARMUP = 4096  # images in a batch, and batches: a load ends


@dataclass(frozen=True)
class Warmup:
    """Batches of zeros that are run before a version serves."""

    batch_size: int  # images; 0: as the model takes no batches
    count: int


@dataclass(frozen=True)
class ModelConfig:
    """What our own server takes from config.pbtxt. Times in microseconds, as Triton has them."""

    name: str = ""
    max_batch_size: int = 32  # images; 0: the model takes no batches, but a request at a time
    max_queue_size: int = 512  # requests
    default_timeout_us: int = 2_000_000
    num_versions: int = 1  # the newest n versions are served
    specific_versions: tuple[int, ...] = ()  # if there are any, these and no others
    intra_op_threads: int | None = None  # None: sized from the machine
    warmup: tuple[Warmup, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "ModelConfig":
        """Reads config.pbtxt; raises PackageError with the line at fault."""
        fields = parse_text_format(text)
        policy = _message(_message(fields, "dynamic_batching"), "default_queue_policy")
        versions = _message(fields, "version_policy")
        latest = _message(versions, "latest")
        specific = _message(versions, "specific").get("versions", [])
        return cls(
            name=_text(fields, "name"),
            max_batch_size=_integer(fields, "max_batch_size", cls.max_batch_size, 0),
            max_queue_size=_integer(policy, "max_queue_size", 0, 0) or cls.max_queue_size,
            default_timeout_us=_integer(policy, "default_timeout_microseconds", 0, 0) or cls.default_timeout_us,
            num_versions=_ALL if "all" in versions else _integer(latest, "num_versions", cls.num_versions, 1),
            specific_versions=tuple(_number("versions", version, 1) for version in specific),
            intra_op_threads=_threads(fields, "intra_op_thread_count"),
            warmup=tuple(_warmup(sample) for sample in fields.get("model_warmup", [])),
        )


def render_config(
    *,
    name: str,
    input_shape: tuple[int, ...],
    classes: int,
    config: ModelConfig,
    names: tuple[str, str] = ("input", "probabilities"),
    output_shape: tuple[int, ...] | None = None,
) -> str:
    """The config.pbtxt of a package. Shapes are without the batch, `names` those of input and output; `output_shape` is
    [classes] where it is not given. Where `config.max_batch_size` is 0 the graph takes one picture at a time, and its
    shapes in the file begin with that 1."""
    own_batch = () if config.max_batch_size else (1,)
    dims = ", ".join(map(str, (*own_batch, *input_shape)))
    output_dims = ", ".join(map(str, (*own_batch, *(output_shape or (classes,)))))
    takes, gives = (_quoted(each) for each in names)
    threads = "".join(
        f'parameters {{ key: "{key}" value: {{ string_value: "{config.intra_op_threads}" }} }}\n'
        for key in ("intra_op_thread_count", "inter_op_thread_count")
        if config.intra_op_threads is not None
    )
    return f"""\
name: "{name}"
backend: "onnxruntime"
default_model_filename: "model.onnx"
max_batch_size: {config.max_batch_size}
input [ {{ name: {takes} data_type: TYPE_FP32 dims: [ {dims} ] }} ]
output [ {{ name: {gives} data_type: TYPE_FP32 dims: [ {output_dims} ] label_filename: "labels.txt" }} ]
version_policy {{ latest {{ num_versions: {config.num_versions} }} }}
instance_group [ {{ count: 1 kind: KIND_AUTO }} ]
{_batching(config)}{threads}model_warmup [ {{
  name: "one"
  batch_size: {min(config.max_batch_size, 1)}
  count: 3
  inputs {{ key: {takes} value: {{ data_type: TYPE_FP32 dims: [ {dims} ] zero_data: true }} }}
}} ]
"""


def _quoted(text: str) -> str:
    """As a string of the format: quotes and backslashes escaped."""
    return '"' + text.replace("\\", r"\\").replace('"', r"\"") + '"'


def _batching(config: ModelConfig) -> str:
    """Triton knows none for a model that takes no batches."""
    return (
        f"""\
dynamic_batching {{
  max_queue_delay_microseconds: 0
  default_queue_policy {{
    timeout_action: REJECT
    default_timeout_microseconds: {config.default_timeout_us}
    allow_timeout_override: true
    max_queue_size: {config.max_queue_size}
  }}
}}
"""
        if config.max_batch_size
        else ""
    )


def _only(fields: Fields, name: str) -> Any:
    """The value of a field that is not repeated, or None."""
    values = fields.get(name, [])
    if len(values) > 1:
        raise PackageError(f"config.pbtxt: {name} stands there {len(values)} times")
    return values[0] if values else None


def _message(fields: Fields, name: str) -> Fields:
    value = _only(fields, name)
    if value is not None and not isinstance(value, dict):
        raise PackageError(f"config.pbtxt: {name} must be a message in braces")
    return value or {}


def _text(fields: Fields, name: str) -> str:
    value = _only(fields, name)
    if value is not None and (isinstance(value, Word) or not isinstance(value, str)):
        raise PackageError(f"config.pbtxt: {name} must be a text in quotes")
    return value or ""


def _integer(fields: Fields, name: str, default: int, least: int) -> int:
    value = _only(fields, name)
    return default if value is None else _number(name, value, least)


def _number(name: str, value: Any, least: int) -> int:
    """A whole number as the format writes it: decimal, octal after a 0, hexadecimal after 0x."""
    match = _INTEGER.fullmatch(value) if isinstance(value, Word) else None
    if match is None:
        raise PackageError(f"config.pbtxt: {name} must be a whole number, not {_shown(value)}")
    sign, hexadecimal, octal, decimal = match.groups()
    number = int(hexadecimal, 16) if hexadecimal else int(octal, 8) if octal else int(decimal)
    number = -number if sign else number
    if not least <= number <= _LARGEST:
        bound = f"at least {least}" if number < least else f"at most {_LARGEST}"
        raise PackageError(f"config.pbtxt: {name} must be {bound}")
    return number


def _shown(value: Any) -> str:
    return "a message" if isinstance(value, dict) else repr(str(value)[:_LONGEST_SHOWN])


def _warmup(sample: Any) -> Warmup:
    """Its inputs are zeros, whatever else it says of them: what warms up is the size."""
    if not isinstance(sample, dict):
        raise PackageError("config.pbtxt: model_warmup must be a message in braces")
    size, count = (_integer(sample, name, 0, 0) for name in ("batch_size", "count"))
    if max(size, count) > _LARGEST_WARMUP:
        raise PackageError(f"config.pbtxt: batch_size and count of model_warmup must be at most {_LARGEST_WARMUP}")
    return Warmup(size, max(count, 1))  # Triton runs a sample without a count once


def _threads(fields: Fields, name: str) -> int | None:
    """A parameter that counts threads; Triton's own 0 leaves it to the runtime."""
    entries = [entry for entry in fields.get("parameters", []) if isinstance(entry, dict)]
    texts = {_text(entry, "key"): _text(_message(entry, "value"), "string_value") for entry in entries}
    text = texts.get(name, "0")
    if not re.fullmatch("[0-9]{1,4}", text):
        raise PackageError(f"config.pbtxt: {name} must be a whole number below 10,000, not {_shown(text)}")
    return int(text) or None
