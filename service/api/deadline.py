"""How long a request is worked on: until its deadline, or until its caller leaves.

    async with Deadline(receive, seconds): ...   ->  the body's own result | DeadlineExceeded | CallerLeft

ASGI tells of a caller who left only to who asks. To ask costs a task, so it begins when a request is already
slow; the fast ones pay for one timer.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from types import TracebackType
from typing import Any, Self

from service.errors import DeadlineExceeded, FeaturemapError

ASKS_AFTER_S = 0.25
_CLOCK_S = 0.001  # a timer of the event loop may be early by its clock's resolution
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]  # ASGI's


class CallerLeft(Exception):
    """The connection is gone: nobody waits for the answer."""


def took_too_long(seconds: float) -> DeadlineExceeded:
    """The error for a request whose time, so many seconds, ran out."""
    return DeadlineExceeded(f"The request took longer than {seconds:g} seconds.")


def own_deadline(error: FeaturemapError, at: float, seconds: float) -> FeaturemapError:
    """The error that is told of a request which had `seconds`, until `at`: of a queue that has given up on it then,
    that its time is over."""
    late = isinstance(error, DeadlineExceeded) and asyncio.get_running_loop().time() >= at - _CLOCK_S
    return took_too_long(seconds) if late else error


class Deadline:
    """Cancels the work inside when it is no longer wanted. The request's body must have been read before."""

    def __init__(self, receive: Receive, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        self.at = loop.time() + seconds  # a time of the event loop
        self._receive = receive
        self._seconds = seconds
        self._cause: Exception | None = None
        self._watch: asyncio.Task[None] | None = None

    def own(self, error: FeaturemapError) -> FeaturemapError:
        """What is told of an error that was not raised."""
        return own_deadline(error, self.at, self._seconds)

    async def __aenter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._cancelling = task.cancelling()
        wait = min(ASKS_AFTER_S, self._seconds)
        self._timer = asyncio.get_running_loop().call_later(wait, self._begin_to_watch)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if self._watch is not None:
            self._watch.cancel()
        if self._cause is None:
            if isinstance(error, DeadlineExceeded):
                raise self.own(error) from None
            return
        # As asyncio.timeout does: our own cancellation becomes the cause, anybody else's stays one.
        if self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise self._cause from None

    def _begin_to_watch(self) -> None:
        self._watch = asyncio.get_running_loop().create_task(self._until_unwanted())

    async def _until_unwanted(self) -> None:
        try:
            async with asyncio.timeout_at(self.at):
                while (await self._receive())["type"] != "http.disconnect":
                    pass
            self._cause = CallerLeft()
        except TimeoutError:
            self._cause = took_too_long(self._seconds)
        self._task.cancel()
