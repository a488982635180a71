"""The short way and the app count, log and limit the same, and neither forgets a caller."""

import logging
import time
from collections.abc import Iterator
from typing import Any

import pytest

from service.logging import request_id
from tests.integration.both_ways import Way, post, read_answers, way
from tests.integration.both_ways_requests import ID, INFER, MULTIPART, PREDICT, picture, same, tensor_bodies, upload
from tests.integration.server import ROOT, wait_until
from tests.recorded.files import good
from tests.service.test_metrics import samples


def _counts(way: Way) -> dict[Any, float]:
    """All that is counted, but for how long things took, what is of the process, and the number of batches: into how
    many a large request is cut follows from how fast the model has been."""
    return {
        key: value
        for key, value in samples(way.metrics().encode()).items()
        if key[0].endswith(("_total", "_count", "_ready"))
        and not key[0].startswith(("process_", "featuremap_batch_size"))
        and "inference" not in key[1]
    }


def _mixture() -> Iterator[bytes]:
    for _, body, lines in tensor_bodies():
        yield post(INFER, body, *lines, ID)
    for file in (picture(), b"text", *good().values()):
        yield post(PREDICT, upload(file), MULTIPART, "X-Request-ID: mine-2")
    yield post(PREDICT.replace("mnist_cnn", "nope"), upload(picture()), MULTIPART, "X-Request-ID: mine-3")


def test_metrics_and_log(caplog: pytest.LogCaptureFixture) -> None:
    """Each way counts the same under the same names, and logs the same lines."""
    seen = []
    for short in (True, False):
        heard: list[Any] = []
        with caplog.at_level(logging.INFO, "service.access"), way(ROOT / "models", short) as each:
            logger, handler = logging.getLogger("service.access"), _Hearing(heard)
            logger.addHandler(handler)
            requests = list(_mixture())
            for request in requests:
                each.ask([request])
            while len(heard) < len(requests):
                time.sleep(0.01)
            seen.append((_counts(each), heard))
            logger.removeHandler(handler)
            assert bool(each.taken) == short
    (counted, lines), (others, their_lines) = seen
    assert counted == others
    assert lines == their_lines


class _Hearing(logging.Handler):
    """Each line as it is told, with the id of its request and without its time."""

    def __init__(self, heard: list[Any]) -> None:
        super().__init__()
        self._heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        fields = {name: value for name, value in record.__dict__["fields"].items() if name != "ms"}
        self._heard.append((record.getMessage(), record.levelname, request_id.get(), fields))


@pytest.mark.parametrize("limits", [
    {"max_body_bytes": 300}, {"max_body_bytes_in_flight": 100}, {"max_image_bytes": 50}, {"max_pixels": 500},
    {"max_side": 20}, {"max_files": 1}, {"max_instances": 1},
], ids=str)  # fmt: skip
def test_limits(limits: dict[str, int]) -> None:
    with way(ROOT / "models", True, **limits) as short, way(ROOT / "models", False, **limits) as long:
        for request in _mixture():
            same((short, long), str(request[:300]), request)
        counted, others = _counts(short), _counts(long)
    assert counted == others


def test_the_queue_and_the_deadline() -> None:
    """A model that is held still: who comes too late or is too many is told the same."""
    told = []
    for short in (True, False):
        with way(ROOT / "models", short, queue_size=2, deadline_ms=1500) as each, each.held("mnist_cnn"):
            request = post(PREDICT, upload(picture()), MULTIPART, ID)
            connections = [each.open(request)]
            each.until_running("mnist_cnn")
            for _ in range(2):
                connections.append(each.open(request))
                time.sleep(0.1)
            refused = each.ask([request])
            assert refused[0].status == 503
            late = [list(read_answers(connection, 1)) for connection in connections]
            assert {answer.status for (answer,) in late} == {504}
            told.append((refused, late, _counts(each)))
    assert told[0] == told[1]


def test_who_leaves_is_dropped() -> None:
    with way(ROOT / "models", True) as each:
        with each.held("mnist_cnn"):
            first = each.open(post(PREDICT, upload(picture()), MULTIPART))
            each.until_running("mnist_cnn")
            for connection in [each.open(post(INFER, bytes(3136), "Inference-Header-Content-Length: 0")) for _ in "12"]:
                connection.close()
            counted = _counts(each)
            while counted.get(("featuremap_refused_total", ("mnist_cnn", "caller_left"))) != 2:
                time.sleep(0.01)
                counted = _counts(each)
        assert counted["featuremap_requests_total", ("POST", "/v2/models/{model}/infer", "499")] == 2
        (answer,) = read_answers(first, 1)
        assert answer.status == 200
        wait_until(lambda: each.services.budget.held == 0)


def test_an_answer_under_way_is_given_before_the_end() -> None:
    with way(ROOT / "models", True) as each:
        with each.held("mnist_cnn"):
            waiting = each.open(post(PREDICT, upload(picture()), MULTIPART))
            each.until_running("mnist_cnn")
            each.stop()
            time.sleep(0.3)
        (answer,) = read_answers(waiting, 1)
    assert answer.status == 200
    assert ("connection", "close") in answer.headers


def test_what_nobody_foresaw_is_a_500(caplog: pytest.LogCaptureFixture) -> None:
    told = []
    for short in (True, False):
        with way(ROOT / "models", short) as each, pytest.MonkeyPatch.context() as patch:
            for place in ("service.api.fast_path.model_answer", "service.api.routes.predictions.model_answer"):
                patch.setattr(place, lambda _: 1 / 0)
            told.append(each.ask([post(PREDICT, upload(picture()), MULTIPART, ID)]))
    assert told[0] == told[1]
    assert told[0][0].status == 500
    assert caplog.text.count("ZeroDivisionError") == 2
