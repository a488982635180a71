"""Work that is no longer wanted ends; work that is wanted does not notice."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any

import pytest

from service.api.deadline import ASKS_AFTER_S, CallerLeft, Deadline
from service.errors import DeadlineExceeded


class Connection:
    """What ASGI tells of a connection after the body: nothing, until the caller leaves."""

    def __init__(self) -> None:
        self.left = asyncio.Event()
        self.asked = 0

    async def receive(self) -> dict[str, Any]:
        self.asked += 1
        await self.left.wait()
        return {"type": "http.disconnect"}


class Skipping(selectors.SelectSelector):
    """Waits for nothing: the time that it was to wait has passed on its own clock."""

    now = 0.0  # s

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout:
            self.now += timeout
        return ready


class Loop(asyncio.SelectorEventLoop):
    """Jumps to its next timer where nothing else is to be done, so that seconds cost no time and are exact."""

    def __init__(self) -> None:
        self.clock = Skipping()
        super().__init__(self.clock)

    def time(self) -> float:
        return self.clock.now


def run(test: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=Loop) as runner:
        runner.run(asyncio.wait_for(test, 10))


def test_fast_work_is_not_watched() -> None:
    async def test() -> None:
        connection = Connection()
        async with Deadline(connection.receive, 5):
            await asyncio.sleep(0)
        await asyncio.sleep(2 * ASKS_AFTER_S)
        assert connection.asked == 0

    run(test())


def test_slow_work_within_its_deadline_ends_as_it_would() -> None:
    async def test() -> None:
        connection = Connection()
        async with Deadline(connection.receive, 5):
            await asyncio.sleep(2 * ASKS_AFTER_S)
        assert connection.asked == 1
        connection.left.set()
        await asyncio.sleep(0.01)  # nobody is cancelled any more

    run(test())


def test_work_past_its_deadline_is_ended() -> None:
    async def test() -> None:
        with pytest.raises(DeadlineExceeded, match=r"longer than 0\.08 seconds"):
            async with Deadline(Connection().receive, 0.08):
                await asyncio.sleep(5)
        assert asyncio.get_running_loop().time() == pytest.approx(0.08)
        await asyncio.sleep(0)  # the task itself goes on

    run(test())


def test_work_for_a_caller_who_left_is_ended() -> None:
    async def test() -> None:
        connection = Connection()
        asyncio.get_running_loop().call_later(0.1, connection.left.set)
        with pytest.raises(CallerLeft):
            async with Deadline(connection.receive, 5):
                await asyncio.sleep(5)

    run(test())


def test_an_error_of_the_work_is_its_own() -> None:
    async def test() -> None:
        with pytest.raises(ValueError, match="own"):
            async with Deadline(Connection().receive, 5):
                raise ValueError("own")

    run(test())


def test_a_cancellation_from_outside_stays_one() -> None:
    async def work() -> None:
        async with Deadline(Connection().receive, 5):
            await asyncio.sleep(5)

    async def test() -> None:
        task = asyncio.create_task(work())
        await asyncio.sleep(2 * ASKS_AFTER_S)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(test())
