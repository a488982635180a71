"""Work for threads: in turn by cost, no more of it than is done in time, and nobody's turn is lost."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from service.errors import Overloaded
from service.inference.runtime.work_queue import WorkQueue


class Gate:
    """A thread that works until it is let go, and what was begun in it."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.begun: list[str] = []

    def work(self, name: str) -> str:
        self.begun.append(name)
        assert self.open.wait(10)
        return name


@pytest.fixture
def one() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as executor:
        yield executor


async def begun(queue: WorkQueue, gate: Gate, seconds: float, name: str) -> "asyncio.Task[str]":
    task = asyncio.create_task(queue.run(seconds, gate.work, name))
    await asyncio.sleep(0)
    return task


def test_small_work_passes_large_and_large_is_done(one: ThreadPoolExecutor) -> None:
    async def run() -> list[str]:
        queue, gate = WorkQueue(one, 1, "pictures"), Gate()
        tasks = [await begun(queue, gate, s, name) for s, name in ((0.01, "first"), (0.5, "large"), (0.001, "small"))]
        gate.open.set()
        assert await asyncio.gather(*tasks) == ["first", "large", "small"]
        return gate.begun

    assert asyncio.run(run()) == ["first", "small", "large"]


def test_large_work_is_not_passed_for_ever(one: ThreadPoolExecutor) -> None:
    async def run() -> list[str]:
        queue, gate = WorkQueue(one, 1, "pictures"), Gate()
        tasks = [await begun(queue, gate, 0.001, "first"), await begun(queue, gate, 0.01, "large")]
        await asyncio.sleep(0.2)  # eight times its own seconds are over
        tasks.append(await begun(queue, gate, 0.001, "late"))
        gate.open.set()
        await asyncio.gather(*tasks)
        return gate.begun

    assert asyncio.run(run()) == ["first", "large", "late"]


def test_more_than_is_done_in_time_is_refused(one: ThreadPoolExecutor) -> None:
    async def run() -> None:
        queue, gate = WorkQueue(one, 1, "pictures", most_s=2), Gate()
        tasks = [await begun(queue, gate, 1.0, name) for name in "abc"]  # one of them runs
        queue.check()
        tasks.append(await begun(queue, gate, 1.0, "d"))
        with pytest.raises(Overloaded, match="More pictures wait than are done within 2 s") as caught:
            queue.check()
        assert caught.value.retry_after == 3
        gate.open.set()
        await asyncio.gather(*tasks)
        queue.check()

    asyncio.run(run())


def test_who_leaves_while_waiting_is_not_worked_for(one: ThreadPoolExecutor) -> None:
    async def run() -> list[str]:
        queue, gate = WorkQueue(one, 1, "pictures", most_s=1), Gate()
        first, left, last = [await begun(queue, gate, 1.0, name) for name in ("first", "left", "last")]
        assert queue.is_full()
        left.cancel()
        await asyncio.gather(left, return_exceptions=True)
        assert not queue.is_full()
        gate.open.set()
        await asyncio.gather(first, last)
        return gate.begun

    assert asyncio.run(run()) == ["first", "last"]


def test_who_leaves_when_the_turn_comes_gives_it_on(one: ThreadPoolExecutor) -> None:
    async def run() -> None:
        queue, gate = WorkQueue(one, 1, "pictures"), Gate()
        gate.open.set()
        await queue._turn(1.0)  # the one thread is taken
        left = asyncio.create_task(queue.run(1.0, gate.work, "left"))
        await asyncio.sleep(0)
        queue._next()
        left.cancel()
        await asyncio.gather(left, return_exceptions=True)
        assert await asyncio.wait_for(queue.run(1.0, gate.work, "next"), 10) == "next"

    asyncio.run(run())


def test_work_that_fails_frees_its_thread(one: ThreadPoolExecutor) -> None:
    async def run() -> None:
        queue = WorkQueue(one, 1, "pictures")
        for _ in range(3):
            with pytest.raises(ValueError, match="invalid literal"):
                await queue.run(1.0, int, "x")
        assert await asyncio.wait_for(queue.run(1.0, int, "7"), 10) == 7

    asyncio.run(run())


def test_what_it_took_corrects_what_is_expected(one: ThreadPoolExecutor) -> None:
    async def run() -> None:
        queue = WorkQueue(one, 1, "pictures", most_s=1)
        for _ in range(100):
            await queue.run(1000.0, int, "1")  # it takes no thousand seconds
        gate = Gate()
        tasks = [await begun(queue, gate, 1000.0, name) for name in "abc"]
        assert not queue.is_full()
        gate.open.set()
        await asyncio.gather(*tasks)

    asyncio.run(run())
