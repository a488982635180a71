"""How long a batch waits for more images before it runs: `max_queue_delay_microseconds`, as Triton has it.

a request comes -> `arrived` -> `gather` looks again: enough images, or the first has waited its time -> the batch runs
"""

import asyncio
import time
from collections.abc import Callable, Sequence

from service.inference.runtime.request import Request


class Gathering:
    """The wait of one batcher. Used from one event loop. Without a delay it costs nothing."""

    def __init__(self, delay_s: float) -> None:
        self._delay_s = delay_s
        self._more = asyncio.Event()

    def arrived(self) -> None:
        """A request has come, or none will come any more."""
        self._more.set()

    async def gather(self, waiting: Sequence[Request], enough: Callable[[], bool]) -> None:
        """Returns once `enough` holds, nobody waits, or the first of those that do has done so for the delay."""
        while self._delay_s and waiting and not enough():
            left = waiting[0].queued + self._delay_s - time.perf_counter()
            if left <= 0:
                return
            self._more.clear()
            try:
                async with asyncio.timeout(left):
                    await self._more.wait()
            except TimeoutError:
                return
