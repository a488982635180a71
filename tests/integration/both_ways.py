"""Two servers of the same models, one whose protocol knows the short way and one without it, and a client that says
what goes into which packet.

    Exchange (packets)  ->  each server  ->  Told: status, headers, body, less what no two answers share
"""

import contextlib
import http.client
import json
import re
import select
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from uvicorn import Config, Server

from service.api.fast_path import Call
from service.api.services import Services
from service.app import create_app
from service.inference.runtime.pace import Pace
from service.inference.runtime.tensors import Tensors
from service.protocol import ServiceProtocol
from service.settings import Settings
from service.sockets import listen
from tests.recorded.request import Request

_PAUSE_S = 0.03  # between packets, so that each arrives on its own
_PATIENCE_S = 10
_TIMES = re.compile(rb'"timing_ms":\{[^}]*\}')


class Told(NamedTuple):
    """An answer: headers as they came and in their order, without the date; times and made-up ids are masked."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


@dataclass
class Way:
    """A running server. `taken` are the paths of the requests that took the short way, `parsed` of heads that were
    read."""

    address: tuple[str, int]
    taken: list[str]
    parsed: list[bytes]
    services: Services
    server: Server
    opened: ExitStack

    def ask(
        self, packets: Sequence[bytes], answers: int = 1, pause: float = _PAUSE_S, early: bool = False
    ) -> list[Told]:
        """Sends the packets over a connection of their own, and reads so many answers, or fewer where it is closed.
        `early`: the next packet goes as soon as there is an answer."""
        with closing(socket.create_connection(self.address, timeout=_PATIENCE_S)) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for i, packet in enumerate(packets):
                if i and pause:
                    select.select([connection] if early else [], [], [], pause)
                with contextlib.suppress(ConnectionError):  # closed meanwhile, with an answer or without
                    connection.sendall(packet)
            return list(read_answers(connection, answers))

    def converse(self, packets: Sequence[bytes]) -> list[Told]:
        """Sends each over the same connection when the one before has been answered."""
        told: list[Told] = []
        with closing(socket.create_connection(self.address, timeout=_PATIENCE_S)) as connection:
            for packet in packets:
                connection.sendall(packet)
                told += read_answers(connection, 1)
        return told

    def open(self, packet: bytes) -> socket.socket:
        """A connection that has sent this, and is closed with the server at the latest."""
        connection = self.opened.enter_context(socket.create_connection(self.address, timeout=_PATIENCE_S))
        connection.sendall(packet)
        return connection

    @contextmanager
    def held(self, model: str) -> Iterator[None]:
        """Within the block the model's runs do not end."""
        batcher, gate = self.services.repository.get(model).batcher, threading.Event()
        run, batcher._pace = batcher._run, Pace()  # it begins in a thread, so the loop goes on

        def waiting(inputs: Tensors) -> Tensors:
            assert gate.wait(_PATIENCE_S)
            return run(inputs)

        batcher._run = waiting
        try:
            yield
        finally:
            batcher._run = run
            gate.set()

    def until_running(self, model: str) -> None:
        """Until the model has taken a batch."""
        while not self.services.repository.get(model).batcher._running:
            time.sleep(0.005)

    def stop(self) -> None:
        self.server.should_exit = True

    def metrics(self) -> str:
        (told,) = self.ask([b"GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n"])
        return told.body.decode()


def read_answers(connection: socket.socket, count: int) -> Iterator[Told]:
    """So many answers, or fewer where the connection is closed or nothing more comes."""
    with connection.makefile("rb") as stream:
        for _ in range(count):
            # http.client reads ahead of the answer, and would take the next one with it.
            response = http.client.HTTPResponse(_Kept(stream))  # type: ignore[arg-type]
            try:
                response.begin()
            except (http.client.BadStatusLine, ConnectionError, TimeoutError):  # closed, or waiting for more
                return
            yield _told(response.status, response.getheaders(), response.read())


class _Kept:
    """A socket whose one stream stays open."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def makefile(self, _mode: str) -> Any:
        return _Unclosed(self._stream)


class _Unclosed:
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def close(self) -> None:
        pass

    def flush(self) -> None:
        pass


def _told(status: int, headers: list[tuple[str, str]], body: bytes) -> Told:
    kept = []
    for name, value in headers:
        if name == "date":
            continue
        if name == "server-timing":
            value = re.sub(r"dur=[0-9.e-]+", "dur=", value)
        if name == "x-request-id" and re.fullmatch("[0-9a-f]{16}", value):
            body = body.replace(value.encode(), b"made")
            value = "made"
        if name == "content-length" and b'"timing_ms"' in body:
            value = "told"
        kept.append((name, value))
    return Told(status, kept, _TIMES.sub(b"", body))


def packet(request: Request) -> bytes:
    """A recorded request as one packet."""
    head = [f"{request.method} {request.path} HTTP/1.1", "host: localhost"]
    head += [f"{name}: {value}" for name, value in request.headers]
    body = b""
    if request.chunked:
        head.append("transfer-encoding: chunked")
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(request.body or b""), request.body or b"")
    elif request.body is not None:
        head.append(f"content-length: {len(request.body)}")
        body = request.body
    return "\r\n".join([*head, "", ""]).encode("latin-1") + body


def post(path: str, body: bytes, *lines: str, version: str = "1.1") -> bytes:
    """A POST as one packet, with these lines in its head."""
    head = [f"POST {path} HTTP/{version}", "Host: localhost", *lines, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(head).encode("latin-1") + body


def tensor(shape: Sequence[int], data: object = None, **members: Any) -> dict[str, Any]:
    """An input of a V2 request."""
    return {"name": "input", "datatype": "FP32", "shape": list(shape), **({"data": data} if data else {}), **members}


def binary(document: object, *buffers: bytes) -> tuple[bytes, str]:
    """A V2 body whose tensors follow its JSON, and the header that says so."""
    text = json.dumps(document).encode()
    return b"".join([text, *buffers]), f"Inference-Header-Content-Length: {len(text)}"


@contextmanager
def way(models: Path, short: bool, **settings: Any) -> Iterator[Way]:
    """A server in a thread, until the end of the block; without `short` each request goes to the app."""
    taken: list[str] = []
    parsed: list[bytes] = []

    class Watched(ServiceProtocol):
        def on_headers_complete(self) -> None:
            parsed.append(self.url)
            super().on_headers_complete()

        def _begin(self, call: Call, body: bytes) -> None:
            taken.append(call.path)
            super()._begin(call, body)

    app = create_app(Settings(_env_file=None, models=models, execution_provider="cpu", intra_op_threads=1, **settings))
    sockets = listen("127.0.0.1", 0)
    never = None if short else 2**31  # where uvicorn's own limit is set, each request goes to the app
    server = Server(
        Config(
            app,
            http=Watched,
            loop="uvloop",
            log_config=None,
            lifespan="on",
            server_header=False,
            limit_concurrency=never,
        )
    )
    thread = threading.Thread(target=server.run, args=(sockets,))
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        with ExitStack() as opened:
            yield Way(sockets[0].getsockname()[:2], taken, parsed, app.state.services, server, opened)
    finally:
        server.should_exit = True
        thread.join(30)
    assert not thread.is_alive()
