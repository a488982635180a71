"""Requests of the short way, from their bodies to the batcher and from the batch to their answers, a stage at a time.

    read in this turn of the loop -> Backlog: all parsed, all prepared, all enqueued; a slice of it in each turn
    a batch's rows -> Together: all judged, then all written, then all sent
    more than can be done within a second -> refused

Stage by stage, as a processor's caches hold the code of one stage and not that of all: one request after the other, the
same work costs a sixth more (docs/performance.md).

The loop lets in one new connection a turn, so while they come some turns do nothing else.

Thousands of sockets may be ready in one turn. To read them all is little work, to answer them is much: so what is read
waits here, where it is counted, and who asks for something else, as for the service's health, is answered meanwhile.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

from service.errors import Overloaded
from service.inference.stages import Question, Ready, Staged, answer_together

_TURN_S = 0.005  # of work in a turn of the event loop
_WHOLE_S = 0.015  # the same where all who wait are few: the last of them would be a small batch
_MOST_LEFT_OUT = 16  # turns in a row: of hundreds that connect at once the last would wait for as many slices
_MOST_TURN_S = 0.1  # where reading has taken as long: to refuse must not crowd out the work
_KEPT = 0.9  # of what was measured before, with each slice
_MOST = 64  # that are taken through their stages together
_ENDED: Any = object()

_log = logging.getLogger(__name__)

Stages = Staged[None]  # what is to be done for one request


def run_together(some: Sequence[Stages]) -> None:
    """Takes all through each stage before any goes on to the next; what they ask then is answered together. One that
    fails ends alone."""
    told: Sequence[Ready | None] = [None] * len(some)
    while some:
        left, asked = [], []
        for stages, answer in zip(some, told, strict=True):
            try:
                question = next(stages, _ENDED) if answer is None else stages.send(answer)
            except StopIteration:
                continue
            except Exception:
                _log.exception("a request of the short way failed where nobody could be told")
                continue
            if question is not _ENDED:
                left.append(stages)
                asked.append(question)
        some, told = left, _answers(asked)


def _answers(asked: Sequence[Question | None]) -> Sequence[Ready | None]:
    try:
        return answer_together(asked)
    except Exception:
        _log.exception("what was asked together is found out by each")
        return [None] * len(asked)


class Together:
    """What comes within a turn of the event loop is done together in the next. Used from one event loop."""

    def __init__(self) -> None:
        self._waiting: deque[Stages] = deque()

    def add(self, stages: Stages) -> None:
        """Goes through `stages`, beside others and in the order of the calls."""
        self._waiting.append(stages)
        if len(self._waiting) == 1:
            asyncio.get_running_loop().call_soon(self.go_on)

    def go_on(self) -> None:
        """Does what has come until now."""
        some, self._waiting = self._waiting, deque()
        run_together(some)


class Backlog(Together):
    """As long as a turn has time; the others wait for the next ones. Who comes alone is begun at once. `most_s` is how
    many seconds of work may wait. `answering` is for answers, which take of the same time."""

    def __init__(self, most_s: float = 1.0) -> None:
        super().__init__()
        self.answering = Together()
        self._most_s = most_s
        self._spent = self._done = 0.0  # seconds, and how many were begun in them
        self._ended = 0.0  # the last slice
        self._come_alone = True
        self._was_one = False  # begun at once in this turn
        self._steps_aside = False
        self._left_out = 0  # turns in a row in which nothing was done

    def add(self, stages: Stages) -> None:
        if not self._come_alone or self._waiting or self._was_one:
            self._come_alone = False
            super().add(stages)
            return
        self._was_one = True
        asyncio.get_running_loop().call_soon(self._end_turn)
        run_together([stages])

    def _end_turn(self) -> None:
        self._was_one = False

    def step_aside(self) -> None:
        """Somebody has connected, and more may wait to be let in, one in each turn: the next one is left to them."""
        self._steps_aside = True

    def is_full(self) -> bool:
        return self._wait_s() > self._most_s

    def _wait_s(self) -> float:
        """How long who waits will: one takes what those before took on the whole, each with its part of a batch. The
        mean of the slices' own paces would be too large, as one that runs a batch for others begins few."""
        return len(self._waiting) * self._spent / max(self._done, 1)

    def check(self) -> None:
        """Raises Overloaded where no more may wait."""
        if self.is_full():
            raise Overloaded(f"More requests wait than are answered within {self._most_s:g} s.", wait_s=self._wait_s())

    def go_on(self) -> None:
        connecting, self._steps_aside = self._steps_aside, False
        left_out = connecting and self._left_out < _MOST_LEFT_OUT
        self._left_out = self._left_out + 1 if left_out else 0
        if left_out:
            asyncio.get_running_loop().call_soon(self.go_on)
            return
        began, done = time.perf_counter(), 0
        turn_s = _TURN_S if connecting or len(self._waiting) > _MOST else _WHOLE_S
        left_s = min(max(turn_s, began - self._ended if self._ended else 0.0), _MOST_TURN_S)
        until = began + left_s
        while self._waiting and left_s > 0:
            some = [self._waiting.popleft() for _ in range(min(len(self._waiting), self._fit(left_s)))]
            run_together(some)
            self.answering.go_on()
            done += len(some)
            left_s = until - time.perf_counter()
        ended = time.perf_counter()
        self._spent = self._spent * _KEPT + (ended - began)
        self._done = self._done * _KEPT + done
        self._ended = ended if self._waiting else 0.0
        self._come_alone = done == 1 and not self._waiting
        if self._waiting:
            asyncio.get_running_loop().call_soon(self.go_on)

    def _fit(self, seconds: float) -> int:
        """How many are done in so long, by what those before took; one at least."""
        if not self._spent:
            return 1
        return max(1, min(_MOST, int(seconds * self._done / self._spent)))
