"""Joins the images of waiting requests into batches, so that one run of the model serves many callers.

    enqueue(inputs, deadline, done) -> waiting -> batch -> run, in a thread unless it is quick -> done(own rows | error)

A batch takes what is waiting when the last one ends; it waits for more only where `delay_s` says so. Who does not fit
into the queue is refused (Overloaded), who waited past its deadline is told so (DeadlineExceeded), and who has left is
dropped before the model runs. A batch that fails, fails for its own callers only. Every accepted request ends once: in
`statistics.success`, or in `statistics.fail`. Images of different shapes are never in one batch, and a model that takes
no batches gets a request at a time.
"""

import asyncio
import logging
import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from service.errors import DeadlineExceeded, FeaturemapError, InferenceFailed, InvalidInput, Overloaded, Unavailable
from service.inference.runtime.blame import failure
from service.inference.runtime.gathering import Gathering
from service.inference.runtime.observer import Observer, tell
from service.inference.runtime.request import Answer, Batch, Done, Request, images_of, join
from service.inference.runtime.statistics import BatchTimes, ModelStatistics
from service.inference.runtime.tensors import Tensors

_LONGEST_RETRY_S = 60
_QUICK_S = 0.0002  # what the way to a thread and back costs, or more
_SLOWER = 1.01  # a batch: by how much the best pace seen is believed less
_CLOCK_S = 0.001  # a timer of the event loop may be early by its clock's resolution
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """`max_batch` in images (0: the model takes no batches), `max_queue` in requests, `timeout_s` in the queue; a batch
    that is not full waits for more until its first request has waited `delay_s`."""

    max_batch: int = 32
    max_queue: int = 512
    timeout_s: float = 2.0
    delay_s: float = 0.0


class Batcher:
    """The queue of one model. Used from one event loop; `run` is called in `executor`, a batch at a time.

    It gets the model's inputs and gives its outputs, each with the batch first. `free_shape` says that requests may
    differ in shape beyond it; then it is their shape that is blamed where the model fails. `any_graph` says that it may
    also fail on numbers, as one that looks something up does: then a request is run again without those beside it.
    """

    def __init__(
        self,
        name: str,
        run: Callable[[Tensors], Tensors],
        limits: BatchLimits,
        executor: Executor,
        observer: Observer,
        free_shape: bool = False,
        any_graph: bool = False,
    ) -> None:
        self.name = name
        self.limits = limits
        self.statistics = ModelStatistics()
        self._run = run
        self._executor = executor
        self._observer = observer
        self._free_shape = free_shape
        self._any_graph = any_graph
        self._batched = limits.max_batch > 0
        self._most = max(limits.max_batch, 1)
        self._waiting: deque[Request] = deque()
        self._gathering = Gathering(limits.delay_s if self._batched else 0.0)
        self._running: Batch = []
        self._images = 0  # waiting, in no batch yet
        self._seconds_per_image = 0.0  # smoothed: what callers see
        self._best_pace = math.inf  # the same at best: what the model needs, whoever else is on the CPU
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._closing = False

    async def submit(self, *inputs: NDArray[Any], deadline: float = math.inf) -> Answer:
        """The model's rows for its `inputs`, in its order and form, each [n, ...] with the same n, at least 1.

        `deadline` is a time of the event loop; the queue's own timeout holds as well. Raises InvalidInput (no images),
        Overloaded, DeadlineExceeded, InferenceFailed, or Unavailable while the service stops.
        """
        future: asyncio.Future[Answer | FeaturemapError] = asyncio.get_running_loop().create_future()

        def done(outcome: Answer | FeaturemapError) -> None:
            if not future.done():  # cancelled in this very turn of the loop
                future.set_result(outcome)

        request = self.enqueue(inputs, deadline, done)
        try:
            outcome = await future
        except asyncio.CancelledError:
            self.leave(request)
            raise
        if isinstance(outcome, FeaturemapError):
            raise outcome
        return outcome

    def enqueue(self, inputs: Tensors, deadline: float, done: Done) -> Request:
        """Takes a request in; `done` is called once on the event loop, with its rows or its error, unless its caller
        leaves. Raises what stops it at the door: InvalidInput, Overloaded, Unavailable."""
        size = len(inputs[0]) if self._batched else 1
        if not size:
            raise InvalidInput("The request holds no images; at least one is needed.")
        self.check_capacity(size)
        loop = asyncio.get_running_loop()
        request = Request(inputs, size, done, deadline, min(deadline, loop.time() + self.limits.timeout_s))
        self._waiting.append(request)
        self._images += size
        self._gathering.arrived()
        if self._timer is None or request.expires < self._timer.when():
            self._set_timer(request.expires)
        if self._task is None:
            self._task = loop.create_task(self._work())
        return request

    def leave(self, request: Request) -> None:
        """The caller waits no longer: because its deadline passed, or because it is gone."""
        late = asyncio.get_running_loop().time() >= request.deadline - _CLOCK_S
        if self._end(request, None):
            tell(self._observer.refused, self.name, "deadline" if late else "caller_left")

    def check_capacity(self, images: int = 1) -> None:
        """Raises Overloaded if a request of `images` would find the queue full.

        A full queue holds `max_queue` requests, or the images of that many full batches.
        """
        if self._closing:
            raise Unavailable("The service is shutting down.")
        requests, most = len(self._waiting), self.limits.max_queue
        if requests < most and (not requests or self._images + images <= most * self._most):
            return
        tell(self._observer.refused, self.name, "queue_full")
        wait = math.ceil(self._images * self._seconds_per_image)
        raise Overloaded(
            f"The queue of {self.name} is full: {requests} requests are waiting.",
            retry_after=min(max(wait, 1), _LONGEST_RETRY_S),
        )

    async def close(self) -> None:
        """Refuses new requests and returns when those that wait have been answered."""
        self._closing = True
        self._gathering.arrived()
        if self._task is not None:
            await asyncio.wait([self._task])
        if self._timer is not None:
            self._timer.cancel()

    async def _work(self) -> None:
        try:
            while self._waiting:
                await self._gathering.gather(self._waiting, self._is_full)
                if batch := self._take():
                    self._running = batch
                    await self._serve(batch)
                    self._running = []
        finally:  # nobody is left but where the loop ended by what nobody foresaw: then nobody may go on waiting
            self._task = None
            error = InferenceFailed(f"{self.name} stopped working; the fault is in the service.")
            self._fail([*(request for request, _, _ in self._running), *self._waiting], error)
            self._running = []

    def _is_full(self) -> bool:
        return self._closing or self._images >= self._most

    def _take(self) -> Batch:
        """What the next batch holds: whole requests in their order; one larger than a batch in pieces."""
        batch: Batch = []
        space = self._most
        now = asyncio.get_running_loop().time()
        while self._waiting and space:
            request = self._waiting[0]
            if request.expires < now:
                self._expire(request)  # takes it out of the queue
                continue
            if request.untaken > space and request.size <= self._most:
                break
            if self._free_shape and batch and not request.joins(batch[0][0]):
                break
            count = min(request.untaken, space)
            batch.append((request, request.take(count), count))
            space -= count
            self._images -= count
            if not request.untaken:
                self._waiting.popleft()
        return batch

    async def _serve(self, batch: Batch) -> None:
        try:
            outputs, input_ns, infer_ns = await self._run_batch(batch)
        except Exception:  # whatever the runtime raises, its callers get one sentence and the log the rest
            if self._any_graph and len(batch) > 1:
                for each in batch:
                    await self._serve([each])
                return
            _log.exception("a batch of %s failed", self.name)
            self._fail([request for request, _, _ in batch], failure(self.name, self._free_shape, self._any_graph))
            return
        started = time.perf_counter_ns()
        self._deliver(batch, outputs)
        self._record(batch, BatchTimes(input_ns, infer_ns, time.perf_counter_ns() - started))

    async def _run_batch(self, batch: Batch) -> tuple[Tensors, int, int]:
        """In a worker thread, or in place where the way there and back would take longer than the model."""
        images = images_of(batch)
        if self._best_pace * images < _QUICK_S:
            await asyncio.sleep(0)  # the loop gets its turn between two batches
            return self._compute(batch, images)
        return await asyncio.get_running_loop().run_in_executor(self._executor, self._compute, batch, images)

    def _compute(self, batch: Batch, images: int) -> tuple[Tensors, int, int]:
        """The batch's rows of each output, and the nanoseconds to join the inputs and to run."""
        started = time.perf_counter_ns()
        inputs = batch[0][1] if len(batch) == 1 else join([part for _, part, _ in batch])
        joined = time.perf_counter_ns()
        outputs = self._run(inputs)
        if self._batched:
            for rows in outputs:
                if len(rows) != images:
                    raise RuntimeError(f"{images} images gave {len(rows)} rows")
        return outputs, joined - started, time.perf_counter_ns() - joined

    def _deliver(self, batch: Batch, outputs: Tensors) -> None:
        first = 0
        for request, _, images in batch:
            last = first + images
            request.parts.append(outputs if len(batch) == 1 else tuple([rows[first:last] for rows in outputs]))
            first = last
            if request.untaken or not request.open:
                continue
            wait, compute = request.started - request.queued, time.perf_counter() - request.started
            self.statistics.queue.add(int(wait * 1e9))
            tell(self._observer.stage, self.name, "queue", wait)
            self._end(request, Answer(join(request.parts), wait, compute))

    def _record(self, batch: Batch, times: BatchTimes) -> None:
        images = images_of(batch)
        seconds = (times.input_ns + times.infer_ns) / 1e9
        pace = seconds / images
        self._best_pace = min(self._best_pace * _SLOWER, pace)
        self._seconds_per_image += (pace - self._seconds_per_image) * (0.1 if self._seconds_per_image else 1)
        self.statistics.batch(images, len(batch), times)
        tell(self._observer.batch, self.name, images)
        tell(self._observer.stage, self.name, "inference", seconds)

    def _fail(self, requests: Sequence[Request], error: FeaturemapError) -> None:
        for request in requests:
            self._end(request, error)

    def _expire(self, request: Request) -> None:
        if self._end(request, DeadlineExceeded(f"The request waited too long for {self.name}.")):
            tell(self._observer.refused, self.name, "deadline")

    def _expire_all(self) -> None:
        """The timer: ends who is late, and is set again for who will be next."""
        self._timer = None
        now = asyncio.get_running_loop().time() + _CLOCK_S
        everyone = [*self._waiting, *(request for request, _, _ in self._running if request.open)]
        for request in everyone:
            if request.expires <= now:
                self._expire(request)
        soonest = min((request.expires for request in everyone if request.open), default=math.inf)
        if soonest < math.inf:
            self._set_timer(soonest)

    def _set_timer(self, when: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(when, self._expire_all)

    def _end(self, request: Request, outcome: Answer | FeaturemapError | None) -> bool:
        """Ends a request, counts it, and tells its caller, if there still is one (None: it has left).

        False where it has ended before.
        """
        if not request.open:
            return False
        request.open = False
        if request.untaken:
            self._waiting.remove(request)
            self._images -= request.untaken
        statistics = self.statistics
        ended = statistics.success if isinstance(outcome, Answer) else statistics.fail
        ended.add(int((time.perf_counter() - request.queued) * 1e9))
        if outcome is not None:
            tell(request.done, outcome)
        return True
