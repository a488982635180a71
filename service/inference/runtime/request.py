"""A request to one model, from the queue to its rows."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from service.errors import FeaturemapError
from service.imaging.pixels import FloatArray


@dataclass(frozen=True, slots=True)
class Answer:
    """A request's own rows, float32 [n, classes], its wait, and the time from its first batch to its last."""

    rows: FloatArray
    queue_s: float
    compute_s: float


Done = Callable[[Answer | FeaturemapError], None]


class Request:
    """What `enqueue` accepted. `taken` counts the images that are in a batch already. Times of `deadline` and `expires`
    are the event loop's: `expires` is the sooner of the deadline and, until the first batch, the queue's timeout."""

    __slots__ = ("deadline", "done", "expires", "open", "parts", "queued", "started", "taken", "tensor")

    def __init__(self, tensor: FloatArray, done: Done, deadline: float, expires: float) -> None:
        self.tensor = tensor
        self.done = done
        self.deadline = deadline
        self.expires = expires
        self.queued = time.perf_counter()
        self.started = 0.0
        self.taken = 0
        self.parts: list[FloatArray] = []
        self.open = True

    @property
    def untaken(self) -> int:
        return len(self.tensor) - self.taken

    def take(self, count: int) -> FloatArray:
        """The next `count` images."""
        if not self.started:
            self.started = time.perf_counter()
            self.expires = self.deadline
        first, self.taken = self.taken, self.taken + count
        return self.tensor[first : self.taken]
