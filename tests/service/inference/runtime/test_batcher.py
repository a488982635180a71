"""Joining, splitting, refusing, dropping and failing, with a model that can be held still."""

import asyncio
import math
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from service.errors import DeadlineExceeded, InferenceFailed, InvalidInput, Overloaded, Unavailable
from service.inference.runtime.batcher import Batcher, BatchLimits
from service.inference.runtime.request import Answer
from service.inference.runtime.tensors import Tensors
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
        return Batcher("doubling", lambda inputs: (model(*inputs),), BatchLimits(**limits), executor, heard)

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
            batcher.check_capacity()
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
        late = asyncio.create_task(batcher.submit(images(1), deadline=asyncio.get_running_loop().time() + 0.02))
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


def test_who_is_late_is_told_while_the_model_is_still_busy(
    make: Callable[..., Batcher], model: Doubling, heard: Heard
) -> None:
    async def test() -> None:
        batcher = make()
        running = await held(batcher, model)
        late = asyncio.create_task(batcher.submit(images(1), deadline=asyncio.get_running_loop().time() + 0.02))
        with pytest.raises(DeadlineExceeded):
            await late
        assert not running.done()
        assert (heard.refusals, batcher.statistics.fail.count) == ([("doubling", "deadline")], 1)
        model.open.set()
        await running
        assert model.seen == [[0]]

    run(test())


def test_a_deadline_that_passes_during_the_run_is_counted_as_one(
    make: Callable[..., Batcher], model: Doubling, heard: Heard
) -> None:
    """The route's own deadline cancels the task at the same time: it is no caller that left."""

    async def test() -> None:
        batcher = make()
        model.open.clear()
        at = asyncio.get_running_loop().time() + 0.02
        with pytest.raises((DeadlineExceeded, TimeoutError)):
            async with asyncio.timeout_at(at):
                await batcher.submit(images(0), deadline=at)
        model.open.set()
        assert heard.refusals == [("doubling", "deadline")]
        assert (await batcher.submit(images(1))).rows.tolist() == [[1, 2]]
        assert (batcher.statistics.success.count, batcher.statistics.fail.count) == (1, 1)

    run(test())


def test_who_leaves_during_its_run_is_counted_once(make: Callable[..., Batcher], model: Doubling, heard: Heard) -> None:
    async def test() -> None:
        batcher = make()
        leaving = await held(batcher, model)
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        model.open.set()
        await batcher.submit(images(1))
        assert heard.refusals == [("doubling", "caller_left")]
        assert (batcher.statistics.success.count, batcher.statistics.fail.count) == (1, 1)

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

    def batch(self, model: str, size: int) -> None:  # noqa: ARG002
        raise OSError("No space left on device")

    stage = refused = batch  # type: ignore[assignment]


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
    while batcher._task is None or batcher._waiting:
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
        requests = [*of_width(3, rows=70), *of_width(3), tuple(np.float32([1, 2]))]
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
