"""What holds for every request, whatever route takes it. Plain ASGI.

    RequestContext: id, access log, metrics, the last resort of an error
      BodyLimit: size, time and memory that a body may take
        app

A body is refused by its Content-Length at once, and by its bytes where it does not say or lies.
"""

import asyncio
import logging
import re
import secrets
import time

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.deadline import CallerLeft
from service.api.problems import internal_error, problem
from service.errors import FeaturemapError, MalformedRequest, Overloaded, PayloadTooLarge, RequestTimeout
from service.logging import request_id
from service.metrics import Metrics

_SANE_ID = re.compile(rb"[A-Za-z0-9._:/+=-]{1,128}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_CALLER_LEFT = 499  # nobody reads it: the status of such a request in log and metrics
_QUIET = ("/health/", "/metrics")
_log = logging.getLogger("service.access")


class RequestContext:
    """Gives each request its id, logs and counts its answer, and turns what nobody caught into a 500.

    An answer that Accept chose says so (`Vary`): see `deps.negotiate`.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, access_log: bool) -> None:
        self.app = app
        self.metrics = metrics
        self.access_log = access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        scope.setdefault("state", {})  # of this request, shared with the routes
        identity = _identity(scope)
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
            status = _CALLER_LEFT
        except Exception:  # the boundary: nothing above would answer
            _log.exception("%s %s failed", scope["method"], _route(scope))
            if not status:
                await internal_error()(scope, receive, send_with_id)
        finally:
            self._account(scope, status, time.perf_counter() - started)
            request_id.reset(token)

    def _account(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = _route(scope)
        self.metrics.request(route, method, status, seconds)
        if not self.access_log:
            return
        level = logging.DEBUG if route.startswith(_QUIET) else logging.INFO
        if _log.isEnabledFor(level):
            client = scope["client"][0] if scope.get("client") else None
            fields = {"status": status, "ms": round(seconds * 1e3, 2), "client": client}
            _log.log(level, "%s %s", method, scope["path"][:200], extra={"fields": fields})


class BodyLimit:
    """Holds every body against its limits while it arrives: its own size and time, and all bodies' sum."""

    def __init__(self, app: ASGIApp, max_bytes: int, max_bytes_in_flight: int, timeout_ms: int) -> None:
        self.app = app
        self.max_bytes = max_bytes
        self.max_bytes_in_flight = max_bytes_in_flight
        self.timeout_s = timeout_ms / 1e3
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not (declared := _declared(scope)):
            await self.app(scope, receive, send)
            return
        try:
            self._check(_length(declared))
        except FeaturemapError as error:
            await problem(error)(scope, receive, send)
            return
        held = 0
        complete = False
        deadline = asyncio.get_running_loop().time() + self.timeout_s

        async def limited_receive() -> Message:
            nonlocal held, complete
            if complete:
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise RequestTimeout(f"The body did not arrive within {self.timeout_s:g} seconds.") from None
            size = len(message.get("body", b""))
            held += size
            self._held += size
            self._check(held)
            complete = not message.get("more_body", False)
            return message

        try:
            await self.app(scope, limited_receive, send)
        finally:
            self._held -= held

    def _check(self, size: int) -> None:
        if size > self.max_bytes:
            raise PayloadTooLarge(
                f"The body has {size:,} bytes or more; at most {self.max_bytes:,} are accepted.",
                limit=self.max_bytes,
                actual=size,
            )
        if self._held > self.max_bytes_in_flight:
            raise Overloaded("Too many request bodies are being received at this moment.")


def _identity(scope: Scope) -> str:
    """The caller's own X-Request-ID where it is short and plain, else a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _SANE_ID.fullmatch(value):
            return str(value, "ascii")
    return secrets.token_hex(8)


def _route(scope: Scope) -> str:
    """The route's template, so that a label has few values; `pages` for the web client's files."""
    path = getattr(scope.get("route"), "path", None)
    if isinstance(path, str):
        return path
    return "pages" if "endpoint" in scope else "unknown"


def _declared(scope: Scope) -> bytes | None:
    """What the head says of a body's length; None where there is no body."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value != b"0":
            return bytes(value)
        if name == b"transfer-encoding":
            return b"chunked"
    return None


def _length(declared: bytes) -> int:
    if declared == b"chunked":
        return 0
    try:
        return int(declared)
    except ValueError:
        raise MalformedRequest("Content-Length must be a whole number.") from None
