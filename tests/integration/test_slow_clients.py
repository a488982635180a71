"""Who sends or reads too slowly is told so and closed, and nobody else notices."""

import contextlib
import json
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.integration.both_ways import Told, Way, post, read_answers, way
from tests.integration.both_ways_requests import INFER, MULTIPART, PREDICT, picture, upload
from tests.integration.server import wait_until
from tests.packages import write_package

LIVE = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
LIMITS = {"head_timeout_ms": 400, "body_timeout_ms": 400, "write_timeout_ms": 400, "keep_alive_s": 2}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    write_package(folder, "mnist_cnn")
    return folder


@pytest.fixture(scope="module")
def server(models: Path) -> Iterator[Way]:
    with way(models, True, min_bytes_per_s=10_000, **LIMITS) as running:
        yield running


def seconds_until_closed(connection: socket.socket) -> float:
    """Reads until the other side has closed."""
    began = time.monotonic()
    connection.settimeout(20)
    try:
        while connection.recv(2**16):
            pass
    except ConnectionResetError:
        pass
    return time.monotonic() - began


def only(connection: socket.socket) -> Told:
    (told,) = read_answers(connection, 1)
    return told


def is_well(server: Way) -> None:
    (told,) = server.ask([post(PREDICT, upload(picture()), MULTIPART)])
    assert told.status == 200


@pytest.mark.parametrize("sent", [b"G", LIVE[:-2], LIVE + LIVE[:20]], ids=str)
def test_half_a_head(server: Way, sent: bytes) -> None:
    connection = server.open(sent)
    if sent.startswith(LIVE):
        answers = list(read_answers(connection, 2))
        assert answers[0].status == 200
        told = answers[1]
    else:
        told = only(connection)
    assert told.status == 408
    assert dict(told.headers)["connection"] == "close"
    assert "did not arrive within 0.4 seconds" in json.loads(told.body)["detail"]
    assert seconds_until_closed(connection) < 5
    is_well(server)


def test_half_a_head_of_the_protocol_is_told_in_its_form(server: Way) -> None:
    connection = server.open(f"POST {INFER} HTTP/1.1\r\nHost".encode())
    assert list(json.loads(only(connection).body)) == ["error"]


def test_a_byte_at_a_time_is_too_slow(server: Way) -> None:
    connection = server.open(b"")
    began = time.monotonic()
    with contextlib.suppress(ConnectionError):
        for byte in LIVE * 100:
            connection.send(bytes([byte]))
            time.sleep(0.05)
    assert time.monotonic() - began < 10
    is_well(server)


@pytest.mark.parametrize("path", [PREDICT, INFER])
@pytest.mark.parametrize("end", ["Content-Length: 900000\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\nfffff\r\nabc"])
def test_half_a_body(server: Way, path: str, end: str) -> None:
    connection = server.open(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\n{end}".encode())
    told = only(connection)
    assert told.status == 408
    assert dict(told.headers)["connection"] == "close"
    assert seconds_until_closed(connection) < 5
    wait_until(lambda: server.services.budget.held == 0)
    is_well(server)


@pytest.mark.parametrize("path", ["/nowhere", "/api/v1/models/nope/predict"])
def test_a_body_that_nobody_reads_is_not_waited_for(server: Way, path: str) -> None:
    connection = server.open(
        f"POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n".encode()
    )
    assert only(connection).status == 404
    assert seconds_until_closed(connection) < 5


def test_a_slow_line_is_waited_for(server: Way) -> None:
    """It takes longer than the limit, and comes at the least speed that is enough."""
    body = upload(picture()) + b"\r\n" + bytes(40_000)
    packet = post(PREDICT, body, MULTIPART)
    connection = server.open(packet[:-40_000])
    for _ in range(10):
        time.sleep(0.12)
        connection.sendall(bytes(4000))
    assert only(connection).status == 200


def test_an_answer_that_is_not_read_is_given_up(models: Path) -> None:
    with way(models, True, **LIMITS, min_bytes_per_s=10**6) as server:
        with closing(socket.socket()) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(server.address)
            script = b"GET /vendor/swagger-ui/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n"
            connection.sendall(script * 40)
            deadline = time.monotonic() + 15
            while server.server.server_state.connections:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        is_well(server)


@pytest.mark.parametrize("sent", [b"", b"\r\n\r\n", LIVE, LIVE + b"\r\n"], ids=str)
def test_who_says_nothing_is_closed(server: Way, sent: bytes) -> None:
    connection = server.open(sent)
    assert seconds_until_closed(connection) < 6


def test_idle_connections_go_first(models: Path) -> None:
    with way(models, True, max_connections=16, keep_alive_s=60, head_timeout_ms=60_000) as server:
        with server.held("mnist_cnn"):
            working = server.open(post(PREDICT, upload(picture()), MULTIPART))
            server.until_running("mnist_cnn")
            idle = [server.open(b"") for _ in range(30)]
            is_live = server.open(LIVE)
            assert only(is_live).status == 200
            assert len(server.server.server_state.connections) <= 16
        assert only(working).status == 200
        closed = [connection for connection in idle if _is_closed(connection)]
        assert len(closed) >= 16
        assert closed == idle[: len(closed)]  # who has waited longest


def test_who_finds_no_room_is_told_so(models: Path) -> None:
    with way(models, True, max_connections=16) as server:
        begun = [server.open(b"GET /health/live HTTP/1.1\r\n") for _ in range(16)]
        while len(server.server.server_state.connections) < 16 or any(c.age.messages == 0 for c in _open(server)):
            time.sleep(0.01)
        told = only(server.open(b""))
        assert told.status == 503
        assert dict(told.headers)["retry-after"] == "1"
        for connection in begun:
            connection.sendall(b"Host: x\r\n\r\n")
        assert {only(connection).status for connection in begun} == {200}


def _open(server: Way) -> list[Any]:
    return [*server.server.server_state.connections]


def _is_closed(connection: socket.socket) -> bool:
    connection.settimeout(0.2)
    try:
        return connection.recv(1) == b""
    except TimeoutError:
        return False


@pytest.mark.parametrize("head", [
    "X: " + "a" * 40_000, "\r\n".join(f"X-{i}: {'b' * 50}" for i in range(700)), "X: " + "a" * 400_000,
], ids=["one line", "many", "huge"])  # fmt: skip
@pytest.mark.parametrize("path", [PREDICT, INFER, "/" + "p" * 33_000])
def test_a_large_head_is_refused(server: Way, head: str, path: str) -> None:
    packet = post(path, b"x", head)
    for packets in ([packet], [packet[:20_000], packet[20_000:]], [packet[:20], packet[20:33_000], packet[33_000:]]):
        (told,) = server.ask(packets)
        assert told.status == 431
        document = json.loads(told.body)
        assert list(document) == ["error"] if path == INFER else document["limit"] == 32_768
    is_well(server)


def test_a_head_just_below_the_limit_is_read(server: Way) -> None:
    packet = post(PREDICT, upload(picture()), MULTIPART, "X: " + "a" * 32_000)
    for packets in ([packet], [packet[:20_000], packet[20_000:]], [packet + LIVE]):
        assert server.ask(packets)[0].status == 200


@pytest.mark.parametrize("name", ["Upgrade", "upgrade", "UPGRADE"])
@pytest.mark.parametrize("packets", [1, 2])
def test_who_would_rather_speak_http_2_is_answered_in_this(server: Way, name: str, packets: int) -> None:
    """As Java's client asks with its first request: the parser would drop the body, and read it as the next request."""
    wish = ("Connection: Upgrade, HTTP2-Settings", f"{name}: h2c", "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA")
    packet = post(PREDICT, upload(picture()), MULTIPART, *wish)
    place = packet.index(b"\r\n\r\n") + 4
    sent = [packet] if packets == 1 else [packet[:place], packet[place:]]
    first, second = server.ask([*sent, LIVE], 2)
    assert (first.status, second.status) == (200, 200)


@pytest.mark.parametrize("sent", [
    b"NONSENSE\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"GET /\x00 HTTP/1.1\r\n\r\n",
    b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET /a b HTTP/1.1\r\n\r\n", b"CONNECT a:1 HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nNo colon\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
])  # fmt: skip
def test_what_is_no_http_is_a_problem(server: Way, sent: bytes) -> None:
    connection = server.open(sent)
    told = only(connection)
    assert 400 <= told.status < 500
    assert json.loads(told.body)["status"] == told.status
    assert seconds_until_closed(connection) < 5
    is_well(server)


def test_what_came_before_nonsense_is_answered_first(server: Way) -> None:
    answers = server.ask([post(f"{PREDICT}?top_k=2", upload(picture()), MULTIPART) + b"NONSENSE\r\n\r\n"], 2)
    assert [answer.status for answer in answers] == [200]
