"""Models of several inputs and outputs, of free shapes, and without batches."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from service.errors import InvalidInput
from service.inference.runtime.batch import BatchLimits
from service.inference.runtime.batcher import Batcher
from service.inference.runtime.request import Answer
from service.inference.runtime.tensors import Tensors
from tests.service.inference.conftest import Heard
from tests.service.inference.runtime.conftest import run


class Recording:
    """A model of two inputs that gives `a + b` and `a`. It waits while `open` is not set."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.open.set()
        self.seen: list[tuple[int, ...]] = []

    def __call__(self, inputs: Tensors) -> Tensors:
        assert self.open.wait(10)
        a, b = inputs
        self.seen.append(a.shape)
        return a + b, a


async def all_at_once(batcher: Batcher, recording: Recording, requests: list[Tensors]) -> list[Answer]:
    """Answers of requests that wait together, behind one that is in the model."""
    recording.open.clear()
    first = asyncio.create_task(batcher.submit(*requests[0]))
    while not batcher._busy or batcher._waiting:
        await asyncio.sleep(0.001)
    others = [asyncio.create_task(batcher.submit(*inputs)) for inputs in requests[1:]]
    await asyncio.sleep(0)
    recording.open.set()
    return await asyncio.gather(first, *others)


def of_width(*widths: int, rows: int = 2) -> list[Tensors]:
    generator = np.random.default_rng(3)
    return [tuple(generator.random((2, rows, width), np.float32)) for width in widths]


def check(requests: list[Tensors], answers: list[Answer]) -> None:
    for (a, b), answer in zip(requests, answers, strict=True):
        total, same = answer.outputs
        np.testing.assert_array_equal(total, a + b)
        np.testing.assert_array_equal(same, a)


def test_every_input_and_output_is_joined_split_and_put_together(executor: ThreadPoolExecutor, heard: Heard) -> None:
    async def test() -> None:
        recording = Recording()
        batcher = Batcher("two", recording, BatchLimits(max_batch=4), executor, heard)
        requests = [*of_width(3, 3, 3), *of_width(3, rows=9), *of_width(3, rows=1)]
        check(requests, await all_at_once(batcher, recording, requests))
        assert [rows for rows, _ in recording.seen] == [2, 4, 4, 4, 2]

    run(test())


def test_requests_of_other_shapes_are_in_other_batches(executor: ThreadPoolExecutor, heard: Heard) -> None:
    async def test() -> None:
        recording = Recording()
        batcher = Batcher("two", recording, BatchLimits(), executor, heard, free_shape=True)
        requests = of_width(1, 3, 3, 4, 4, 4, 3)
        check(requests, await all_at_once(batcher, recording, requests))
        assert recording.seen == [(2, 1), (4, 3), (6, 4), (2, 3)]

    run(test())


def test_without_batches_a_request_is_run_alone_with_its_whole_shape(
    executor: ThreadPoolExecutor, heard: Heard
) -> None:
    async def test() -> None:
        recording = Recording()
        batcher = Batcher("two", recording, BatchLimits(max_batch=0, max_queue=2), executor, heard)
        requests = [*of_width(3, rows=70), *of_width(3), tuple(np.array([1, 2], np.float32))]
        check(requests, await all_at_once(batcher, recording, requests))
        assert recording.seen == [(70, 3), (2, 3), ()]
        assert batcher.statistics.inference_count == 3

    run(test())


def test_where_shapes_are_free_a_failure_is_that_of_the_shapes(executor: ThreadPoolExecutor, heard: Heard) -> None:
    """The model's dimensions depend on each other in ways that nobody told us."""

    async def test() -> None:
        batcher = Batcher("two", Recording(), BatchLimits(), executor, heard, free_shape=True)
        with pytest.raises(InvalidInput, match="two cannot compute with inputs of these shapes"):
            await batcher.submit(np.zeros((1, 2), np.float32), np.zeros((1, 3), np.float32))

    run(test())
