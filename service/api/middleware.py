"""What holds for every request, whatever route takes it. Plain ASGI.

    RequestContext: id, access log, metrics, the last resort of an error
      BodyLimit: size, time and memory that a body may take
        app

A body is refused by its Content-Length at once, and by its bytes where it does not say or lies.
"""

import asyncio
import logging
import time

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.access import CALLER_LEFT, AccessLog, choose_request_id, route_of
from service.api.body_budget import BodyBudget
from service.api.deadline import CallerLeft
from service.api.problems import error_response, internal_error
from service.errors import FeaturemapError
from service.logging import request_id

_log = logging.getLogger("service.access")


class RequestContext:
    """Gives each request its id, logs and counts its answer, and turns what nobody caught into a 500.

    An answer that Accept chose says so (`Vary`): see `deps.negotiate`.
    """

    def __init__(self, app: ASGIApp, access_log: AccessLog) -> None:
        self.app = app
        self.access_log = access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        scope.setdefault("state", {})  # of this request, shared with the routes
        identity = choose_request_id(_header(scope, b"x-request-id"))
        token = request_id.set(identity)
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                extra = [(b"x-request-id", identity.encode())]
                if scope["state"].get("varies_by_accept"):
                    extra.append((b"vary", b"Accept"))
                message["headers"] = [*message["headers"], *extra]
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        except (CallerLeft, ClientDisconnect):
            status = CALLER_LEFT
        except Exception:  # the boundary: nothing above would answer
            _log.exception("%s %s failed", scope["method"], route_of(scope))
            if not status:
                await internal_error(scope["path"])(scope, receive, send_with_id)
        finally:
            client = scope["client"][0] if scope.get("client") else None
            seconds = time.perf_counter() - started
            self.access_log.record(route_of(scope), scope["method"], scope["path"], status, seconds, client)
            request_id.reset(token)


class BodyLimit:
    """Holds every body against the budget while it arrives."""

    def __init__(self, app: ASGIApp, budget: BodyBudget) -> None:
        self.app = app
        self.budget = budget

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _has_body(scope):
            await self.app(scope, receive, send)
            return
        chunked = _header(scope, b"transfer-encoding") is not None
        try:
            self.budget.check_declared(None if chunked else _header(scope, b"content-length"))
        except FeaturemapError as error:
            await error_response(error, scope["path"])(scope, receive, send)
            return
        # A route that decompresses the body takes from it what came out.
        loop = asyncio.get_running_loop()
        holding = scope.setdefault("state", {})["body_held"] = self.budget.hold(loop.time())
        complete = False

        async def limited_receive() -> Message:
            nonlocal complete
            if complete:
                return await receive()
            try:
                async with asyncio.timeout_at(holding.due):
                    message = await receive()
            except TimeoutError:
                raise self.budget.too_slow() from None
            holding.arrived(len(message.get("body", b"")), loop.time())
            complete = not message.get("more_body", False)
            return message

        try:
            await self.app(scope, limited_receive, send)
        finally:
            holding.release()


def _header(scope: Scope, name: bytes) -> bytes | None:
    """The first value of a header, None where it is not there."""
    return next((bytes(value) for key, value in scope["headers"] if key == name), None)


def _has_body(scope: Scope) -> bool:
    if _header(scope, b"transfer-encoding") is not None:
        return True
    return _header(scope, b"content-length") not in (None, b"0")
