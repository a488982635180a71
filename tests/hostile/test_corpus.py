"""The whole corpus against one server: no answer is a success, a fault of ours, of another form than its family's, or
late, and after each the same good request gets the same answer."""

import contextlib
import json
import socket
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.hostile.corpus import cases
from tests.integration.both_ways import Way, post, read_answers, way
from tests.integration.both_ways_requests import MULTIPART, PREDICT, picture, upload
from tests.packages import write_package

LATEST_S = 5.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Way]:
    folder = tmp_path_factory.mktemp("models")
    write_package(folder, "mnist_cnn")
    with way(folder, True, head_timeout_ms=1000, body_timeout_ms=1000) as running:
        yield running


def test_the_corpus(server: Way) -> None:
    good = post(PREDICT, upload(picture()), MULTIPART, "X-Request-ID: good")
    (expected,) = server.ask([good])
    faults: list[str] = []
    corpus = list(cases("mnist_cnn"))
    for case in corpus:
        began = time.monotonic()
        fault = _fault(server, case.sent, case.name.endswith("-good"))
        took = time.monotonic() - began
        if fault:
            faults.append(f"{case.name}: {fault}")
        if took > LATEST_S:
            faults.append(f"{case.name}: {took:.1f} s")
        if server.ask([good]) != [expected]:
            faults.append(f"{case.name}: the next request gets another answer")
    assert faults == []
    assert len(corpus) >= 300
    assert server.services.budget.held == 0


def _fault(server: Way, sent: bytes, good: bool) -> str:
    with closing(socket.create_connection(server.address, timeout=15)) as connection:
        with contextlib.suppress(ConnectionError):  # refused before all was sent
            connection.sendall(sent)
        answers = list(read_answers(connection, 1))
    if not answers:
        return "no answer"
    told = answers[0]
    if good:
        return "" if told.status == 200 else f"{told.status} {told.body[:80]!r}"
    if told.status < 400 or (told.status >= 500 and told.status not in (503, 504)):
        return f"{told.status} {told.body[:80]!r}"
    try:
        document = json.loads(told.body)
    except ValueError:
        return f"{told.status} is no JSON: {told.body[:80]!r}"
    if len(told.body) > 2048 or not (
        {"error"} == document.keys() or {"type", "title", "status", "detail"} <= document.keys()
    ):
        return f"{told.status} has another form: {told.body[:80]!r}"
    return ""
