"""How many requests of one kind are worked on at a time, and how many more may wait for their turn.

async with limiter: ...  ->  the work, in turn | Overloaded, at once
"""

import asyncio
from types import TracebackType

from service.errors import Overloaded


class Limiter:
    """For `jobs` at a time and `waiting` more. `what` names them in the sentence for who finds no room."""

    def __init__(self, jobs: int, waiting: int, what: str) -> None:
        self._turn = asyncio.Semaphore(jobs)
        self._left = self._most = jobs + waiting
        self._what = what

    async def __aenter__(self) -> None:
        if not self._left:
            raise Overloaded(f"{self._most} {self._what} are worked on or wait already. Try again soon.")
        self._left -= 1
        try:
            await self._turn.acquire()
        except BaseException:
            self._left += 1
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._turn.release()
        self._left += 1
