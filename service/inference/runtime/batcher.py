"""Joins the images of waiting requests into batches, so that one run of the model serves many callers.

    submit(tensor) -> waiting -> batch -> run, in a thread unless it is quick -> each caller's own rows

A batch takes what is waiting when the last one ends; no timer waits for more. Who does not fit into the queue
is refused (Overloaded), who waited past its deadline is told so (DeadlineExceeded), and who has left is
dropped before the model runs. A batch that fails, fails for its own callers only.
"""

import asyncio
import logging
import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from service.errors import DeadlineExceeded, FeaturemapError, InferenceFailed, Overloaded, Unavailable
from service.imaging.pixels import FloatArray
from service.inference.runtime.statistics import BatchTimes, ModelStatistics

_LONGEST_RETRY_S = 60
_QUICK_S = 0.0002  # what the way to a thread and back costs, or more
_SLOWER = 1.01  # a batch: by how much the best pace seen is believed less
_log = logging.getLogger(__name__)


class Observer(Protocol):
    """Who wants to hear of batches, refusals and readiness (`metrics.Metrics` does). Times in seconds."""

    def batch(self, model: str, size: int, waits: Sequence[float], seconds: float) -> None: ...

    def refused(self, model: str, reason: str) -> None: ...

    def ready(self, model: str, version: str, ready: bool) -> None: ...


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """`max_batch` in images, `max_queue` in requests, `timeout_s` in the queue."""

    max_batch: int = 32
    max_queue: int = 512
    timeout_s: float = 2.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A request's own rows, float32 [n, classes], its wait, and the time from its first batch to its last."""

    rows: FloatArray
    queue_s: float
    compute_s: float


class _Entry:
    """A waiting request. `taken` counts the images that are in a batch already, `done` those with rows."""

    __slots__ = ("deadline", "future", "parts", "queued", "started", "taken", "tensor")

    def __init__(self, tensor: FloatArray, future: "asyncio.Future[Answer]", deadline: float) -> None:
        self.tensor = tensor
        self.future = future
        self.deadline = deadline
        self.queued = time.perf_counter()
        self.started = 0.0
        self.taken = 0
        self.parts: list[FloatArray] = []

    @property
    def untaken(self) -> int:
        return len(self.tensor) - self.taken

    def take(self, count: int) -> FloatArray:
        """The next `count` images."""
        self.started = self.started or time.perf_counter()
        first, self.taken = self.taken, self.taken + count
        return self.tensor[first : self.taken]

    def fail(self, error: FeaturemapError) -> None:
        if not self.future.done():
            self.future.set_exception(error)


_Batch = list[tuple[_Entry, FloatArray]]


class Batcher:
    """The queue of one model. Used from one event loop; `run` is called in `executor`, a batch at a time."""

    def __init__(
        self,
        name: str,
        run: Callable[[FloatArray], FloatArray],
        limits: BatchLimits,
        executor: Executor,
        observer: Observer,
    ) -> None:
        self.name = name
        self.limits = limits
        self.statistics = ModelStatistics()
        self._run = run
        self._executor = executor
        self._observer = observer
        self._waiting: deque[_Entry] = deque()
        self._images = 0  # waiting, in no batch yet
        self._seconds_per_image = 0.0  # smoothed: what callers see
        self._best_pace = math.inf  # the same at best: what the model needs, whoever else is on the CPU
        self._task: asyncio.Task[None] | None = None
        self._closing = False

    async def submit(self, tensor: FloatArray, deadline: float = math.inf) -> Answer:
        """The model's rows for `tensor`, float32 [n, ...], n at least 1.

        `deadline` is a time of the event loop; the queue's own timeout holds as well. Raises Overloaded,
        DeadlineExceeded, InferenceFailed, or Unavailable while the service stops.
        """
        self.check_room(len(tensor))
        loop = asyncio.get_running_loop()
        entry = _Entry(tensor, loop.create_future(), min(deadline, loop.time() + self.limits.timeout_s))
        self._waiting.append(entry)
        self._images += len(tensor)
        if self._task is None:
            self._task = loop.create_task(self._work())
        try:
            return await entry.future
        except asyncio.CancelledError:
            self._forget(entry)
            self._observer.refused(self.name, "caller_left")
            raise

    def check_room(self, images: int = 1) -> None:
        """Raises Overloaded if a request of `images` would find the queue full.

        A full queue holds `max_queue` requests, or the images of that many full batches.
        """
        if self._closing:
            raise Unavailable("The service is shutting down.")
        requests, most = len(self._waiting), self.limits.max_queue
        if requests < most and (not requests or self._images + images <= most * self.limits.max_batch):
            return
        self._observer.refused(self.name, "queue_full")
        wait = math.ceil(self._images * self._seconds_per_image)
        raise Overloaded(
            f"The queue of {self.name} is full: {requests} requests are waiting.",
            retry_after=min(max(wait, 1), _LONGEST_RETRY_S),
        )

    async def close(self) -> None:
        """Refuses new requests and returns when those that wait have been answered."""
        self._closing = True
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _work(self) -> None:
        try:
            while batch := self._take():
                await self._serve(batch)
        finally:
            self._task = None

    def _take(self) -> _Batch:
        """What the next batch holds: whole requests in their order; one larger than a batch in pieces."""
        batch: _Batch = []
        room = self.limits.max_batch
        now = asyncio.get_running_loop().time()
        while self._waiting and room:
            entry = self._waiting[0]
            if entry.deadline < now:
                self._forget(entry)
                self._observer.refused(self.name, "deadline")
                entry.fail(DeadlineExceeded(f"The request waited too long for {self.name}."))
                continue
            if entry.untaken > room and len(entry.tensor) <= self.limits.max_batch:
                break
            count = min(entry.untaken, room)
            batch.append((entry, entry.take(count)))
            room -= count
            self._images -= count
            if not entry.untaken:
                self._waiting.popleft()
        return batch

    def _forget(self, entry: _Entry) -> None:
        if entry.untaken and entry in self._waiting:
            self._waiting.remove(entry)
            self._images -= entry.untaken

    async def _serve(self, batch: _Batch) -> None:
        parts = [images for _, images in batch]
        try:
            rows, input_ns, infer_ns = await self._run_batch(parts)
        except Exception:  # whatever the runtime raises, its callers get one sentence and the log the rest
            _log.exception("a batch of %s failed", self.name)
            for entry, _ in batch:
                self._forget(entry)
                self.statistics.fail.add(int((time.perf_counter() - entry.queued) * 1e9))
                entry.fail(InferenceFailed(f"{self.name} failed on this batch; the fault is in the service."))
            return
        started = time.perf_counter_ns()
        self._deliver(batch, rows)
        times = BatchTimes(input_ns, infer_ns, time.perf_counter_ns() - started)
        self._record(batch, len(rows), times)

    async def _run_batch(self, parts: list[FloatArray]) -> tuple[FloatArray, int, int]:
        """In a worker thread, or in place where the way there and back would take longer than the model."""
        if self._best_pace * sum(map(len, parts)) < _QUICK_S:
            await asyncio.sleep(0)  # the loop gets its turn between two batches
            return self._compute(parts)
        return await asyncio.get_running_loop().run_in_executor(self._executor, self._compute, parts)

    def _compute(self, parts: list[FloatArray]) -> tuple[FloatArray, int, int]:
        """The batch's rows, and the nanoseconds to join the inputs and to run."""
        started = time.perf_counter_ns()
        tensor = parts[0] if len(parts) == 1 else np.concatenate(parts)
        joined = time.perf_counter_ns()
        rows = self._run(tensor)
        if len(rows) != len(tensor):
            raise RuntimeError(f"{len(tensor)} images gave {len(rows)} rows")
        return rows, joined - started, time.perf_counter_ns() - joined

    def _deliver(self, batch: _Batch, rows: FloatArray) -> None:
        first = 0
        for entry, images in batch:
            entry.parts.append(rows[first : first + len(images)])
            first += len(images)
            if entry.untaken or entry.future.done():
                continue
            whole = entry.parts[0] if len(entry.parts) == 1 else np.concatenate(entry.parts)
            wait, compute = entry.started - entry.queued, time.perf_counter() - entry.started
            self.statistics.queue.add(int(wait * 1e9))
            self.statistics.success.add(int((wait + compute) * 1e9))
            entry.future.set_result(Answer(whole, wait, compute))

    def _record(self, batch: _Batch, images: int, times: BatchTimes) -> None:
        seconds = (times.input_ns + times.infer_ns) / 1e9
        pace = seconds / images
        self._best_pace = min(self._best_pace * _SLOWER, pace)
        self._seconds_per_image += (pace - self._seconds_per_image) * (0.1 if self._seconds_per_image else 1)
        self.statistics.batch(images, len(batch), times)
        waits = [entry.started - entry.queued for entry, _ in batch if not entry.untaken]
        self._observer.batch(self.name, images, waits, seconds)
