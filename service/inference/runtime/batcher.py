"""Joins the images of waiting requests into batches, so that one run of the model serves many callers.

    enqueue(inputs, deadline, done) -> waiting -> batch -> run, in a thread unless it is quick -> done(own rows | error)

A batch takes what is waiting when the last one ends; no timer waits for more, unless `delay_s` says so. Who finds the
queue full is refused, who waited past its deadline is told so, and who has left is dropped before the model runs. A
batch that fails, fails for its own callers only. Every accepted request ends once, in `statistics`. Images of different
shapes are never in one batch, and a model that takes no batches gets a request at a time.
"""

import asyncio
import functools
import logging
import math
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any

from numpy.typing import NDArray

from service.errors import DeadlineExceeded, FeaturemapError, InferenceFailed, InvalidInput, Overloaded, Unavailable
from service.inference.runtime.batch import Batch, BatchLimits, Ran, compute, images_of
from service.inference.runtime.blame import failure
from service.inference.runtime.gathering import CLOCK_S, Gathering, Turn
from service.inference.runtime.observer import Observer, tell
from service.inference.runtime.pace import BUSY_S, Pace, spare_s
from service.inference.runtime.request import Answer, Done, Request, join, settling
from service.inference.runtime.statistics import BatchTimes, ModelStatistics
from service.inference.runtime.tensors import Tensors

_EARLY = 16  # full batches that do not wait for the event loop's next turn: many sockets may be read in one
_log = logging.getLogger(__name__)


class Batcher:
    """The queue of one model. Used from one event loop; `run` is called in `executor`, a batch at a time.

    It gets the model's inputs and gives its outputs, each with the batch first. `free_shape`: requests may differ in
    shape beyond it, which is blamed where the model fails. `any_graph`: it may also fail on numbers, as one that looks
    something up does; then a request is run again without those beside it."""

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
        self._again: deque[Batch] = deque()  # of a batch that failed, each on its own
        self._images = 0  # waiting, in no batch yet
        self._pace, self._turn = Pace(), Turn()
        self._busy = False  # a batch runs, or the event loop is about to begin one
        self._due = False  # that it is about to
        self._early = 0  # batches since its turn began
        self._idle: asyncio.Future[None] | None = None  # whom `close` waits for
        self._timer: asyncio.TimerHandle | None = None
        self._closing = False

    async def submit(self, *inputs: NDArray[Any], deadline: float = math.inf) -> Answer:
        """The model's rows for its `inputs`, in its order and form, each [n, ...] with the same n, at least 1.

        `deadline` is a time of the event loop; the queue's own timeout holds as well. Raises what `enqueue` does,
        DeadlineExceeded and InferenceFailed."""
        future: asyncio.Future[Answer | FeaturemapError] = asyncio.get_running_loop().create_future()
        request = self.enqueue(inputs, deadline, settling(future))
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
        timeout = asyncio.get_running_loop().time() + self.limits.timeout_s
        request = Request(inputs, size, done, deadline, min(deadline, timeout))
        self._waiting.append(request)
        self._images += size
        if self._timer is None or request.expires < self._timer.when():
            self._set_timer(request.expires)
        if not self._busy:
            self._busy = True
            self._go_on()
        elif self._is_full():
            self._gathering.let_go(self._next)
            has_turn = self._early < _EARLY or 2 * len(self._waiting) >= self.limits.max_queue  # or it would be filled
            if not self._running and has_turn and self._pace.is_quick(self._most, BUSY_S):
                self._early += 1
                self._next(early=True)
        return request

    def leave(self, request: Request) -> None:
        """The caller waits no longer: because its deadline passed, or because it is gone."""
        late = asyncio.get_running_loop().time() >= request.deadline - CLOCK_S
        if self._end(request, None):
            tell(self._observer.refused, self.name, "deadline" if late else "caller_left")

    def check_capacity(self, images: int = 1) -> None:
        """Raises Overloaded if a request of `images` would find the queue full: of `max_queue` requests, of the images
        of so many full batches, or of `work_s` of work."""
        if self._closing:
            raise Unavailable("The service is shutting down.")
        requests, images, most = len(self._waiting), self._images + images, self.limits.max_queue
        fits = images <= most * self._most and self._pace.wait(images) <= self.limits.work_s
        if requests < most and (not requests or fits):
            return
        tell(self._observer.refused, self.name, "queue_full")
        full = f"The queue of {self.name} is full: {requests} requests are waiting."
        raise Overloaded(full, wait_s=self._pace.wait(self._images))

    async def close(self) -> None:
        """Refuses new requests and returns when those that wait have been answered."""
        self._closing = True
        self._gathering.let_go(self._next)
        if self._busy:
            self._idle = asyncio.get_running_loop().create_future()
            await self._idle
        if self._timer is not None:
            self._timer.cancel()

    def _go_on(self) -> None:
        """In the event loop's next turn: it looks at its sockets between two batches."""
        if not self._due:
            self._due = True
            asyncio.get_running_loop().call_soon(self._next, True)

    def _next(self, due: bool = False, early: bool = False) -> None:
        """Runs the next batch, if there is one."""
        if due:
            self._due, self._early = False, 0
            if self._turn.is_left(bool(self._waiting) and not self._is_full() and not self._again):
                return self._go_on()
        try:
            self._begin(early)
        except Exception:
            self._stop()

    def _ended(self, batch: Batch, running: asyncio.Future[Ran | Exception]) -> None:
        try:
            self._finish(batch, running.result())
        except BaseException:  # also a thread that never began
            self._stop()
        else:
            self._next()

    def _stop(self) -> None:
        """What nobody foresaw has happened: then nobody may go on waiting."""
        _log.exception("the batches of %s stopped", self.name)
        error = InferenceFailed(f"{self.name} stopped working; the fault is in the service.")
        for request in [*self._taken(), *self._waiting]:
            self._end(request, error)
        self._again.clear()
        self._rest()

    def _is_full(self) -> bool:
        return self._closing or self._images >= self._most

    def _begin(self, early: bool) -> None:
        """In a worker thread, or in place where the event loop can do without itself for so long."""
        if not self._again and not self._is_full() and self._gathering.hold(self._waiting, self._next):
            return
        batch = self._running = self._again.popleft() if self._again else self._take()
        if not batch:
            self._rest()
            return
        images = images_of(batch)
        self._turn.has_run(images, self._most)
        job = functools.partial(compute, self._run, batch, images if self._batched else None)
        if early or self._pace.is_quick(images, spare_s(images, self._images, self._most)):
            self._finish(batch, job())
            self._running = []
            self._go_on()
        else:
            running = asyncio.get_running_loop().run_in_executor(self._executor, job)
            running.add_done_callback(functools.partial(self._ended, batch))

    def _rest(self) -> None:
        self._running, self._busy = [], False
        if self._idle is not None and not self._idle.done():
            self._idle.set_result(None)

    def _take(self) -> Batch:
        """What the next batch holds: whole requests in their order; one larger than a batch in pieces."""
        batch: Batch = []
        space = most = self._pace.most(self._most)
        now = asyncio.get_running_loop().time()
        while self._waiting and space:
            request = self._waiting[0]
            if request.expires < now:
                self._expire(request)  # takes it out of the queue
                continue
            if request.untaken > space and request.size <= most:
                break
            if self._free_shape and batch and not request.joins(batch[0][0]):
                break
            count = min(request.untaken, space)
            batch.append((request, request.take(count), count))
            space, self._images = space - count, self._images - count
            if not request.untaken:
                self._waiting.popleft()
        return batch

    def _finish(self, batch: Batch, ran: Ran | Exception) -> None:
        if isinstance(ran, Exception):  # its callers get one sentence, and the log the rest
            if self._any_graph and len(batch) > 1:
                self._again.extend([each] for each in batch)
                return
            _log.error("a batch of %s failed", self.name, exc_info=ran)
            for request, _, _ in batch:
                self._end(request, failure(self.name, self._free_shape, self._any_graph))
            return
        outputs, input_ns, infer_ns = ran
        started = time.perf_counter_ns()
        self._deliver(batch, outputs)
        self._record(batch, BatchTimes(input_ns, infer_ns, time.perf_counter_ns() - started))

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
            self._end(request, Answer(join(request.parts), wait, compute, len(batch) == 1))

    def _record(self, batch: Batch, times: BatchTimes) -> None:
        images = images_of(batch)
        seconds = (times.input_ns + times.infer_ns) / 1e9
        self._pace.note(images, seconds)
        self.statistics.batch(images, len(batch), times)
        tell(self._observer.batch, self.name, images)
        tell(self._observer.stage, self.name, "inference", seconds)

    def _expire(self, request: Request) -> None:
        if self._end(request, DeadlineExceeded(f"The request waited too long for {self.name}.")):
            tell(self._observer.refused, self.name, "deadline")

    def _expire_all(self) -> None:
        """The timer: ends who is late, and is set again for who will be next."""
        self._timer = None
        now = asyncio.get_running_loop().time() + CLOCK_S
        everyone = [*self._waiting, *(request for request in self._taken() if request.open)]
        for request in everyone:
            if request.expires <= now:
                self._expire(request)
        if soonest := min((request.expires for request in everyone if request.open), default=0.0):
            self._set_timer(soonest)

    def _taken(self) -> list[Request]:
        """Who has left the queue and is in a batch."""
        return [request for batch in (self._running, *self._again) for request, _, _ in batch]

    def _set_timer(self, when: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(when, self._expire_all)

    def _end(self, request: Request, outcome: Answer | FeaturemapError | None) -> bool:
        """Ends a request, counts it, and tells its caller, if there still is one (None: it has left). False where it
        has ended before."""
        if not request.open:
            return False
        request.open = False
        if request.untaken:
            self._waiting.remove(request)
            self._images -= request.untaken
        ended = self.statistics.success if isinstance(outcome, Answer) else self.statistics.fail
        ended.add(int((time.perf_counter() - request.queued) * 1e9))
        if outcome is not None:
            tell(request.done, outcome)
        return True
