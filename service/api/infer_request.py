"""A V2 infer request in the light of its model and of the settings: what it holds, and the time that it has."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from service.api.requests.base64_files import decode_file
from service.api.requests.tensors import InferRequest, parse_infer_request
from service.errors import InvalidInput
from service.inference.loader import Model, TensorModel
from service.inference.runtime.tensors import NamedTensor
from service.settings import Settings


def read_infer(body: bytes, header_length: str | None, model: TensorModel, settings: Settings) -> InferRequest:
    """The request in a body that is not compressed; BYTES for a model that takes pictures are files of them.

    `header_length` is Inference-Header-Content-Length as it came. Raises what `parse_infer_request` raises.
    """
    takes, batched = model.session.inputs, model.batcher.limits.max_batch > 0
    asked = parse_infer_request(body, header_length, takes, batched, settings.max_instances)
    if isinstance(model, Model):
        asked.inputs = read_pictures(asked.inputs)
    return asked


def infer_seconds(asked: InferRequest, settings: Settings) -> float:
    """How long the request may take: as it says itself, but no longer than the settings have it."""
    seconds = settings.deadline_ms / 1e3
    return min(seconds, asked.timeout_us / 1e6) if asked.timeout_us else seconds


def read_pictures(inputs: Sequence[NamedTensor]) -> list[NamedTensor]:
    """The same, with each BYTES that came as JSON text decoded from base64: a picture file. Raises InvalidInput."""
    return [(name, _decoded(array) if array.dtype == np.object_ else array) for name, array in inputs]


def _decoded(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    decoded = np.empty(array.size, np.object_)
    for i, element in enumerate(array.ravel().tolist()):
        try:
            decoded[i] = decode_file(element) if isinstance(element, str) else element
        except ValueError as error:
            raise InvalidInput(f"picture {i}: a string must be a picture file in base64: {error}.") from None
    return decoded.reshape(array.shape)
