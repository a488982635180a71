"""A model that can be held still, and batchers in front of it."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from service.inference.runtime.batch import BatchLimits
from service.inference.runtime.batcher import Batcher
from service.inference.runtime.request import Answer
from tests.service.inference.conftest import Heard

Array = NDArray[np.float32]


class Doubling:
    """A model that gives [x, 2x] for each number x. It waits while `open` is not set, and fails on -1.

    It takes at least `seconds`: long enough by default to be worth a thread.
    """

    def __init__(self) -> None:
        self.open = threading.Event()
        self.open.set()
        self.seconds = 0.002
        self.seen: list[list[float]] = []
        self.threads: list[int] = []

    def __call__(self, tensor: Array) -> Array:
        assert self.open.wait(10)
        time.sleep(self.seconds * len(tensor))
        self.threads.append(threading.get_ident())
        self.seen.append(tensor[:, 0].tolist())
        if (tensor == -1).any():
            raise RuntimeError("secret of the runtime")
        return np.concatenate([tensor, 2 * tensor], axis=1)


@pytest.fixture
def model() -> Doubling:
    return Doubling()


@pytest.fixture
def make(model: Doubling, executor: ThreadPoolExecutor, heard: Heard) -> Callable[..., Batcher]:
    def batcher(**limits: Any) -> Batcher:
        return Batcher("doubling", lambda inputs: (model(*inputs),), BatchLimits(**limits), executor, heard)

    return batcher


def images(*values: float) -> Array:
    return np.array(values, np.float32)[:, None]


async def held(batcher: Batcher, model: Doubling) -> asyncio.Task[Answer]:
    """A request that is in the model, which is held still: what comes now has to wait."""
    model.open.clear()
    task = asyncio.create_task(batcher.submit(images(0)))
    while not batcher._busy or batcher._waiting:
        await asyncio.sleep(0.001)
    return task


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(test, 20))
