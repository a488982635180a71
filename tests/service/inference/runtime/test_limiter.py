"""Room for a few at a time: who finds none is told so at once, and room is given back however the work ends."""

import asyncio

import pytest

from service.errors import Overloaded
from service.inference.runtime.limiter import Limiter


def test_jobs_take_turns_and_the_one_too_many_is_refused() -> None:
    async def run() -> list[str]:
        limiter, told, go = Limiter(1, 1, "pictures"), list[str](), asyncio.Event()

        async def job(name: str) -> None:
            async with limiter:
                told.append(name)
                await go.wait()

        first, second = asyncio.create_task(job("first")), asyncio.create_task(job("second"))
        await asyncio.sleep(0)
        with pytest.raises(Overloaded, match="2 pictures are worked on or wait already"):
            await job("third")
        assert told == ["first"]
        go.set()
        await asyncio.gather(first, second)
        await job("fourth")
        return told

    assert asyncio.run(run()) == ["first", "second", "fourth"]


def test_who_leaves_while_waiting_gives_the_place_back() -> None:
    async def run() -> None:
        limiter = Limiter(1, 1, "pictures")
        async with limiter:
            waiting = asyncio.create_task(limiter.__aenter__())
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            later = asyncio.create_task(limiter.__aenter__())
            await asyncio.sleep(0)
            assert not later.done()
        await later

    asyncio.run(run())
