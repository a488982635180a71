"""A load of HTTP requests: connections that each send the next request when the last is answered.

    address + request bytes -> connections -> latencies, answers refused

Plain asyncio on prepared bytes: the client has to cost less than the server that it measures.
"""

import asyncio
import importlib
import re
import ssl
import time
from collections.abc import Callable
from typing import NamedTuple, cast
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from service.errors import ConfigurationError, Unavailable

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_BUSY = (429, 503, 504)  # the server had too much to do, and said so
_PATIENCE_S = 60  # for the answers that are outstanding at the end
_SHOWN = 300  # bytes of an answer


class Load(NamedTuple):
    """What was answered: `latencies` in ms, ascending, of the good answers; `refused` were told that it is too much."""

    seconds: float
    latencies: NDArray[np.float64]
    refused: int

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, percent: float) -> float:
        """ms within which this share of the good answers came; nan where there was none."""
        return float(np.percentile(self.latencies, percent)) if len(self.latencies) else float("nan")


def post(path: str, host: str, headers: dict[str, str], body: bytes) -> bytes:
    """The request as it goes over the wire."""
    lines = [f"POST {path} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


def send(address: str, request: bytes, connections: int, seconds: float) -> Load:
    """Keeps so many requests outstanding for so long. Raises Unavailable where there is no server or it goes away, and
    ConfigurationError with what it said where it does not take the request."""
    with asyncio.Runner(loop_factory=_quickest_loop()) as runner:
        return runner.run(_send(address, request, connections, seconds))


def _quickest_loop() -> Callable[[], asyncio.AbstractEventLoop]:
    """uvloop's where there is uvloop: there is none for Windows."""
    try:
        return cast(Callable[[], asyncio.AbstractEventLoop], importlib.import_module("uvloop").new_event_loop)
    except ImportError:
        return asyncio.new_event_loop


async def _send(address: str, request: bytes, connections: int, seconds: float) -> Load:
    url = urlsplit(address)
    secure = ssl.create_default_context() if url.scheme == "https" else None
    loop, run = asyncio.get_running_loop(), _Run(request)
    clients: list[_Client] = []
    try:
        for _ in range(connections):
            port = url.port or (443 if secure else 80)
            _, client = await loop.create_connection(lambda: _Client(run), url.hostname or "", port, ssl=secure)
            clients.append(client)
        began = time.perf_counter()
        run.until = began + seconds
        for client in clients:
            client.begin()
        async with asyncio.timeout(seconds + _PATIENCE_S):
            await asyncio.gather(*(client.done for client in clients))
        spent = time.perf_counter() - began
    except (OSError, TimeoutError) as error:
        raise Unavailable(f"{address} does not answer: {error or 'it took too long'}") from None
    finally:
        for client in clients:
            client.close()
    return Load(spent, np.sort(np.array(run.latencies)) * 1e3, run.refused)


class _Run:
    """What the connections share. Times in seconds."""

    def __init__(self, request: bytes) -> None:
        self.request = request
        self.until = 0.0
        self.latencies: list[float] = []
        self.refused = 0


class _Client(asyncio.Protocol):
    """One connection."""

    def __init__(self, run: _Run) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._run = run
        self._answer = b""
        self._whole = 0  # bytes of the answer, once its head is there

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's derives from none of asyncio's

    def begin(self) -> None:
        self._answer, self._whole = b"", 0
        self._began = time.perf_counter()
        self._transport.write(self._run.request)

    def close(self) -> None:
        self._transport.close()
        self.done.cancel()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        if not self._whole and (end := self._answer.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(self._answer, 0, end + 2)
            if length is None:
                return self._fail(ConfigurationError("its answers do not tell their length; ask the service itself"))
            self._whole = end + 4 + int(length[1])
        if self._whole and len(self._answer) >= self._whole:
            self._end(int(self._answer[9:12]))
        return None

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(Unavailable(f"the server closed a connection: {exc or 'without an answer'}"))

    def _end(self, status: int) -> None:
        now = time.perf_counter()
        if status in _BUSY:
            self._run.refused += 1
        elif status == 200:
            self._run.latencies.append(now - self._began)
        else:
            said = self._answer[self._answer.index(b"\r\n\r\n") + 4 :][:_SHOWN].decode(errors="replace")
            return self._fail(ConfigurationError(f"the server answers {status}: {said}"))
        if now < self._run.until:
            self.begin()
        elif not self.done.done():
            self.done.set_result(None)
        return None

    def _fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)
