"""The queue holds no more than a time of work, once batches have shown how long an image takes."""

import asyncio
import math
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from service.errors import Overloaded
from service.inference.runtime.batch import BatchLimits
from service.inference.runtime.batcher import Batcher
from service.inference.runtime.tensors import Tensors
from tests.service.inference.conftest import Heard
from tests.service.inference.runtime.conftest import images


def _slow(inputs: Tensors) -> Tensors:
    time.sleep(0.05)
    return inputs


def test_who_would_wait_too_long_is_refused(heard: Heard) -> None:
    async def test() -> None:
        with ThreadPoolExecutor(1) as executor:
            limits = BatchLimits(max_batch=1, max_queue=1000, work_s=0.4)
            batcher = Batcher("slow", _slow, limits, executor, heard)
            await batcher.submit(images(1))
            taken: list[Any] = []
            refused: list[Overloaded] = []
            for _ in range(50):
                try:
                    batcher.enqueue((images(1),), math.inf, taken.append)
                except Overloaded as error:
                    refused.append(error)
            assert 41 <= len(refused) <= 49
            assert refused[0].retry_after == 1
            await batcher.close()
            assert len(taken) == 50 - len(refused)

    asyncio.run(test())
