"""`max_queue_delay_microseconds`: a batch that is not full waits for more, for no longer than it says."""

import asyncio
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from service.errors import DeadlineExceeded, FeaturemapError
from service.inference.runtime.batch import BatchLimits
from service.inference.runtime.batcher import Batcher
from service.inference.runtime.request import Answer
from service.inference.runtime.tensors import Tensors
from tests.service.inference.conftest import Heard

LONG = 60.0  # seconds: no test waits for it
ONE = np.ones((1, 2), np.float32)
Make = Callable[..., Batcher]


@pytest.fixture
def make(executor: ThreadPoolExecutor, heard: Heard) -> Make:
    def run(inputs: Tensors) -> Tensors:
        return inputs

    def batcher(**limits: Any) -> Batcher:
        return Batcher("waits", run, BatchLimits(max_batch=4, **limits), executor, heard)

    return batcher


def test_a_full_batch_does_not_wait_out_the_delay(make: Make, heard: Heard) -> None:
    async def test() -> None:
        batcher, tasks = make(delay_s=LONG, timeout_s=LONG), []
        for _ in range(4):
            tasks.append(asyncio.create_task(batcher.submit(ONE)))
            await asyncio.sleep(0.01)
        await asyncio.gather(*tasks)

    asyncio.run(test())
    assert heard.batches == [("waits", 4)]


def test_without_a_delay_each_runs_as_it_comes(make: Make, heard: Heard) -> None:
    async def test() -> None:
        batcher = make()
        for _ in range(3):
            await batcher.submit(ONE)

    asyncio.run(test())
    assert heard.batches == [("waits", 1)] * 3


def test_who_is_alone_is_answered_once_the_delay_is_over(make: Make, heard: Heard) -> None:
    async def test() -> float:
        answer = await make(delay_s=0.05).submit(ONE)
        return answer.queue_s

    assert asyncio.run(test()) >= 0.05
    assert heard.batches == [("waits", 1)]


def test_a_deadline_is_kept_while_the_batch_waits(make: Make, heard: Heard) -> None:
    async def test() -> None:
        batcher = make(delay_s=LONG, timeout_s=LONG)
        late = asyncio.create_task(batcher.submit(ONE, deadline=asyncio.get_running_loop().time() + 0.02))
        rest = [asyncio.create_task(batcher.submit(ONE)) for _ in range(2)]
        with pytest.raises(DeadlineExceeded):
            await late
        rest += [asyncio.create_task(batcher.submit(ONE)) for _ in range(2)]
        await asyncio.gather(*rest)

    asyncio.run(test())
    assert heard.batches == [("waits", 4)]


def test_closing_lets_the_batch_wait_no_longer(make: Make, heard: Heard) -> None:
    async def test() -> None:
        batcher = make(delay_s=LONG, timeout_s=LONG)
        waiting = asyncio.create_task(batcher.submit(ONE))
        await asyncio.sleep(0)
        await batcher.close()
        await waiting

    asyncio.run(test())
    assert heard.batches == [("waits", 1)]


def test_what_is_left_of_a_full_batch_is_joined_by_who_is_read_next(make: Make, heard: Heard) -> None:
    async def test() -> None:
        batcher, answers = make(), list[Answer | FeaturemapError]()

        def come(count: int) -> None:
            for _ in range(count):
                batcher.enqueue((ONE,), math.inf, answers.append)

        for _ in range(3):
            await batcher.submit(ONE)  # it is known to be quick
        come(6)
        asyncio.get_running_loop().call_soon(come, 2)  # behind the batch that is due
        while len(answers) < 8:
            await asyncio.sleep(0)
        come(5)
        for _ in range(3):
            await asyncio.sleep(0)
        assert len(answers) == 13  # nobody came: it waits for one turn, and no more

    asyncio.run(test())
    assert [size for _, size in heard.batches] == [1, 1, 1, 4, 4, 4, 1]
