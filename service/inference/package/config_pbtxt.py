"""The subset of Triton's model configuration (protobuf text format) that we read and write.

One file configures Triton and our own batcher and threads: `max_batch_size`, the queue limit and timeout of
`dynamic_batching`, `version_policy`, and the thread counts in `parameters`. Fields outside the subset are
parsed and ignored, as Triton knows more of them than we do.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from service.errors import PackageError

_TOKEN = re.compile(
    r"""\s*(?:\#[^\n]*
        |(?P<punct>[{}\[\]:,;<>])
        |(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
        |(?P<word>[-+A-Za-z0-9_.]+))""",
    re.VERBOSE,
)
_ALL = 2**31  # more versions than a folder holds
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


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

    @classmethod
    def parse(cls, text: str) -> "ModelConfig":
        """Reads config.pbtxt; raises PackageError with the line at fault."""
        fields = parse_text_format(text)
        policy = _message(_message(fields, "dynamic_batching"), "default_queue_policy")
        versions = _message(fields, "version_policy")
        latest = _message(versions, "latest")
        specific = _message(versions, "specific").get("versions", [])
        threads = _parameters(fields).get("intra_op_thread_count")
        return cls(
            name=str(_last(fields, "name", "")),
            max_batch_size=_integer(fields, "max_batch_size", cls.max_batch_size, 0),
            max_queue_size=_integer(policy, "max_queue_size", 0, 0) or cls.max_queue_size,
            default_timeout_us=_integer(policy, "default_timeout_microseconds", 0, 0) or cls.default_timeout_us,
            num_versions=_ALL if "all" in versions else _integer(latest, "num_versions", cls.num_versions, 1),
            specific_versions=tuple(_number("versions", version, 1) for version in specific),
            intra_op_threads=None if threads is None else _number("intra_op_thread_count", threads, 1),
        )


def render_config(*, name: str, input_shape: tuple[int, ...], classes: int, config: ModelConfig) -> str:
    """The config.pbtxt of a package. `input_shape` is [C, H, W], without the batch."""
    dims = ", ".join(map(str, input_shape))
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
input [ {{ name: "input" data_type: TYPE_FP32 dims: [ {dims} ] }} ]
output [ {{ name: "probabilities" data_type: TYPE_FP32 dims: [ {classes} ] label_filename: "labels.txt" }} ]
version_policy {{ latest {{ num_versions: {config.num_versions} }} }}
instance_group [ {{ count: 1 kind: KIND_AUTO }} ]
dynamic_batching {{
  max_queue_delay_microseconds: 0
  default_queue_policy {{
    timeout_action: REJECT
    default_timeout_microseconds: {config.default_timeout_us}
    allow_timeout_override: true
    max_queue_size: {config.max_queue_size}
  }}
}}
{threads}model_warmup [ {{
  name: "one"
  batch_size: 1
  count: 3
  inputs {{ key: "input" value: {{ data_type: TYPE_FP32 dims: [ {dims} ] zero_data: true }} }}
}} ]
"""


def parse_text_format(text: str) -> dict[str, list[Any]]:
    """Protobuf text format to a dict: each field a list of its values, messages as dicts.

    Numbers and enum names stay strings; the reader of a field knows its type. Raises PackageError.
    """
    return _Parser(text).fields(closing="")


class _Parser:
    """Recursive descent over the tokens; the last token is an empty one that closes the document."""

    def __init__(self, text: str) -> None:
        self._tokens = [*_tokens(text), ("end", "", text.count("\n") + 1)]
        self._next = 0

    def _peek(self) -> str:
        kind, text, _ = self._tokens[self._next]
        return text if kind in ("punct", "end") else ""

    def _take(self) -> tuple[str, str, int]:
        token = self._tokens[self._next]
        self._next = min(self._next + 1, len(self._tokens) - 1)
        return token

    def fields(self, closing: str) -> dict[str, list[Any]]:
        fields: dict[str, list[Any]] = {}
        while True:
            kind, text, line = self._take()
            if kind != "word":
                if text == closing:
                    return fields
                if kind == "punct" and text in ",;":
                    continue
                wanted = f"a field's name or {closing!r}" if closing else "a field's name"
                raise PackageError(f"config.pbtxt: line {line}: {wanted} was expected, not {text or 'the end'!r}")
            if self._peek() == ":":
                self._take()
            fields.setdefault(text, []).extend(self._list() if self._peek() == "[" else [self._value()])

    def _value(self) -> Any:
        kind, text, line = self._take()
        if kind == "punct" and text in "{<":
            return self.fields(closing={"{": "}", "<": ">"}[text])
        if kind == "string":
            return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), text[1:-1])
        if kind == "word":
            return text
        raise PackageError(f"config.pbtxt: line {line}: a value was expected, not {text or 'the end'!r}")

    def _list(self) -> list[Any]:
        self._take()  # the bracket
        values: list[Any] = []
        while self._peek() != "]":
            values.append(self._value())
            if self._peek() == ",":
                self._take()
        self._take()
        return values


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        line = text.count("\n", 0, position) + 1
        if not match:
            raise PackageError(f"config.pbtxt: line {line} cannot be read")
        position = match.end()
        if match.lastgroup:
            yield match.lastgroup, match[match.lastgroup], line


def _last(fields: dict[str, list[Any]], name: str, default: Any) -> Any:
    return fields[name][-1] if fields.get(name) else default


def _message(fields: dict[str, list[Any]], name: str) -> dict[str, list[Any]]:
    value = _last(fields, name, {})
    if not isinstance(value, dict):
        raise PackageError(f"config.pbtxt: {name} must be a message in braces")
    return value


def _integer(fields: dict[str, list[Any]], name: str, default: int, least: int) -> int:
    return _number(name, _last(fields, name, default), least)


def _number(name: str, value: Any, least: int) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError):
        raise PackageError(f"config.pbtxt: {name} must be a whole number, not {value!r}") from None
    if number < least:
        raise PackageError(f"config.pbtxt: {name} must be at least {least}, not {number}")
    return number


def _parameters(fields: dict[str, list[Any]]) -> dict[str, str]:
    entries = [entry for entry in fields.get("parameters", []) if isinstance(entry, dict)]
    return {str(_last(entry, "key", "")): str(_last(_message(entry, "value"), "string_value", "")) for entry in entries}
