"""Triton's model configuration (protobuf text format): what our own server follows of it, and what we write.

One file configures Triton and us: `max_batch_size`, the delay, limit and timeout of `dynamic_batching`,
`version_policy`, `instance_group`'s kind, `model_warmup`, the tensors with their labels, and the thread counts in
`parameters`. What else stands there is said in `notes`, or refused where the model would not be what the file says.
"""

import re
from dataclasses import dataclass

from service.errors import PackageError
from service.inference.package.config_notes import refuse_other_models, unfollowed
from service.inference.package.config_tensors import ConfiguredTensor, Warmup, read_tensors, read_warmup
from service.inference.package.config_values import integer, integers, message, messages, shown, text, word
from service.inference.package.text_format import Fields, parse_text_format

MODEL_FILE = "model.onnx"
_ALL = 2**31  # more versions than a folder holds
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True)
class ModelConfig:
    """What our own server takes from config.pbtxt. Times in microseconds, as Triton has them."""

    name: str = ""
    model_filename: str = MODEL_FILE
    max_batch_size: int = 32  # images; 0: the model takes no batches, but a request at a time
    max_queue_size: int = 512  # requests
    max_queue_delay_us: int = 0  # for how long a batch waits for more
    default_timeout_us: int = 2_000_000
    num_versions: int = 1  # the newest n versions are served
    specific_versions: tuple[int, ...] = ()  # if there are any, these and no others
    intra_op_threads: int | None = None  # None: sized from the machine
    kinds: frozenset[str] = frozenset()  # of instance_group: KIND_CPU, KIND_GPU, ...
    inputs: tuple[ConfiguredTensor, ...] = ()
    outputs: tuple[ConfiguredTensor, ...] = ()
    warmup: tuple[Warmup, ...] = ()
    notes: tuple[str, ...] = ()  # what stands in the file and is not followed

    @classmethod
    def parse(cls, content: str) -> "ModelConfig":
        """Reads config.pbtxt; raises PackageError with the line or the field at fault."""
        fields = parse_text_format(content)
        refuse_other_models(fields)
        batching = message(fields, "dynamic_batching")
        policy = message(batching, "default_queue_policy")
        versions = message(fields, "version_policy")
        latest = message(versions, "latest")
        return cls(
            name=text(fields, "name"),
            model_filename=_model_filename(fields),
            max_batch_size=integer(fields, "max_batch_size", cls.max_batch_size, 0),
            max_queue_size=integer(policy, "max_queue_size", 0, 0) or cls.max_queue_size,
            max_queue_delay_us=integer(batching, "max_queue_delay_microseconds", 0, 0),
            default_timeout_us=integer(policy, "default_timeout_microseconds", 0, 0) or cls.default_timeout_us,
            num_versions=_ALL if "all" in versions else integer(latest, "num_versions", cls.num_versions, 1),
            specific_versions=integers(message(versions, "specific"), "versions", 1),
            intra_op_threads=_threads(fields, "intra_op_thread_count"),
            kinds=frozenset(word(group, "kind") for group in messages(fields, "instance_group")) - {""},
            inputs=read_tensors(fields, "input"),
            outputs=read_tensors(fields, "output"),
            warmup=read_warmup(fields),
            notes=unfollowed(fields),
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
        f'parameters {{ key: "{key}" value: {{ string_value: "{count}" }} }}\n'
        for key, count in (("intra_op_thread_count", config.intra_op_threads), ("inter_op_thread_count", 1))
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
  max_queue_delay_microseconds: {config.max_queue_delay_us}
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


def _model_filename(fields: Fields) -> str:
    name = text(fields, "default_model_filename") or MODEL_FILE
    if not _FILE_NAME.fullmatch(name):
        raise PackageError(f"config.pbtxt: default_model_filename {shown(name)} is no plain file name")
    return name


def _threads(fields: Fields, name: str) -> int | None:
    """A parameter that counts threads; Triton's own 0 leaves it to the runtime."""
    entries = messages(fields, "parameters")
    texts = {text(entry, "key"): text(message(entry, "value"), "string_value") for entry in entries}
    found = texts.get(name, "0")
    if not re.fullmatch("[0-9]{1,4}", found):
        raise PackageError(f"config.pbtxt: {name} must be a whole number below 10,000, not {shown(found)}")
    return int(found) or None
