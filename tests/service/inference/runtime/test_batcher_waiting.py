"""Who waits in front of a model that is held still: refused, late, or gone before the answer."""

import asyncio
import math
from collections.abc import Callable

import pytest

from service.errors import DeadlineExceeded, Overloaded
from service.inference.runtime.batcher import Batcher
from tests.service.inference.conftest import Heard
from tests.service.inference.runtime.conftest import Doubling, held, images, run


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
        model.seconds = 0.15
        await batcher.submit(images(0))
        times = batcher.statistics.batches[1]
        seconds_an_image = (times.compute_input.ns + times.compute_infer.ns) / 1e9
        first = await held(batcher, model)
        others = [asyncio.create_task(batcher.submit(images(k))) for k in range(10)]
        await asyncio.sleep(0)
        with pytest.raises(Overloaded) as caught:
            batcher.check_capacity()
        assert 2 <= caught.value.retry_after == math.ceil(10 * seconds_an_image)
        model.seconds = 0
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
        with pytest.raises(DeadlineExceeded, match="waited too long for doubling"):
            await late
        model.open.set()
        await asyncio.gather(first, patient)
        assert model.seen == [[0], [2]]
        assert heard.refusals == [("doubling", "deadline")]

    run(test())


def test_the_queue_has_a_timeout_of_its_own(make: Callable[..., Batcher], model: Doubling) -> None:
    async def test() -> None:
        batcher = make(timeout_s=0.02)
        first = await held(batcher, model)
        late = asyncio.create_task(batcher.submit(images(1)))
        with pytest.raises(DeadlineExceeded):
            await late
        assert not first.done()
        model.open.set()
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
        with pytest.raises(asyncio.CancelledError):
            await leaving
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
        with pytest.raises(asyncio.CancelledError):
            await leaving
        model.open.set()
        assert (await waiting).rows.tolist() == [[1, 2]]

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
