"""A step that is done again and again outlives its own faults, in a thread as on the event loop."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import pytest

from service.periodic import repeated


@pytest.mark.parametrize("in_a_thread", [True, False])
def test_a_step_that_fails_is_not_the_last(in_a_thread: bool, caplog: pytest.LogCaptureFixture) -> None:
    steps = 0
    done = asyncio.Event()

    async def test() -> None:
        loop = asyncio.get_running_loop()

        def step() -> None:
            nonlocal steps
            steps += 1
            if steps == 3:
                loop.call_soon_threadsafe(done.set)
            raise ValueError("once more")

        with ThreadPoolExecutor(1) if in_a_thread else nullcontext() as executor:
            async with repeated(step, 0, executor):
                await done.wait()
            after = steps
            await asyncio.sleep(0.02)
        assert steps == after  # it ends with the block

    asyncio.run(test())
    assert caplog.text.count("ValueError: once more") >= 2
