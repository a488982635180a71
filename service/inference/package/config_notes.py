"""What config.pbtxt asks for and is not followed here, a sentence each: said, so that nobody believes that it holds.

fields -> refuse_other_models: what cannot be served at all -> PackageError
fields -> unfollowed -> sentences, for the log, the card and the configuration that is answered
"""

from collections.abc import Iterator
from typing import Any

from service.errors import PackageError
from service.inference.package.config_values import boolean, messages, text, word
from service.inference.package.text_format import Fields

BACKEND, PLATFORM = "onnxruntime", "onnxruntime_onnx"
_MOST = 20  # sentences
_LONGEST = 60  # characters of a field's name that is shown
_TENSOR: dict[str, Any] = dict.fromkeys(
    ("name", "data_type", "dims", "format", "reshape", "is_shape_tensor", "allow_ragged_batch",
     "is_non_linear_format_io")
)  # fmt: skip
_QUEUE = dict.fromkeys(
    ("timeout_action", "default_timeout_microseconds", "allow_timeout_override", "max_queue_size")
)  # fmt: skip
_WARMUP_INPUT = dict.fromkeys(("data_type", "dims", "zero_data", "random_data", "input_data_file"))
# The fields that are read, here or where they are followed; None: all that is in it.
_READ: dict[str, Any] = {
    **dict.fromkeys(("name", "platform", "backend", "default_model_filename", "max_batch_size", "parameters")),
    "input": _TENSOR,
    "output": {**_TENSOR, "label_filename": None},
    "version_policy": {"latest": {"num_versions": None}, "all": {}, "specific": {"versions": None}},
    "dynamic_batching": {"max_queue_delay_microseconds": None, "default_queue_policy": _QUEUE},
    "instance_group": dict.fromkeys(("name", "kind", "count", "gpus")),
    "model_warmup": {
        **dict.fromkeys(("name", "batch_size", "count")),
        "inputs": {"key": None, "value": _WARMUP_INPUT},
    },
    "model_transaction_policy": {"decoupled": None},
    "sequence_batching": None,
    "ensemble_scheduling": None,
    "model_operations": None,
}
_THREADS = ("intra_op_thread_count", "inter_op_thread_count")
_WHY = {
    "optional": "every input must be given",
    "preferred_batch_size": "a batch takes what waits, up to max_batch_size",
    "priority_levels": "requests are answered in the order in which they come",
    "default_priority_level": "requests are answered in the order in which they come",
    "preserve_ordering": "requests are answered in the order in which they come",
    "optimization": "the graph is optimised as onnxruntime does by itself, on the execution provider of the service",
    "response_cache": "every request is computed",
    "cc_model_filenames": "default_model_filename is served on every device",
}


def refuse_other_models(fields: Fields) -> None:
    """Raises PackageError where the file is that of a model that is no single ONNX graph without a state."""
    platform, backend = text(fields, "platform"), text(fields, "backend")
    for name, found, served in (("platform", platform, PLATFORM), ("backend", backend, BACKEND)):
        if found not in ("", served):
            raise PackageError(f"config.pbtxt: {name} is {found[:_LONGEST]!r}; served is {served!r} alone")
    for name in ("ensemble_scheduling", "sequence_batching"):
        if name in fields:
            raise PackageError(f"config.pbtxt: {name} cannot be served; a model here is one graph without a state")
    for each in messages(fields, "model_operations"):
        if each.get("op_library_filename"):
            raise PackageError(
                "config.pbtxt: op_library_filename cannot be served: a model is data, and brings no code"
            )
    for each in messages(fields, "model_transaction_policy"):
        if boolean(each, "decoupled"):
            raise PackageError("config.pbtxt: decoupled cannot be served; each request has one answer")


def unfollowed(fields: Fields) -> tuple[str, ...]:
    """A sentence for each field that nothing follows, in the file's order."""
    found = list(dict.fromkeys((*_unread(fields, _READ, ""), *_values(fields))))
    more = [f"{len(found) - _MOST} more fields are not followed"] if len(found) > _MOST else []
    return tuple(found[:_MOST] + more)


def _unread(fields: Fields, known: dict[str, Any], path: str) -> Iterator[str]:
    for name, values in fields.items():
        place = f"{path}{name}"
        if name not in known:
            yield _sentence(place, _WHY.get(name, ""))
        elif known[name] is not None:
            for value in values:
                if isinstance(value, dict):
                    yield from _unread(value, known[name], f"{place}.")


def _values(fields: Fields) -> Iterator[str]:
    """Fields that are read, with a value that is not what happens here."""
    for group in messages(fields, "instance_group"):
        if group.get("count", ["1"])[0] not in ("0", "1"):
            yield _sentence("instance_group.count", "one session answers all requests of a worker process")
        if group.get("gpus"):
            yield _sentence("instance_group.gpus", "the execution provider chooses the device")
    for batching in messages(fields, "dynamic_batching"):
        for policy in messages(batching, "default_queue_policy"):
            if word(policy, "timeout_action") == "DELAY":
                yield _sentence("timeout_action: DELAY", "who waited past its time is told so")
            if boolean(policy, "allow_timeout_override") is False:
                yield _sentence("allow_timeout_override: false", "a request may always ask for less time")
    for entry in messages(fields, "parameters"):
        if (key := text(entry, "key")) not in _THREADS:
            yield _sentence(f"parameters {key[:_LONGEST]}", "")
        elif key == _THREADS[1] and _string(entry) not in ("", "0", "1"):
            yield _sentence(f"parameters {key}", "one operator runs at a time")


def _string(entry: Fields) -> str:
    values = messages(entry, "value")
    return text(values[0], "string_value") if values else ""


def _sentence(place: str, why: str) -> str:
    return f"{place[:_LONGEST]} of config.pbtxt is not followed" + (f": {why}" if why else "")
