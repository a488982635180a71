"""Requests of the short way that must wait, as the event loop has worked for long enough at one go.

    in time -> begun where it is read        later -> the backlog, a slice of it in each turn of the loop
    more than can be done within a second -> refused

Thousands of sockets may be ready in one turn. To read them all is little work, to answer them is much: so what is read
waits here, where it is counted, and who asks for something else, as for the service's health, is answered meanwhile.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable

from service.errors import Overloaded

_TURN_S = 0.005  # of work in a turn of the event loop, which lets in one new connection a turn
_MOST_TURN_S = 0.1  # where reading has taken as long: to refuse must not crowd out the work
_KEPT = 0.9  # of what was measured before, with each slice


class Backlog:
    """Used from one event loop. `most_s` is how many seconds of work may wait."""

    def __init__(self, most_s: float = 1.0) -> None:
        self._most_s = most_s
        self._waiting: deque[Callable[[], None]] = deque()
        self._spent = self._done = 0.0  # seconds, and how many were begun in them
        self._ended = 0.0  # the last slice
        self._began = 0.0  # this turn; 0 where nothing has been done in it

    def has_time(self) -> bool:
        """Whether one more may be begun now: nobody waits, and there is time in this turn."""
        if self._waiting:
            return False
        if not self._began:
            self._began = time.perf_counter()
            asyncio.get_running_loop().call_soon(self._end_turn)
            return True
        return time.perf_counter() - self._began < _TURN_S

    def is_full(self) -> bool:
        return self._wait_s() > self._most_s

    def _wait_s(self) -> float:
        """How long who waits will: one takes what those before took on the whole, each with its part of a batch. The
        mean of the slices' own paces would be too large, as one that runs a batch for others begins few."""
        return len(self._waiting) * self._spent / max(self._done, 1)

    def check(self) -> None:
        """Raises Overloaded where no more may wait."""
        if self.is_full():
            raise Overloaded(f"More requests wait than are answered within {self._most_s:g} s.", wait_s=self._wait_s())

    def add(self, begin: Callable[[], None]) -> None:
        """Calls `begin` when there is time, in the order of the calls."""
        self._waiting.append(begin)
        if len(self._waiting) == 1:
            asyncio.get_running_loop().call_soon(self._work)

    def _end_turn(self) -> None:
        self._began = 0.0

    def _work(self) -> None:
        began, done = time.perf_counter(), 0
        most_s = min(max(_TURN_S, began - self._ended if self._ended else 0.0), _MOST_TURN_S)
        while self._waiting and time.perf_counter() - began < most_s:
            self._waiting.popleft()()
            done += 1
        ended = time.perf_counter()
        self._spent = self._spent * _KEPT + (ended - began)
        self._done = self._done * _KEPT + done
        self._ended = ended if self._waiting else 0.0
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._work)
