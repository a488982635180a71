"""More than the service can do: who is answered, how soon the others are refused, what large pictures cost small ones.

    capacity, one request a connection, before and after -> so many times as many a second, whether answered or not
      -> percentiles
    small uploads at a quarter of capacity -> the same beside photographs of 12 megapixels -> percentiles

The server has core 0, the load comes from core 1. An answer's time counts from when its request was due.

    python -m benchmarks.overload [--payloads P1 P5] [--times 5] [--seconds 15]
"""

import argparse
import asyncio
import os
import re
import tempfile
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import numpy as np
import uvloop

from benchmarks.request_cost import MODEL, Server, serving
from benchmarks.serving.load import Payload
from benchmarks.serving.payloads import form, ours, photograph
from service.tools.load import post, send

_CONNECTIONS = 64  # of the run that tells the capacity
_MOST = 2000  # connections of a load; what is due while each of them waits is not sent
_TICK_S = 0.001
_HEALTH_EVERY_S = 0.05
_LARGE = 4000, 3000
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass
class Told:
    """Seconds by status, and what was not sent because every connection waited."""

    times: dict[int, list[float]] = field(default_factory=dict)
    unsent: int = 0
    lost: int = 0  # connections that ended without an answer
    lags: list[float] = field(default_factory=list)  # seconds that this client itself was late

    def p(self, percent: float, status: int) -> float:
        """ms; nan where there was none."""
        times = self.times.get(status, [])
        return float(np.percentile(times, percent)) * 1e3 if times else float("nan")

    def count(self, status: int) -> int:
        return len(self.times.get(status, []))


class _Connection(asyncio.Protocol):
    def __init__(self, load: "_Load") -> None:
        self._load = load
        self._answer = b""
        self._due: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)

    def send(self, request: bytes, due: float) -> None:
        self._due = due
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._answer += data
        end = self._answer.find(b"\r\n\r\n")
        if end < 0:
            return
        length = _LENGTH.search(self._answer, 0, end + 2)
        if len(self._answer) < end + 4 + int(length[1] if length else 0):
            return
        assert self._due is not None
        status = int(self._answer[9:12])
        self._load.told.times.setdefault(status, []).append(time.perf_counter() - self._due)
        self._due, self._answer = None, b""
        self._load.idle.append(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._load.open_now -= 1
        if self._due is not None:
            self._load.told.lost += 1
        elif self in self._load.idle:
            self._load.idle.remove(self)

    def close(self) -> None:
        self._transport.close()


class _Load:
    """A request that is due is sent over the connection that has been idle for the longest."""

    def __init__(self, address: str, request: bytes, rate: float) -> None:
        url = urlsplit(address)
        self._host, self._port = url.hostname or "", url.port or 80
        self._request, self._rate = request, rate
        self.told = Told()
        self.idle: deque[_Connection] = deque()
        self.open_now = 0

    async def open(self, connections: int) -> None:
        """One after the other, each asked once: thousands at once are another trial, that of the kernel's queue, from
        which a busy event loop takes one in a turn."""
        greeting = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
        for opened in range(connections):
            made = await asyncio.get_running_loop().create_connection(lambda: _Connection(self), self._host, self._port)
            made[1].send(greeting, time.perf_counter())
            while len(self.idle) <= opened:
                await asyncio.sleep(0)
        self.open_now = connections
        self.told = Told()

    async def run(self, seconds: float) -> Told:
        last = began = time.perf_counter()
        sent = 0
        while (now := time.perf_counter()) < began + seconds:
            self.told.lags.append(now - last - _TICK_S)
            last = now
            while sent < (now - began) * self._rate:
                due, sent = began + sent / self._rate, sent + 1
                if self.idle:
                    self.idle.popleft().send(self._request, due)
                else:
                    self.told.unsent += 1
            await asyncio.sleep(_TICK_S)
        until = time.perf_counter() + 10
        while len(self.idle) < self.open_now and time.perf_counter() < until:
            await asyncio.sleep(0.01)
        for connection in list(self.idle):
            connection.close()
        return self.told


def _request(payload: Payload) -> bytes:
    return post(payload.path, "localhost", payload.headers, payload.body)


def _together(server: Server, *loads: tuple[bytes, float, int], seconds: float) -> list[Told]:
    async def run() -> list[Told]:
        made = [_Load(server.address, request, rate) for request, rate, _ in loads]
        for load, (_, _, connections) in zip(made, loads, strict=True):
            await load.open(connections)
        return await asyncio.gather(*(load.run(seconds) for load in made))

    return uvloop.run(run())


def overload(server: Server, payload: Payload, times: float, seconds: float) -> str:
    """A line of the table."""
    request = _request(payload)
    before = send(server.address, request, _CONNECTIONS, 5).rate
    health = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
    told, live = _together(server, (request, times * before, _MOST), (health, 1 / _HEALTH_EVERY_S, 40), seconds=seconds)
    # On both sides of the load: a machine that others share has another pace from minute to minute.
    capacity = (before + send(server.address, request, _CONNECTIONS, 5).rate) / 2
    return (
        f"{capacity:8,.0f} {told.count(200) / seconds:8,.0f} {told.count(200) / seconds / capacity:5.0%} "
        f"{told.p(50, 200):8.0f} {told.p(99, 200):8.0f} {told.count(503):8,} {told.p(99, 503):8.1f} "
        f"{live.p(99, 200):8.1f} {told.unsent:7,} {told.lost:5,} {np.percentile(told.lags, 99) * 1e3:8.1f}"
    )


def fairness(server: Server, seconds: float) -> str:
    """Small uploads without and with large pictures beside them."""
    small, large = (
        ours()["P1"],
        Payload(f"/api/v1/models/{MODEL}/predict", *form(photograph(_LARGE), kind="image/jpeg")),
    )
    rate = send(server.address, _request(small), _CONNECTIONS, 5).rate / 4
    (alone,) = _together(server, (_request(small), rate, 256), seconds=seconds)
    beside, photographs = _together(server, (_request(small), rate, 256), (_request(large), 8.0, 64), seconds=seconds)
    return (
        f"{rate:,.0f} small uploads a second: p99 {alone.p(99, 200):.1f} ms alone, {beside.p(99, 200):.1f} ms beside "
        f"{photographs.count(200)} pictures of 12 megapixels ({photographs.count(503)} refused), "
        f"{beside.p(99, 200) / alone.p(99, 200):.1f} times; {beside.count(503)} small ones refused"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--payloads", nargs="+", default=["P1", "P5"], choices=["P1", "P2", "P3", "P5"])
    parser.add_argument("--times", type=float, default=5.0, help="the capacity")
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--serve", default="", help="more options of `serve`, separated by spaces")
    given = parser.parse_args(arguments)
    os.sched_setaffinity(0, {1})
    with tempfile.TemporaryDirectory() as folder, serving(Path(), Path(folder) / "log", given.serve.split()) as server:
        print("           capacity accepted share   p50 ms   p99 ms  refused   p99 ms  health  unsent  lost  own lag")
        for name in given.payloads:
            print(f"{name:10} {overload(server, ours()[name], given.times, given.seconds)}", flush=True)
        print(fairness(server, given.seconds))


if __name__ == "__main__":
    main()
