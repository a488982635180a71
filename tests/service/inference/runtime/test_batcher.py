"""Joining, splitting, failing and closing, with a model that can be held still."""

import asyncio
import math
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from service.errors import DeadlineExceeded, InferenceFailed, InvalidInput, Overloaded, Unavailable
from service.inference.runtime.batch import BatchLimits
from service.inference.runtime.batcher import Batcher
from service.inference.runtime.request import Answer
from tests.service.inference.conftest import Heard
from tests.service.inference.runtime.conftest import Doubling, held, images, run


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
        assert heard.batches == [("doubling", 1), ("doubling", 32), ("doubling", 8)]

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
        assert turns > 5  # eight early ones in each

    run(test())


def test_what_one_turn_reads_does_not_fill_the_queue(make: Callable[..., Batcher], model: Doubling) -> None:
    async def test() -> None:
        model.seconds = 0
        batcher = make(max_batch=2, max_queue=8)
        for k in range(200):
            await batcher.submit(images(k))
        answers = await asyncio.gather(*(batcher.submit(images(k)) for k in range(400)))
        assert [answer.rows[0, 0] for answer in answers] == list(range(400))

    run(test())


def test_a_request_without_images_is_refused_and_harms_nobody(make: Callable[..., Batcher], model: Doubling) -> None:
    async def test() -> None:
        batcher = make(max_batch=1)
        first = await held(batcher, model)
        with pytest.raises(InvalidInput, match="holds no images"):
            await batcher.submit(np.zeros((0, 1), np.float32))
        others = [asyncio.create_task(batcher.submit(images(k))) for k in range(3)]
        model.open.set()
        await asyncio.gather(first, *others)

    run(test())


class Deaf(Heard):
    """An observer whose disk is full."""

    def stage(self, model: str, stage: str, seconds: float) -> None:
        raise OSError(f"No space left on device for {model}, {stage}, {seconds}")

    def batch(self, model: str, size: int) -> None:
        raise OSError(f"No space left on device for {model}, {size}")

    def refused(self, model: str, reason: str) -> None:
        raise OSError(f"No space left on device for {model}, {reason}")


def test_an_observer_that_fails_costs_nobody_an_answer(
    model: Doubling, executor: ThreadPoolExecutor, caplog: pytest.LogCaptureFixture
) -> None:
    async def test() -> None:
        batcher = Batcher(
            "doubling", lambda inputs: (model(*inputs),), BatchLimits(max_batch=1, max_queue=3), executor, Deaf()
        )
        first = await held(batcher, model)
        others = [asyncio.create_task(batcher.submit(images(k))) for k in range(4)]
        model.open.set()
        answers = await asyncio.gather(first, *others, return_exceptions=True)
        assert [type(answer) for answer in answers] == [Answer] * 4 + [Overloaded]

    run(test())
    assert "No space left on device" in caplog.text


def test_callbacks_are_called_once_and_not_once_their_caller_left(
    make: Callable[..., Batcher], model: Doubling, caplog: pytest.LogCaptureFixture
) -> None:
    """A front without futures: what it raises is its own, and nobody else's."""

    async def test() -> None:
        batcher, told = make(), list[tuple[int, Any]]()
        running = await held(batcher, model)

        def fail(_outcome: Any) -> None:
            raise ValueError("the front's own fault")

        batcher.enqueue((images(1, 2),), math.inf, lambda outcome: told.append((1, outcome)))
        batcher.enqueue((images(3),), math.inf, fail)
        left = batcher.enqueue((images(4),), math.inf, lambda outcome: told.append((4, outcome)))
        batcher.enqueue((images(5),), math.inf, lambda outcome: told.append((5, outcome)))
        batcher.leave(left)
        batcher.leave(left)
        model.open.set()
        await running
        await batcher.close()
        assert [(who, answer.rows.tolist()) for who, answer in told] == [(1, [[1, 2], [2, 4]]), (5, [[5, 10]])]
        assert (batcher.statistics.success.count, batcher.statistics.fail.count) == (4, 1)

    run(test())
    assert "the front's own fault" in caplog.text


@pytest.mark.parametrize("seed", range(5))
def test_every_accepted_request_ends_once(make: Callable[..., Batcher], model: Doubling, seed: int) -> None:
    """Sizes, deadlines, callers who leave and batches that fail, at random: each gets its own rows or one error."""

    async def caller(batcher: Batcher, rng: np.random.Generator, k: int) -> str:
        values = [float(k)] * int(rng.integers(1, 7)) + ([-1.0] if rng.random() < 0.1 else [])
        deadline = asyncio.get_running_loop().time() + float(rng.choice([0.002, 0.05, 5]))
        task = asyncio.create_task(batcher.submit(images(*values), deadline=deadline))
        if rng.random() < 0.2:
            await asyncio.sleep(float(rng.uniform(0, 0.02)))
            task.cancel()
        try:
            rows = (await task).rows
        except (DeadlineExceeded, InferenceFailed, Overloaded, asyncio.CancelledError) as error:
            return type(error).__name__
        assert rows.tolist() == [[v, 2 * v] for v in values]
        return "answered"

    async def test() -> None:
        model.seconds = 0.0003
        rng, batcher = np.random.default_rng(seed), make(max_batch=4, max_queue=40)
        ends = await asyncio.gather(*(caller(batcher, rng, k) for k in range(200)))
        await batcher.close()
        counted = batcher.statistics
        assert counted.success.count >= ends.count("answered") > 0
        assert counted.success.count + counted.fail.count == len(ends) - ends.count("Overloaded")

    run(test())
