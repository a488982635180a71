"""Joining, splitting, refusing, dropping and failing, with a model that can be held still."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from service.errors import DeadlineExceeded, InferenceFailed, Overloaded, Unavailable
from service.inference.runtime.batcher import Answer, Batcher, BatchLimits
from tests.service.inference.conftest import Heard

Array = NDArray[np.float32]


class Doubling:
    """A model that gives [x, 2x] for each number x. It waits while `open` is not set, and fails on -1.

    It takes at least `seconds`: long enough by default to be worth a thread.
    """

    def __init__(self) -> None:
        self.open = threading.Event()
        self.open.set()
        self.seconds = 0.001
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
        return Batcher("doubling", model, BatchLimits(**limits), executor, heard)

    return batcher


def images(*values: float) -> Array:
    return np.array(values, np.float32)[:, None]


async def held(batcher: Batcher, model: Doubling) -> asyncio.Task[Answer]:
    """A request that is in the model, which is held still: what comes now has to wait."""
    model.open.clear()
    task = asyncio.create_task(batcher.submit(images(0)))
    while batcher._task is None or batcher._waiting:
        await asyncio.sleep(0.001)
    return task


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(test, 20))


def test_each_caller_gets_its_own_rows(make: Callable[..., Batcher]) -> None:
    async def test() -> None:
        batcher = make(max_batch=8)
        answers = await asyncio.gather(*(batcher.submit(images(k, k + 0.5)) for k in range(50)))
        for k, answer in enumerate(answers):
            np.testing.assert_array_equal(answer.rows, [[k, 2 * k], [k + 0.5, 2 * k + 1]])
            assert answer.queue_s >= 0
            assert answer.compute_s > 0

    run(test())


def test_a_batch_takes_what_is_waiting(make: Callable[..., Batcher], model: Doubling, heard: Heard) -> None:
    async def test() -> None:
        batcher = make(max_batch=32)
        first = await held(batcher, model)
        others = [asyncio.create_task(batcher.submit(images(k))) for k in range(1, 41)]
        await asyncio.sleep(0)
        model.open.set()
        await asyncio.gather(first, *others)
        assert [len(batch) for batch in model.seen] == [1, 32, 8]
        assert heard.batches == [("doubling", 1, 1), ("doubling", 32, 32), ("doubling", 8, 8)]

    run(test())


def test_a_request_larger_than_a_batch_is_split_and_put_together(make: Callable[..., Batcher], model: Doubling) -> None:
    async def test() -> None:
        answer = await make(max_batch=32).submit(images(*range(70)))
        assert [len(batch) for batch in model.seen] == [32, 32, 6]
        assert answer.rows[:, 0].tolist() == list(range(70))
        assert answer.rows[:, 1].tolist() == list(range(0, 140, 2))

    run(test())


def test_a_request_that_fits_into_a_batch_is_kept_whole(make: Callable[..., Batcher], model: Doubling) -> None:
    async def test() -> None:
        batcher = make(max_batch=4)
        first = await held(batcher, model)
        others = [asyncio.create_task(batcher.submit(images(*values))) for values in ((1, 1, 1), (2, 2), (3,))]
        await asyncio.sleep(0)
        model.open.set()
        await asyncio.gather(first, *others)
        assert model.seen == [[0], [1, 1, 1], [2, 2, 3]]

    run(test())


def test_a_full_queue_refuses_and_says_when_to_come_back(
    make: Callable[..., Batcher], model: Doubling, heard: Heard
) -> None:
    async def test() -> None:
        batcher = make(max_queue=3)
        first = await held(batcher, model)
        others = [asyncio.create_task(batcher.submit(images(k))) for k in (1, 2, 3)]
        await asyncio.sleep(0)
        with pytest.raises(Overloaded, match="queue of doubling is full: 3 requests") as caught:
            await batcher.submit(images(4))
        assert caught.value.retry_after == 1
        assert heard.refusals == [("doubling", "queue_full")]
        model.open.set()
        await asyncio.gather(first, *others)
        assert (await batcher.submit(images(4))).rows.tolist() == [[4, 8]]

    run(test())


def test_the_time_to_come_back_follows_from_the_models_pace(make: Callable[..., Batcher], model: Doubling) -> None:
    async def test() -> None:
        batcher = make(max_queue=10, max_batch=1)
        slow = await held(batcher, model)
        await asyncio.sleep(0.3)
        model.open.set()
        await slow  # 0.3 s an image
        first = await held(batcher, model)
        others = [asyncio.create_task(batcher.submit(images(k))) for k in range(10)]
        await asyncio.sleep(0)
        with pytest.raises(Overloaded) as caught:
            batcher.check_room()
        assert 3 <= caught.value.retry_after <= 6
        model.open.set()
        await asyncio.gather(first, *others)

    run(test())


def test_images_count_as_well_as_requests(make: Callable[..., Batcher], model: Doubling) -> None:
    async def test() -> None:
        batcher = make(max_queue=2, max_batch=4)
        first = await held(batcher, model)
        large = asyncio.create_task(batcher.submit(images(*range(8))))
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await batcher.submit(images(1))
        model.open.set()
        await asyncio.gather(first, large)

    run(test())


def test_who_waits_past_the_deadline_is_told_and_not_run(
    make: Callable[..., Batcher], model: Doubling, heard: Heard
) -> None:
    async def test() -> None:
        batcher = make(timeout_s=5)
        first = await held(batcher, model)
        late = asyncio.create_task(batcher.submit(images(1), asyncio.get_running_loop().time() + 0.02))
        patient = asyncio.create_task(batcher.submit(images(2)))
        await asyncio.sleep(0.1)
        model.open.set()
        with pytest.raises(DeadlineExceeded, match="waited too long for doubling"):
            await late
        await asyncio.gather(first, patient)
        assert model.seen == [[0], [2]]
        assert heard.refusals == [("doubling", "deadline")]

    run(test())


def test_the_queue_has_a_timeout_of_its_own(make: Callable[..., Batcher], model: Doubling) -> None:
    async def test() -> None:
        batcher = make(timeout_s=0.02)
        first = await held(batcher, model)
        late = asyncio.create_task(batcher.submit(images(1)))
        await asyncio.sleep(0.1)
        model.open.set()
        with pytest.raises(DeadlineExceeded):
            await late
        await first

    run(test())


def test_who_has_left_is_dropped(make: Callable[..., Batcher], model: Doubling, heard: Heard) -> None:
    async def test() -> None:
        batcher = make(max_queue=2)
        first = await held(batcher, model)
        leaving = asyncio.create_task(batcher.submit(images(1)))
        staying = asyncio.create_task(batcher.submit(images(2)))
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.sleep(0.01)
        third = asyncio.create_task(batcher.submit(images(3)))  # the place is free again
        await asyncio.sleep(0)
        model.open.set()
        await asyncio.gather(first, staying, third)
        assert model.seen == [[0], [2, 3]]
        assert heard.refusals == [("doubling", "caller_left")]

    run(test())


def test_who_leaves_in_the_middle_of_a_batch_harms_nobody(make: Callable[..., Batcher], model: Doubling) -> None:
    async def test() -> None:
        batcher = make()
        leaving = await held(batcher, model)
        waiting = asyncio.create_task(batcher.submit(images(1)))
        leaving.cancel()
        await asyncio.sleep(0.01)
        model.open.set()
        assert (await waiting).rows.tolist() == [[1, 2]]

    run(test())


def test_a_failed_batch_fails_for_its_callers_only(make: Callable[..., Batcher], model: Doubling) -> None:
    async def test() -> None:
        batcher = make(max_batch=2)
        first = await held(batcher, model)
        bad = asyncio.create_task(batcher.submit(images(-1)))
        neighbour = asyncio.create_task(batcher.submit(images(1)))
        other = asyncio.create_task(batcher.submit(images(2)))
        await asyncio.sleep(0)
        model.open.set()
        await first
        for task in (bad, neighbour):
            with pytest.raises(InferenceFailed) as caught:
                await task
            assert "secret" not in caught.value.message
        assert (await other).rows.tolist() == [[2, 4]]
        assert batcher.statistics.fail.count == 2
        assert batcher.statistics.success.count == 2

    run(test())


def test_a_large_request_ends_with_its_first_failed_part(make: Callable[..., Batcher], model: Doubling) -> None:
    async def test() -> None:
        batcher = make(max_batch=2)
        with pytest.raises(InferenceFailed):
            await batcher.submit(images(-1, 1, 2, 3, 4, 5))
        assert (await batcher.submit(images(7))).rows.tolist() == [[7, 14]]
        assert model.seen == [[-1, 1], [7]]

    run(test())


def test_close_answers_those_who_wait_and_refuses_others(make: Callable[..., Batcher], model: Doubling) -> None:
    async def test() -> None:
        batcher = make()
        first = await held(batcher, model)
        waiting = asyncio.create_task(batcher.submit(images(1)))
        await asyncio.sleep(0)
        closing = asyncio.create_task(batcher.close())
        await asyncio.sleep(0)
        with pytest.raises(Unavailable, match="shutting down"):
            await batcher.submit(images(2))
        assert not closing.done()
        model.open.set()
        await closing
        assert first.done()
        assert (await waiting).rows.tolist() == [[1, 2]]

    run(test())


def test_statistics_count_images_batches_and_requests(make: Callable[..., Batcher]) -> None:
    async def test() -> None:
        batcher = make(max_batch=2)
        await batcher.submit(images(1))
        await batcher.submit(images(1, 2, 3))
        statistics = batcher.statistics
        assert (statistics.inference_count, statistics.execution_count) == (4, 3)
        assert statistics.success.count == statistics.queue.count == 2
        assert sorted(statistics.batches) == [1, 2]
        assert statistics.batches[1].compute_infer.count == 2
        assert statistics.batches[2].compute_infer.ns > 0
        assert statistics.last_inference_ms > 1_600_000_000_000

    run(test())


def test_only_a_quick_run_is_done_in_the_loops_own_thread(make: Callable[..., Batcher], model: Doubling) -> None:
    async def test() -> None:
        own = threading.get_ident()
        slow = make()
        for _ in range(20):
            await slow.submit(images(1))
        assert own not in model.threads
        model.seconds = 0
        quick = make(max_batch=100_000)
        for k in range(200):
            assert (await quick.submit(images(k))).rows.tolist() == [[k, 2 * k]]
        assert own in model.threads
        model.threads.clear()
        await quick.submit(np.zeros((100_000, 1), np.float32))  # that many at a time are no quick run
        assert own not in model.threads

    run(test())


def test_the_loop_gets_its_turn_between_quick_runs(make: Callable[..., Batcher], model: Doubling) -> None:
    async def test() -> None:
        model.seconds = 0
        batcher = make(max_batch=1)
        for k in range(200):
            await batcher.submit(images(k))
        turns = 0
        waiting = [asyncio.create_task(batcher.submit(images(k))) for k in range(50)]
        while not all(task.done() for task in waiting):
            turns += 1
            await asyncio.sleep(0)
        assert turns > 40

    run(test())
