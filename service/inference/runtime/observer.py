"""Who hears what the runtime does: each stage of each request, batches, refusals, readiness.

    data plane: decode, preprocess, answers    batcher: queue, inference    front: encode
    ->  Observer (`metrics.Metrics`)

An observer counts; it never decides. What it raises is logged by who tells it, and hurts no request.
"""

import logging
from collections.abc import Callable, Iterable
from typing import Literal, Protocol

from service.drift import Shares

StageName = Literal["decode", "preprocess", "queue", "inference", "encode"]
Reason = Literal["queue_full", "deadline", "caller_left"]
_log = logging.getLogger(__name__)


class Observer(Protocol):
    """Times in seconds. Called on the event loop, or on the thread that loads a model (`ready`,
    `runs_on`, `expects`, `gone`)."""

    def stage(self, model: str, stage: StageName, seconds: float) -> None:
        """A request's time in a stage; of `inference`, a batch's."""

    def batch(self, model: str, size: int) -> None:
        """A batch of `size` images has run."""

    def refused(self, model: str, reason: Reason) -> None:
        """A request ended without rows: it found the queue full, its time was up, or its caller left."""

    def answered(self, model: str, version: str, outcome: str, objects: Iterable[tuple[int, float]]) -> None:
        """A picture was answered: `accepted` or why not; most probable class and confidence of each object in it."""

    def ready(self, model: str, version: str, ready: bool) -> None:
        """Whether a version can answer."""

    def runs_on(self, model: str, version: str, provider: str) -> None:
        """Which execution provider a version that can answer runs on: `cpu`, `cuda`, ..."""

    def expects(self, model: str, version: str, shares: Shares) -> None:
        """What a version that knows pictures answered on its own test set, before its first answer here."""

    def gone(self, model: str, version: str) -> None:
        """A version is no longer there, ready or not."""


def tell(hear: Callable[..., None], *what: object) -> None:
    """Calls an observer's method, or whoever waits for an answer: its fault is logged and is nobody else's."""
    try:
        hear(*what)
    except Exception:
        _log.exception("%s failed", getattr(hear, "__qualname__", hear))
