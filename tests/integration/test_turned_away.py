"""Requests that there is no time for: refused at their head, in the words of the app, or begun later."""

import socket
import time
from collections.abc import Iterator

import numpy as np
import pytest

from service.api.backlog import Stages
from service.imaging.codec.files import encode_png
from tests.integration.both_ways import Way, post, read_answers, way
from tests.integration.both_ways_requests import ID, INFER, MULTIPART, PREDICT, picture, same, tensor_bodies, upload
from tests.integration.server import ROOT, wait_until

LARGE = encode_png(np.random.default_rng(0).integers(0, 256, (600, 600), np.uint8))  # work for a thread


@pytest.fixture(scope="module")
def short() -> Iterator[Way]:
    with way(ROOT / "models", short=True) as each:
        yield each


@pytest.fixture(scope="module")
def long() -> Iterator[Way]:
    with way(ROOT / "models", short=False) as each:
        yield each


@pytest.fixture
def full(short: Way, monkeypatch: pytest.MonkeyPatch) -> Way:
    """More waits on the short way than is done in time."""
    monkeypatch.setattr(short.services.backlog, "_most_s", -1.0)
    return short


@pytest.fixture
def busy(short: Way, long: Way, monkeypatch: pytest.MonkeyPatch) -> tuple[Way, Way]:
    """More large pictures wait than are done in time."""
    for each in (short, long):
        monkeypatch.setattr(each.services.dataplane._predictor.work, "_most_s", -1.0)
    return short, long


def small() -> bytes:
    return post(PREDICT, upload(picture()), MULTIPART, ID)


def refused(way: Way) -> float:
    lines = way.metrics().splitlines()
    line = 'featuremap_refused_total{model="mnist_cnn",reason="queue_full"} '
    return sum(float(each.removeprefix(line)) for each in lines if each.startswith(line))


def test_a_small_one_is_refused_and_the_connection_goes_on(full: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    before = refused(full)
    (told,) = full.ask([small()])
    assert told.status == 503
    assert dict(told.headers)["retry-after"] == "1"
    assert dict(told.headers)["x-request-id"] == "mine-1"
    assert b'"title":"Overloaded"' in told.body
    assert b'"request_id":"mine-1"' in told.body
    assert refused(full) == before + 1
    with socket.create_connection(full.address, timeout=10) as connection:
        for status in (503, 200):
            connection.sendall(small())
            assert [each.status for each in read_answers(connection, 1)] == [status]
            monkeypatch.undo()


def test_its_body_may_come_later_and_the_next_one_behind_it(full: Way) -> None:
    whole = small()
    told = full.ask([whole[:400], whole[400:500], whole[500:] + whole], answers=2)
    assert [each.status for each in told] == [503, 200]  # what is pipelined is the app's affair


def test_a_v2_call_is_refused_in_its_form(full: Way) -> None:
    (told,) = full.ask([next(post(INFER, body, *lines) for _, body, lines in tensor_bodies())])
    assert told.status == 503
    assert told.body.startswith(b'{"error":"More requests wait')


def test_what_is_the_apps_affair_stays_it(full: Way) -> None:
    packets = {
        "a query": post(PREDICT + "?top_k=1", upload(picture()), MULTIPART),
        "no such model": post(PREDICT.replace("mnist_cnn", "nope"), upload(picture()), MULTIPART),
        "closed afterwards": post(PREDICT, upload(picture()), MULTIPART, "Connection: close"),
        "health": b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n",
    }
    assert [full.ask([packet])[0].status for packet in packets.values()] == [200, 404, 200, 200]


def test_a_large_picture_is_refused_alike_on_both_ways(busy: tuple[Way, Way]) -> None:
    packet = post(PREDICT, upload(LARGE), MULTIPART, ID)
    assert same(busy, "large", packet[:5000], packet[5000:70_000], packet[70_000:]) == [503]
    assert same(busy, "small", small()) == [200]


def test_a_client_that_leaves_before_its_turn_is_forgotten(short: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting: list[Stages] = []
    monkeypatch.setattr(short.services.backlog, "add", waiting.append)
    asked = short.services.repository.get("mnist_cnn").batcher.statistics.success.count
    with socket.create_connection(short.address) as connection:
        connection.sendall(small())
        wait_until(lambda: len(waiting) == 1)
        assert short.services.budget.held > 0
    wait_until(lambda: short.services.budget.held == 0)
    assert list(waiting[0]) == []
    time.sleep(0.05)
    assert short.services.repository.get("mnist_cnn").batcher.statistics.success.count == asked
