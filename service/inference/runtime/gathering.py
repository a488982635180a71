"""How long a batch waits for more images before it runs.

a batch is due -> `Turn`: it is what others left, and more may just have been read -> run in the loop's next turn
               -> `Gathering.hold`: it is not full, and its first request has not waited for long enough -> run later,
                  or sooner by `let_go`, as when it is full: `max_queue_delay_microseconds`, as Triton has it
"""

import asyncio
import time
from collections.abc import Callable, Sequence

from service.inference.runtime.request import Request

CLOCK_S = 0.001  # a timer of the event loop may be early by its clock's resolution


class Gathering:
    """The wait of one batcher, whose next batch is run by `run`. Used from one event loop. Without a delay it costs
    nothing."""

    def __init__(self, delay_s: float) -> None:
        self._delay_s = delay_s
        self._held: asyncio.TimerHandle | None = None

    def hold(self, waiting: Sequence[Request], run: Callable[[], None]) -> bool:
        """Whether the batch, which has room, is to wait; then it is run once the first of those that wait has done so
        for the delay."""
        self._held = None
        if not self._delay_s or not waiting:
            return False
        left = waiting[0].queued + self._delay_s - time.perf_counter()
        if left > 0:
            self._held = asyncio.get_running_loop().call_later(left + CLOCK_S, run)
        return left > 0

    def let_go(self, run: Callable[[], None]) -> None:
        """Nothing more is waited for."""
        if self._held is not None:
            self._held.cancel()
            self._held = None
            asyncio.get_running_loop().call_soon(run)


class Turn:
    """Where many call at once, what is left of a full batch lets one turn of the event loop go by, for who was read in
    it. No time passes unused: the loop reads and prepares them meanwhile. Without it there is a small batch between any
    two full ones, which costs nearly as much as these, as the weights have to come from memory again."""

    def __init__(self) -> None:
        self._crowded = self._left = False

    def has_run(self, images: int, most: int) -> None:
        """A batch of `images` begins, of `most`."""
        self._crowded = 2 * images >= most

    def is_left(self, has_room: bool) -> bool:
        """Whether a batch that is due, and is not full where it `has_room`, is to wait for the next turn."""
        self._left = self._crowded and has_room and not self._left
        return self._left
