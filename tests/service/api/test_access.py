"""Ids and lines of the log, for any front."""

import logging

import pytest

from service.api.access import AccessLog, choose_request_id
from service.metrics import Metrics
from tests.service.test_metrics import samples


def test_a_sane_id_is_kept_and_any_other_replaced() -> None:
    assert choose_request_id(b"a.b_c-d:e/f") == "a.b_c-d:e/f"
    for given in (None, b"", b"a b", b"x" * 129, b"\xff"):
        assert len(choose_request_id(given)) == 16


def test_an_answer_is_counted_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    metrics = Metrics()
    with caplog.at_level(logging.INFO, "service.access"):
        AccessLog(metrics, enabled=True).record("/a/{b}", "PURGE", "/a/" + "1" * 300, 404, 0.5, "::1")
        AccessLog(metrics, enabled=False).record("/a/{b}", "GET", "/a/1", 200, 0.5, None)
        AccessLog(metrics, enabled=True).record("/metrics", "GET", "/metrics", 200, 0.5, None)
    (line,) = caplog.records
    assert line.message == "other /a/" + "1" * 197
    assert line.__dict__["fields"] == {"status": 404, "ms": 500.0, "client": "::1"}
    counted = samples(metrics.render())
    assert counted["featuremap_requests_total", ("other", "/a/{b}", "404")] == 1
    assert counted["featuremap_requests_total", ("GET", "/a/{b}", "200")] == 1


def test_a_share_of_the_good_answers_is_logged_and_every_other(caplog: pytest.LogCaptureFixture) -> None:
    log = AccessLog(Metrics(), enabled=True, share=0.25)
    with caplog.at_level(logging.INFO, "service.access"):
        for i in range(100):
            log.record("/a", "GET", f"/{i}", 400 if i % 10 == 0 else 200, 0.5, None)
    statuses = [line.__dict__["fields"]["status"] for line in caplog.records]
    assert statuses.count(400) == 10
    assert statuses.count(200) == 22
