"""A request to one model, from the queue to its rows."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.errors import FeaturemapError
from service.inference.runtime.tensors import Tensors


@dataclass(slots=True)
class Answer:
    """A request's own rows of each output, in the order of the model's outputs, its wait, and the time from its first
    batch to its last. `alone`: nobody else was in that one."""

    outputs: Tensors
    queue_s: float
    compute_s: float
    alone: bool = True

    @property
    def rows(self) -> NDArray[Any]:
        """Of the first output, which is that of a classifier: float32 [n, classes]."""
        return self.outputs[0]


Done = Callable[[Answer | FeaturemapError], None]


def settling(future: "asyncio.Future[Answer | FeaturemapError]") -> Done:
    """What gives the outcome to who awaits the future."""

    def done(outcome: Answer | FeaturemapError) -> None:
        if not future.done():  # cancelled in this very turn of the loop
            future.set_result(outcome)

    return done


class Request:
    """What `enqueue` accepted: `inputs` in the order of the model's, with `size` images, of which `taken` are in a
    batch already. A model without batches takes a request as one image, whatever its shapes. Times of `deadline` and
    `expires` are the event loop's: `expires` is the sooner of the deadline and, until the first batch, the queue's
    timeout."""

    __slots__ = ("deadline", "done", "expires", "inputs", "open", "parts", "queued", "size", "started", "taken")

    def __init__(self, inputs: Tensors, size: int, done: Done, deadline: float, expires: float) -> None:
        self.inputs = inputs
        self.size = size
        self.done = done
        self.deadline = deadline
        self.expires = expires
        self.queued = time.perf_counter()
        self.started = 0.0
        self.taken = 0
        self.parts: list[Tensors] = []
        self.open = True

    @property
    def untaken(self) -> int:
        """How many images are in no batch yet."""
        return self.size - self.taken

    def take(self, count: int) -> Tensors:
        """The next `count` images."""
        if not self.started:
            self.started = time.perf_counter()
            self.expires = self.deadline
        first, self.taken = self.taken, self.taken + count
        return self.inputs if count == self.size else tuple(array[first : self.taken] for array in self.inputs)

    def joins(self, other: "Request") -> bool:
        """Whether the images of both have the same shapes, and so may be in one batch."""
        pairs = zip(self.inputs, other.inputs, strict=True)
        return all(own.shape[1:] == its.shape[1:] for own, its in pairs)


def join(parts: Sequence[Tensors]) -> Tensors:
    """One after the other along the first dimension."""
    return parts[0] if len(parts) == 1 else tuple(np.concatenate(arrays) for arrays in zip(*parts, strict=True))
