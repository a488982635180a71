"""A request on the short way, from its body to its answer: what `api/middleware.py` does for those that the app gets.

    begin -> the backlog: the call's own stages -> the batcher -> those of its answer -> the budget, the log's line

One that there is no time for is `TurnedAway` at its head: its body is read, as the next request comes behind it, and
means nothing.
"""

import logging
import time
from collections.abc import Callable
from typing import Protocol, TypeVar

from service.api.access import CALLER_LEFT, choose_request_id
from service.api.backlog import Stages, run_together
from service.api.fast_path import Call
from service.api.reply import Reply
from service.api.services import Services
from service.errors import FeaturemapError, Overloaded
from service.inference.runtime.request import Answer, Request
from service.inference.stages import Staged
from service.logging import request_id

T = TypeVar("T")
_log = logging.getLogger("service.access")


class Connection(Protocol):
    """Whose request it is."""

    client: tuple[str, int] | None

    def send(self, reply: Reply, identity: str) -> None:
        """Writes the answer, and goes on with what came meanwhile."""

    def hand_over(self, body: bytes) -> None:
        """The app is to answer; nothing has begun."""


class Exchange:
    """One request that the short way answers."""

    __slots__ = ("_body", "_call", "_connection", "_identity", "_over", "_request", "_services", "_size", "_started")

    def __init__(self, connection: Connection, call: Call, services: Services) -> None:
        self._connection = connection
        self._call = call
        self._services = services
        self._identity = choose_request_id(call.given_id)
        self._request: Request | None = None
        self._body = b""  # until the call has begun
        self._size = 0  # of the body, while it is held
        self._over = False  # answered, or left

    def begin(self, body: bytes) -> None:
        """Answers, or hands over to the batcher or the connection, when the event loop has time."""
        self._started = time.perf_counter()
        self._body, self._size = body, len(body)
        self._services.budget.held += self._size
        token = request_id.set(self._identity)  # taken back: the context here is the connection's, as long as it lives
        self._services.backlog.add(self._run(self._call.begin(body, self._started, self._done), self._begun))
        request_id.reset(token)

    def _run(self, stages: Staged[T], finish: Callable[[T], None]) -> Stages:
        """The stages, under this request's id, until it is over, which it is where one of them fails. `finish` gets
        what they return. The id is left as it is after each: another request's stage sets its own."""
        told = None
        while not self._over:
            request_id.set(self._identity)
            try:
                asked = next(stages) if told is None else stages.send(told)
            except StopIteration as ended:
                finish(ended.value)
                return
            except Exception as error:  # the boundary: nothing above would answer
                if self._over:
                    raise
                self._answer(self._fault(error))
                return
            told = yield asked

    def _begun(self, request: Request | None) -> None:
        body, self._body = self._body, b""
        if self._over:
            return
        if request is None:
            self._services.budget.held -= self._size
            self._connection.hand_over(body)
        elif request.open:
            self._request = request

    def leave(self) -> None:
        """The client is gone before its answer."""
        self._over = True
        if self._request is not None:
            self._call.batcher.leave(self._request)
        token = request_id.set(self._identity)
        self._end(CALLER_LEFT)
        request_id.reset(token)

    def _done(self, outcome: Answer | FeaturemapError) -> None:
        self._request = None  # which knows this exchange: else tensors would wait for the garbage collector
        if isinstance(outcome, Answer):
            stages = self._run(self._call.write(outcome), self._answer)
            if outcome.alone:
                run_together([stages])
                return
        else:
            stages = self._run(_failing(outcome), self._answer)
        self._services.backlog.answering.add(stages)

    def _fault(self, error: Exception) -> Reply:
        if not isinstance(error, FeaturemapError):
            _log.exception("POST %s failed", self._call.route, exc_info=error)
        return self._call.fault(error)

    def _answer(self, reply: Reply) -> None:
        self._over = True
        self._connection.send(reply, self._identity)
        self._end(reply.status)

    def _end(self, status: int) -> None:
        self._services.budget.held -= self._size
        _record(self._services, self._call, status, self._started, self._connection)


def _failing(error: FeaturemapError) -> Staged[Reply]:
    raise error
    yield  # as a generator does


class TurnedAway:
    """One that it refuses before the body is there."""

    __slots__ = ("_call", "_identity", "_reply", "_services", "_started")

    def __init__(self, call: Call, error: Overloaded, services: Services) -> None:
        self._started = time.perf_counter()
        self._identity = choose_request_id(call.given_id)
        self._call = call
        self._services = services
        token = request_id.set(self._identity)
        self._reply = call.fault(error)
        request_id.reset(token)

    def end(self, connection: Connection) -> None:
        """Its body is over: sends the answer."""
        token = request_id.set(self._identity)
        _record(self._services, self._call, self._reply.status, self._started, connection)
        request_id.reset(token)
        connection.send(self._reply, self._identity)


def _record(services: Services, call: Call, status: int, started: float, connection: Connection) -> None:
    """The log's line, and the metrics'."""
    client, seconds = connection.client, time.perf_counter() - started
    services.access_log.record(call.route, "POST", call.path, status, seconds, client[0] if client else None)
