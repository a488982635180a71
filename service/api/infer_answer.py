"""What a model gave to the body of a V2 answer: JSON, or JSON ‖ tensors as bytes.

    InferRequest, the model's outputs  ->  choose_outputs  ->  ... inference ...  ->  encode_answer  ->  EncodedAnswer
    EncodedAnswer, what Accept-Encoding prefers  ->  wire_answer  ->  WireAnswer

With the classification extension an output becomes BYTES [n, k], `value:index:label`, the largest value first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic_core import to_json

from service.api.requests.content_coding import Coding, compress
from service.api.requests.tensor_data import to_bytes, to_list
from service.api.requests.tensors import InferRequest, RequestedOutput
from service.errors import InvalidInput
from service.inference.runtime.tensors import TensorInfo, Tensors, datatype_of

Labels = Mapping[str, Sequence[str]]  # by the output's name
HEADER_LENGTH = "Inference-Header-Content-Length"
QUICK_ELEMENTS = 2**14  # written within about a millisecond
_LEAST_COMPRESSED = 1000  # bytes: less fits into a packet as it is


class ChosenOutput(NamedTuple):
    """An output that is wanted: its place among the model's, and how it is sent."""

    place: int
    info: TensorInfo
    binary: bool
    classes: int


@dataclass(slots=True)
class EncodedAnswer:
    """`header_length` is the JSON's where bytes follow it, None where the body is JSON alone."""

    body: bytes
    header_length: int | None


class WireAnswer(NamedTuple):
    """A body as it is sent, and what its headers say of it."""

    body: bytes
    headers: dict[str, str]
    media_type: str


def choose_outputs(request: InferRequest, gives: Sequence[TensorInfo]) -> list[ChosenOutput]:
    """Which of the model's outputs are sent and how, known before it runs. Raises InvalidInput."""
    places = {info.name: place for place, info in enumerate(gives)}
    wanted = request.outputs or [RequestedOutput(info.name) for info in gives]
    if any(output.name not in places for output in wanted):
        known = ", ".join(map(str, gives))
        raise InvalidInput(f"One of the outputs is none of the model's. It gives {known}.")
    return [_chosen(output, places[output.name], gives, request.binary) for output in wanted]


def _chosen(output: RequestedOutput, place: int, gives: Sequence[TensorInfo], binary: bool) -> ChosenOutput:
    chosen = ChosenOutput(place, gives[place], binary if output.binary is None else output.binary, output.classes)
    if chosen.classes and chosen.info.datatype in ("BYTES", "BOOL"):
        raise InvalidInput(f"The output {output.name} is {chosen.info.datatype}; classification is for numbers.")
    if chosen.info.datatype == "FP16" and not chosen.binary and not chosen.classes:
        raise InvalidInput(f"The output {output.name} is FP16, which is sent with binary_data alone.")
    return chosen


def encode_answer(
    request_id: str, model: str, version: str, chosen: Sequence[ChosenOutput], outputs: Tensors, labels: Labels
) -> EncodedAnswer:
    """`outputs` are all of the model's; `labels` name the elements of a row of each that has some."""
    described, buffers = [], []
    for output in chosen:
        array = outputs[output.place]
        if output.classes:
            array = classes_of(array, output.classes, labels.get(output.info.name, ()))
        tensor: dict[str, Any] = {"name": output.info.name, "datatype": datatype_of(array), "shape": array.shape}
        if output.binary:
            buffers.append(to_bytes(array))
            tensor["parameters"] = {"binary_data_size": len(buffers[-1])}
        else:
            tensor["data"] = to_list(array)
        described.append(tensor)
    document: dict[str, Any] = {"id": request_id} if request_id else {}
    document |= {"model_name": model, "model_version": version, "outputs": described}
    text = to_json(document, inf_nan_mode="null")
    return EncodedAnswer(b"".join([text, *buffers]), len(text)) if buffers else EncodedAnswer(text, None)


def wire_answer(encoded: EncodedAnswer, coding: Coding | None) -> WireAnswer:
    """Compressed where the caller takes it and it is worth it. The header with the JSON's length is that of the body
    before."""
    body, headers = encoded.body, dict[str, str]()
    if encoded.header_length is not None:
        headers[HEADER_LENGTH] = str(encoded.header_length)
    if coding is not None and len(body) >= _LEAST_COMPRESSED:
        body = compress(body, coding)
        headers["Content-Encoding"] = coding
    return WireAnswer(
        body, headers, "application/json" if encoded.header_length is None else "application/octet-stream"
    )


def classes_of(array: NDArray[Any], count: int, labels: Sequence[str]) -> NDArray[np.object_]:
    """The largest elements of each row [n, ...] as `value:index:label`, [n, min(count, elements)]; of equals the one
    with the lower index comes first."""
    rows = array.reshape(len(array), -1) if array.ndim else array.reshape(1, 1)
    last = rows.shape[1] - 1
    # Reversed before and after, so that of equals the lower index is the last, and then the first.
    order = last - np.argsort(rows[:, ::-1], axis=1, kind="stable")[:, ::-1][:, :count]
    told = np.empty(order.shape, np.object_)
    for i, indices in enumerate(order.tolist()):
        told[i] = [_class(rows[i, index], index, labels) for index in indices]
    return told


def _class(value: Any, index: int, labels: Sequence[str]) -> str:
    number = f"{value:f}" if isinstance(value, np.floating) else f"{value:d}"
    return f"{number}:{index}:{labels[index]}" if index < len(labels) else f"{number}:{index}"
