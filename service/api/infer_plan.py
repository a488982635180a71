"""What a V2 request says of its tensors and of its answer, kept for the next one that says the same.

    the first: read, checked, arranged as every other     ->  InferPlan
    the next of the same JSON and size, to the same model ->  the model's tensors, cut out of its bytes
    its answer, of the same shapes                        ->  the same head and JSON, then its own tensors

A client that sends tensors as bytes mostly says the same before them each time: nothing of that is read again, and
what stands before the tensors of the answer is not written again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from service.api.infer_answer import ChosenOutput, encode_answer, wire_answer
from service.api.reply import Reply, head_lines
from service.api.requests.content_coding import preferred_coding
from service.api.requests.tensor_data import numbers_at
from service.api.requests.tensors import InferRequest
from service.inference.loader import TensorModel
from service.inference.runtime.tensors import Tensors

_LONGEST = 2**10  # bytes of JSON that are kept, for each connection
_PLAIN = "iuf"  # kinds of numbers: each byte of BOOL is looked at, and BYTES have no size of their own


class _Place(NamedTuple):
    """Where a tensor's numbers begin in the body, and what they are."""

    offset: int
    dtype: np.dtype[Any]
    elements: int
    shape: tuple[int, ...]


class _Said(NamedTuple):
    """What stands before the tensors of an answer with outputs of these shapes: its header lines, and its JSON."""

    shapes: list[tuple[int, ...]]
    lines: bytes
    text: bytes


@dataclass(slots=True)
class InferPlan:
    """`text` is the JSON before the tensors; `places` are those of the model's inputs in its order, None where the next
    body is to be read as well: a tensor stands in the JSON, or is none of plain numbers, or the JSON is long. `seconds`
    is the time that the request may take."""

    model: TensorModel
    id: str
    chosen: Sequence[ChosenOutput]
    seconds: float
    text: bytes
    size: int
    places: tuple[_Place, ...] | None
    _said: _Said | None = None

    def fits(self, body: bytes, model: TensorModel) -> bool:
        """Whether the body, with the same head as the one before, is to be cut as that was."""
        same = self.places is not None and len(body) == self.size and model is self.model
        return same and body.startswith(self.text)

    def tensors(self, body: bytes) -> Tensors:
        """As the model takes them: over the body, or where that is not aligned, copied."""
        assert self.places is not None
        return tuple([numbers_at(body, *place) for place in self.places])

    def reply(self, outputs: Tensors, accept_encoding: str | None) -> Reply:
        """The answer of what the model gave; the header is that of every request with this plan."""
        sent, said = [outputs[each.place] for each in self.chosen], self._said
        shapes = [array.shape for array in sent]
        if said is not None and said.shapes == shapes:
            return Reply(200, said.lines, b"".join([said.text, *[array.tobytes() for array in sent]]))
        model = self.model
        encoded = encode_answer(self.id, model.name, model.version, self.chosen, outputs, model.labels)
        told = wire_answer(encoded, preferred_coding(accept_encoding))
        reply = Reply(200, head_lines(told.headers.items(), told.body, told.media_type), told.body)
        as_bytes = all(each.binary and not each.classes for each in self.chosen)
        if as_bytes and told.body is encoded.body and all(array.dtype.kind in _PLAIN for array in sent):
            self._said = _Said(shapes, reply.headers, encoded.body[: encoded.header_length])
        return reply


def plan(
    body: bytes,
    header_length: str | None,
    model: TensorModel,
    asked: InferRequest,
    chosen: Sequence[ChosenOutput],
    seconds: float,
) -> InferPlan:
    """Of a body that was read as `asked`, which suits the model. `header_length` is Inference-Header-Content-Length."""
    length = len(body) if header_length is None else int(header_length)
    places = _places(length, len(body), model, asked) if length <= _LONGEST else None
    text = b"" if places is None else body[:length]
    return InferPlan(model, asked.id, chosen, seconds, text, len(body), places)


def _places(start: int, end: int, model: TensorModel, asked: InferRequest) -> tuple[_Place, ...] | None:
    places = {}
    for name, array in asked.inputs:
        if array.dtype.kind not in _PLAIN:
            return None
        places[name] = _Place(start, array.dtype, array.size, array.shape)
        start += array.nbytes
    return tuple(places[info.name] for info in model.session.inputs) if start == end else None
