"""Work for threads, as decoding and preparing large pictures: no more of it waits than can be done within a second.

    run(seconds expected, function) -> refused, or waiting in turn -> a thread -> the result

Work waits by cost: its turn is as late as if it had come some multiples of its own time later. So small pictures pass
large ones, and none waits for ever. How long work really takes corrects what is expected of the next.
"""

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar, TypeVarTuple

from service.errors import Overloaded

_Result = TypeVar("_Result")
_Arguments = TypeVarTuple("_Arguments")
_LATER = 8.0  # times its own seconds: so much later work takes its turn
_SMOOTHING = 0.1  # of each measurement


class WorkQueue:
    """Runs functions in `executor`, `threads` at a time. Used from one event loop.

    `most_s` is how many seconds of work may wait; `what` names it in the sentence for who finds no room.
    """

    def __init__(self, executor: Executor, threads: int, what: str, most_s: float = 1.0) -> None:
        self._executor = executor
        self._free = self._threads = threads
        self._what = what
        self._most_s = most_s
        self._pace = 1.0  # seconds that an expected one takes
        self._waiting_s = 0.0
        self._turns: list[tuple[float, int, asyncio.Future[None]]] = []  # a heap
        self._count = itertools.count()

    def is_full(self) -> bool:
        return self._waiting_s > self._most_s * self._threads

    def check(self) -> None:
        """Raises Overloaded where more waits than is done within the time."""
        if self.is_full():
            wait = self._waiting_s / self._threads
            raise Overloaded(f"More {self._what} wait than are done within {self._most_s:g} s.", wait_s=wait)

    async def run(self, seconds: float, function: Callable[[*_Arguments], _Result], *arguments: *_Arguments) -> _Result:
        """What the function gives, which is expected to take so long. Raises what it raises."""
        await self._turn(seconds * self._pace)
        began = time.perf_counter()
        running = asyncio.get_running_loop().run_in_executor(self._executor, function, *arguments)
        # Not when its caller has left, but when its thread is free.
        running.add_done_callback(lambda _: self._ended(seconds, time.perf_counter() - began))
        return await running

    async def _turn(self, seconds: float) -> None:
        if self._free:
            self._free -= 1
            return
        loop = asyncio.get_running_loop()
        mine: asyncio.Future[None] = loop.create_future()
        heapq.heappush(self._turns, (loop.time() + _LATER * seconds, next(self._count), mine))
        self._waiting_s += seconds
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():  # its turn came in the same moment
                self._next()
            raise
        finally:
            self._waiting_s = max(0.0, self._waiting_s - seconds)

    def _ended(self, expected: float, took: float) -> None:
        self._pace += (took / expected - self._pace) * _SMOOTHING
        self._next()

    def _next(self) -> None:
        """A thread is free: for whose turn it is, unless they have left."""
        while self._turns:
            _, _, first = heapq.heappop(self._turns)
            if not first.done():
                first.set_result(None)
                return
        self._free += 1
