"""A request on the short way, from its body to its answer: what `api/middleware.py` does for those that the app gets.

    begin -> the call's own begin, now or from the backlog -> the batcher -> the reply, the budget, the log's line

One that there is no time for is `TurnedAway` at its head: its body is read, as the next request comes behind it, and
means nothing.
"""

import functools
import logging
import time
from typing import Protocol

from service.api.access import CALLER_LEFT, choose_request_id
from service.api.fast_path import Call
from service.api.reply import Reply
from service.api.services import Services
from service.errors import FeaturemapError, Overloaded
from service.inference.runtime.request import Answer, Request
from service.logging import request_id

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

    __slots__ = ("_call", "_connection", "_identity", "_left", "_request", "_services", "_size", "_started")

    def __init__(self, connection: Connection, call: Call, services: Services) -> None:
        self._connection = connection
        self._call = call
        self._services = services
        self._identity = choose_request_id(call.given_id)
        self._request: Request | None = None
        self._size = 0  # of the body, while it is held
        self._left = False

    def begin(self, body: bytes) -> None:
        """Answers, or hands over to the batcher or the connection; later, where the event loop has no time now."""
        self._started = time.perf_counter()
        self._size = len(body)
        self._services.budget.held += self._size
        backlog = self._services.backlog
        if backlog.has_time():
            self._work(body)
        else:
            backlog.add(functools.partial(self._work, body))

    def _work(self, body: bytes) -> None:
        if self._left:
            return
        token = request_id.set(self._identity)
        try:
            request = self._call.begin(body, self._started, self._done)
            begun = request is not None
            if request is not None and request.open:
                self._request = request
        except Exception as error:  # the boundary: nothing above would answer
            self._answer(self._fault(error))
            begun = True
        finally:
            request_id.reset(token)
        if not begun:
            self._services.budget.held -= self._size
            self._connection.hand_over(body)

    def leave(self) -> None:
        """The client is gone before its answer."""
        self._left = True
        if self._request is not None:
            self._call.batcher.leave(self._request)
        token = request_id.set(self._identity)
        self._end(CALLER_LEFT)
        request_id.reset(token)

    def _done(self, outcome: Answer | FeaturemapError) -> None:
        self._request = None  # which knows this exchange: else tensors would wait for the garbage collector
        token = request_id.set(self._identity)
        try:
            reply = self._fault(outcome) if isinstance(outcome, FeaturemapError) else self._call.write(outcome)
        except Exception as error:  # as above
            reply = self._fault(error)
        self._answer(reply)
        request_id.reset(token)

    def _fault(self, error: Exception) -> Reply:
        if not isinstance(error, FeaturemapError):
            _log.exception("POST %s failed", self._call.route, exc_info=error)
        return self._call.fault(error)

    def _answer(self, reply: Reply) -> None:
        self._connection.send(reply, self._identity)
        self._end(reply.status)

    def _end(self, status: int) -> None:
        self._services.budget.held -= self._size
        _record(self._services, self._call, status, self._started, self._connection)


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
