"""What was read in a turn of the event loop is done in the next ones, stage by stage, and no more than in time."""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from service.api import backlog
from service.api.backlog import Backlog, Stages, Together
from service.datasets import read_test_set
from service.errors import Overloaded
from service.imaging.preprocessing.spec import PreprocessSpec
from service.inference.stages import Question, Ready

SLICE_S = 0.02


def of(*calls: Callable[[], object]) -> Stages:
    """A request whose stages are these."""
    for call in calls:
        call()
        yield None


def crowded(backlog: Backlog) -> Backlog:
    """As it is once requests do not come alone."""
    backlog._come_alone = False
    return backlog


def test_who_comes_alone_is_begun_at_once() -> None:
    async def run() -> None:
        backlog, done = Backlog(), list[int]()
        for turn in range(3):
            backlog.add(of(partial(done.append, turn)))
            assert done == list(range(turn + 1))
            await asyncio.sleep(0)
        for k in (3, 4, 5):
            backlog.add(of(partial(done.append, k)))
        assert done == [0, 1, 2, 3], "the others of this turn are done together"
        await asyncio.sleep(0)
        assert done == [0, 1, 2, 3, 4, 5]
        backlog.add(of(partial(done.append, 6)))
        assert done[-1] == 5, "the next may have company too"
        await asyncio.sleep(0)
        backlog.add(of(partial(done.append, 7)))
        assert done[-1] == 7

    asyncio.run(run())


def test_what_a_stage_asks_is_answered_together_and_each_goes_on_with_its_own() -> None:
    digits = read_test_set("mnist")[0][:6]
    told = dict[int, Ready | None]()

    def asking(k: int) -> Stages:
        told[k] = yield Question(digits[k], PreprocessSpec(recipe="digit"))
        if k == 2:
            raise RuntimeError("nobody foresaw it")
        if k == 4:
            return  # its client is gone
        assert (yield None) is None, "an answer is told once"

    async def run() -> None:
        waiting = Together()
        for k in range(6):
            waiting.add(asking(k))
        waiting.add(of(lambda: None))
        await asyncio.sleep(0)

    asyncio.run(run())
    assert sorted(told) == list(range(6))
    for k, answer in told.items():
        assert answer is not None
        assert np.array_equal(answer.prepared.pixels, digits[k])


def test_where_nobody_can_answer_each_finds_out_by_itself(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(backlog, "answer_together", lambda _: 1 / 0)
    digit, told = read_test_set("mnist")[0][0], list[Ready | None]()

    def asking() -> Stages:
        told.append((yield Question(digit, PreprocessSpec(recipe="digit"))))

    backlog.run_together([asking() for _ in range(5)])
    assert told == [None] * 5
    assert "ZeroDivisionError" in caplog.text


def test_all_go_through_a_stage_before_any_goes_on_and_in_order() -> None:
    async def run() -> None:
        known = crowded(Backlog())
        known.add(of())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        for waiting in (crowded(known), Together()):
            done = list[str]()
            for k in range(3):
                waiting.add(of(partial(done.append, f"parsed {k}"), partial(done.append, f"prepared {k}")))
            assert not done
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert done == [f"{stage} {k}" for stage in ("parsed", "prepared") for k in range(3)]

    asyncio.run(run())


def test_one_that_fails_ends_alone(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        backlog, done = Together(), list[int]()
        backlog.add(of(lambda: done.append(1), lambda: done.append(2)))
        backlog.add(of(lambda: done.append(1 // 0)))
        backlog.add(of(lambda: done.append(3)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert done == [1, 3, 2]

    asyncio.run(run())
    assert "ZeroDivisionError" in caplog.text


def test_what_waits_is_begun_in_order_and_before_what_comes_later() -> None:
    async def run() -> None:
        backlog, begun = crowded(Backlog()), list[int]()
        for k in range(100):
            backlog.add(of(partial(begun.append, k)))
        assert not begun
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert begun == list(range(100))

    asyncio.run(run())


def test_the_loop_gets_its_turn_between_slices() -> None:
    async def run() -> None:
        backlog, begun, turns = crowded(Backlog()), list[int](), 0

        def work() -> None:
            begun.append(1)
            time.sleep(1.1 * SLICE_S)

        for _ in range(6):
            backlog.add(of(work))
        while len(begun) < 6:
            turns += 1
            await asyncio.sleep(0)
        assert turns >= 6

    asyncio.run(run())


def test_few_are_done_in_one_turn_and_many_in_short_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left of few would be a small batch, and what a turn of many takes the others wait."""
    now = 0.0

    def work() -> None:
        nonlocal now
        now += 0.0002

    async def run(count: int) -> int:
        waiting, done, turns = crowded(Backlog()), list[int](), 0
        for k in range(count):
            waiting.add(of(work, partial(done.append, k)))
        while len(done) < count:
            turns += 1
            await asyncio.sleep(0)
        return turns

    monkeypatch.setattr(backlog, "time", SimpleNamespace(perf_counter=lambda: now))
    assert asyncio.run(run(64)) == 1  # 13 ms
    assert asyncio.run(run(128)) >= 3


def test_turns_are_left_to_those_who_connect_but_not_all() -> None:
    """One is let in a turn. While they come the work waits, as long as it takes to let in sixteen."""

    async def run(connections: int) -> int:
        backlog, begun, turns = crowded(Backlog()), list[int](), 0
        backlog.add(of(partial(begun.append, 1)))
        while not begun:
            if turns < connections:
                backlog.step_aside()
            turns += 1
            await asyncio.sleep(0)
        return turns

    assert asyncio.run(run(0)) == 1
    assert asyncio.run(run(1)) == 2
    assert asyncio.run(run(10)) == 11
    assert asyncio.run(run(1000)) == asyncio.run(run(100)) <= 20


def test_more_than_is_done_in_time_is_refused() -> None:
    async def run() -> None:
        backlog, done = crowded(Backlog(most_s=0.5)), asyncio.Event()
        backlog.add(of(lambda: time.sleep(0.15)))  # so long one takes
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        for _ in range(3):
            backlog.check()
            backlog.add(of())
        for _ in range(6):
            backlog.add(of(done.set))
        with pytest.raises(Overloaded, match=r"More requests wait than are answered within 0\.5 s"):
            backlog.check()
        await done.wait()
        await asyncio.sleep(0)
        backlog.check()

    asyncio.run(run())


def test_what_waits_has_half_of_the_time_where_reading_takes_long() -> None:
    """The loop reads, and refuses, for 40 ms in each turn: a slice of 5 ms would leave an eighth to the work."""

    async def run() -> int:
        backlog, turns = Backlog(), 0
        for _ in range(60):
            backlog.add(of(partial(time.sleep, 0.002)))
        while backlog._waiting:
            time.sleep(0.04)
            turns += 1
            await asyncio.sleep(0)
        return turns

    assert asyncio.run(run()) < 12


def test_a_slice_that_runs_a_batch_for_others_does_not_make_each_look_as_slow() -> None:
    async def run() -> None:
        backlog = Backlog(most_s=0.5)
        for k in range(400):  # every fortieth runs the batch of all forty
            backlog.add(of(partial(time.sleep, 0.02 if k % 40 == 0 else 0.0)))
        while backlog._waiting:
            await asyncio.sleep(0)
        for _ in range(100):
            backlog.add(of())
        assert not backlog.is_full()

    asyncio.run(run())
