"""What holds for every request: its id, its body's limits, and that nothing leaves as a bare error."""

import asyncio
import json
import logging
import re
import socket
import time
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest
from starlette.types import Receive, Scope, Send

from service.api.access import AccessLog
from service.api.body_budget import BodyBudget
from service.api.middleware import BodyLimit, RequestContext
from service.imaging.codec.files import encode_png
from service.metrics import Metrics
from tests.service.api.conftest import MakeClient, png

URL = "/api/v1/models/bands/predict"


def received(connection: socket.socket) -> bytes:
    """A whole answer, which may come in pieces."""
    connection.settimeout(20)
    answer = b""
    while not answer.endswith(b"}"):
        piece = connection.recv(65536)
        assert piece, answer
        answer += piece
    return answer


def chunks(count: int, size: int) -> Iterator[bytes]:
    for _ in range(count):
        yield bytes(size)


@pytest.mark.parametrize("own", ["abc", "0af7651916cd43dd8448eb211c80319c", "a.b_c-d:e/f"])
def test_a_callers_sane_id_is_kept(client: httpx.Client, own: str) -> None:
    assert client.get("/health/live", headers={"x-request-id": own}).headers["x-request-id"] == own


@pytest.mark.parametrize("own", ["", "a b", "x" * 129, "<script>", "\u00e9"])
def test_any_other_id_is_replaced(client: httpx.Client, own: str) -> None:
    given = client.get("/health/live", headers=[(b"x-request-id", own.encode())]).headers["x-request-id"]
    assert re.fullmatch("[0-9a-f]{16}", given)


def test_every_request_gets_another_id(client: httpx.Client) -> None:
    assert len({client.get("/nope").headers["x-request-id"] for _ in range(20)}) == 20


def test_unknown_addresses_and_methods_are_problems(client: httpx.Client) -> None:
    for method in ("GET", "POST", "DELETE", "OPTIONS"):
        response = client.request(method, "/api/v1/nothing/here")
        assert (response.status_code, response.json()["title"]) == (404, "Not found")
    response = client.put("/api/v1/models/bands/predict")
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert response.headers["content-type"] == "application/problem+json"
    assert client.get("/api/v1/models/").json() == client.get("/api/v1/models").json()  # and no redirect


def test_a_body_that_says_that_it_is_too_long_is_refused_unread(make_client: MakeClient) -> None:
    with make_client() as client:
        address = client.base_url
        with socket.create_connection((address.host, address.port)) as connection:
            head = f"POST {URL} HTTP/1.1\r\nHost: x\r\nContent-Length: {12 * 2**20}\r\n\r\n"
            connection.sendall(head.encode())
            answer = received(connection)
        assert answer.startswith(b"HTTP/1.1 413 ")
        document = json.loads(answer.partition(b"\r\n\r\n")[2])
        assert (document["limit"], document["actual"]) == (11 * 2**20, 12 * 2**20)
        assert client.post(URL, content=png(1)).status_code == 200


def test_a_body_that_does_not_say_is_counted(client: httpx.Client) -> None:
    response = client.post(URL, content=chunks(12, 2**20))
    assert response.status_code == 413
    assert response.json()["limit"] == 11 * 2**20
    assert client.post(URL, content=iter([png(1)])).json()["predictions"][0]["index"] == 1


@pytest.mark.parametrize("address", [URL, "/api/v1/predict?models=bands"])
def test_a_body_within_the_limit_is_read_whole(client: httpx.Client, address: str) -> None:
    response = client.post(address, content=chunks(11, 2**20))
    assert (response.status_code, response.json()["limit"]) == (413, 10 * 2**20)  # as a picture it is too large


def test_a_body_that_comes_too_slowly_is_given_up(make_client: MakeClient) -> None:
    with make_client(body_timeout_ms=100) as client:
        address = client.base_url
        with socket.create_connection((address.host, address.port)) as connection:
            connection.sendall(f"POST {URL} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nslow".encode())
            answer = received(connection)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b"did not arrive within 0.1 seconds" in answer


def test_bodies_in_flight_are_bounded_together(make_client: MakeClient) -> None:
    with make_client(max_body_bytes_in_flight=1000) as client:
        response = client.post(URL, content=bytes(2000))
        assert response.status_code == 503
        assert response.headers["retry-after"] == "1"
        assert client.post(URL, content=png(1)).status_code == 200  # what was held is free again


def test_a_picture_that_takes_longer_than_the_deadline(make_client: MakeClient) -> None:
    large = encode_png(np.random.default_rng(0).integers(0, 256, (3000, 3000), np.uint8))
    with make_client(deadline_ms=10) as client:
        response = client.post(URL, content=large)
        assert response.status_code == 504
        assert response.json()["detail"] == "The request took longer than 0.01 seconds."
    with make_client(deadline_ms=20_000) as client:
        assert client.post(URL, content=large).status_code == 200


def test_a_caller_who_leaves_is_let_go(make_client: MakeClient) -> None:
    large = encode_png(np.zeros((8000, 8000), np.uint8))  # quick to send, slow to decode
    with make_client(max_pixels=64_000_000) as client:
        address = client.base_url
        head = f"POST {URL} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(large)}\r\n\r\n".encode()
        for _ in range(40):  # so many that some wait longer than ASKS_AFTER_S on any machine
            with socket.create_connection((address.host, address.port)) as connection:
                connection.sendall(head + large)
        deadline = time.monotonic() + 20
        while 'status="499"' not in (text := client.get("/metrics").text):
            assert time.monotonic() < deadline, text
            time.sleep(0.05)
        assert client.post(URL, content=png(1)).status_code == 200


def access(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.name == "service.access"]


async def _call(app: Any, **request: Any) -> httpx.Response:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        return await client.request("POST", "/secret/path", **request)


def test_what_nobody_foresaw_is_a_problem_and_its_cause_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async def failing(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise ZeroDivisionError("secret cause")

    app = RequestContext(failing, AccessLog(Metrics(), enabled=True))
    with caplog.at_level(logging.INFO):
        response = asyncio.run(_call(app, headers={"x-request-id": "me"}))
    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["request_id"] == response.headers["x-request-id"] == "me"
    assert "secret" not in response.text
    assert "ZeroDivisionError: secret cause" in caplog.text
    assert access(caplog)[-1].fields["status"] == 500  # type: ignore[attr-defined]


def test_an_access_line_has_status_time_and_client(caplog: pytest.LogCaptureFixture) -> None:
    async def answering(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    with caplog.at_level(logging.INFO):
        asyncio.run(_call(RequestContext(answering, AccessLog(Metrics(), enabled=True))))
        asyncio.run(_call(RequestContext(answering, AccessLog(Metrics(), enabled=False))))
    (record,) = access(caplog)
    assert record.getMessage() == "POST /secret/path"
    assert record.fields["status"] == 204  # type: ignore[attr-defined]
    assert record.fields["client"] == "127.0.0.1"  # type: ignore[attr-defined]
    assert record.fields["ms"] >= 0  # type: ignore[attr-defined]


def test_a_content_length_that_is_no_number_is_malformed() -> None:
    async def reading(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise AssertionError("must not be reached")

    limit = BodyLimit(reading, BodyBudget(10, 10, 1.0))
    response = asyncio.run(_call(limit, headers={"content-length": "ten"}, content=b""))
    assert response.status_code == 400
