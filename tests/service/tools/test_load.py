"""The load that `bench` sends, against real sockets; which processes listen; the batch cap that costs recommend."""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import numpy as np
import pytest

from service.errors import ConfigurationError, Unavailable
from service.tools.batch_costs import recommended_cap
from service.tools.listeners import cpu_seconds, listeners
from service.tools.load import Load, post, send

REQUEST = post("/x", "host", {"Content-Type": "text/plain"}, b"body")
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@contextmanager
def answering(answer: Callable[[int], list[bytes]]) -> Iterator[str]:
    """The address of a server that sends the pieces of `answer(n)` to the n-th request, and ends after none."""
    counter = iter(range(10**9))

    def talk(connection: socket.socket) -> None:
        with connection, suppress(ConnectionError):  # who was told enough leaves
            while connection.recv(1 << 16):
                pieces = answer(next(counter))
                if not pieces:
                    return
                for piece in pieces:
                    connection.sendall(piece)

    def accept(listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=talk, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, args=(listener,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)


def test_every_answer_is_counted_once_however_it_comes() -> None:
    asked: list[int] = []

    def answer(number: int) -> list[bytes]:
        asked.append(number)
        return [OK] if number % 2 else [OK[:20], OK[20:-1], OK[-1:]]

    with answering(answer) as address:
        load = send(address, REQUEST, 3, 1.0)
    assert len(load.latencies) == len(asked) > 3
    assert load.refused == 0
    assert (np.diff(load.latencies) >= 0).all()
    assert load.percentile(50) <= load.percentile(99) <= load.seconds * 1e3


def test_a_server_that_has_too_much_to_do_is_no_error() -> None:
    busy = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"
    with answering(lambda number: [busy if number % 2 else OK]) as address:
        load = send(address, REQUEST, 1, 1.0)
    assert abs(load.refused - len(load.latencies)) <= 1
    assert load.refused > 0


@pytest.mark.parametrize(
    ("answer", "error", "said"),
    [
        ([b"HTTP/1.1 404 Not Found\r\ncontent-length: 5\r\n\r\nwhere"], ConfigurationError, "answers 404: where"),
        ([b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"], ConfigurationError, "their length"),
        ([], Unavailable, "closed a connection"),
    ],
)
def test_what_stops_a_load_is_told(answer: list[bytes], error: type[Exception], said: str) -> None:
    with answering(lambda _number: answer) as address, pytest.raises(error, match=said):
        send(address, REQUEST, 2, 0.1)


def test_nobody_listening_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Unavailable, match="does not answer"):
        send(f"http://127.0.0.1:{port}", REQUEST, 1, 0.1)


def test_a_load_without_a_good_answer_has_no_percentiles() -> None:
    assert np.isnan(Load(1.0, np.empty(0), 4).percentile(50))


def test_who_listens_is_found_and_its_cpu_time_grows() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert listeners(port) == [os.getpid()]
    assert listeners(port) == []
    before = cpu_seconds([os.getpid()])
    while cpu_seconds([os.getpid()]) == before:
        sum(range(10_000))
    assert cpu_seconds([]) == 0


@pytest.mark.parametrize(
    ("costs", "cap"),
    [({1: 46, 4: 18, 16: 14.5, 32: 13.9, 64: 14.8}, 16), ({1: 90, 2: 88, 4: 91}, 1), ({1: 50}, 1)],
)
def test_the_smallest_batch_that_is_about_as_good_is_recommended(costs: dict[int, float], cap: int) -> None:
    assert recommended_cap(costs) == cap
