"""Spans of a server process, as a collector gets them."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from service import __version__
from service.imaging.codec.files import encode_png
from tests.integration.collector import Collector, attributes, collecting
from tests.integration.server import Running, serving
from tests.packages import band_picture

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SAMPLED = {"traceparent": f"00-{TRACE}-{CALLER}-01"}


@pytest.fixture(scope="module")
def collecting_all() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


@pytest.fixture
def collector(collecting_all: Collector) -> Collector:
    """Without the spans of the tests before, each of which has waited for its own."""
    collecting_all.spans.clear()
    return collecting_all


@pytest.fixture(scope="module")
def server(models: Path, collecting_all: Collector, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OTEL_BSP_SCHEDULE_DELAY", "200")  # milliseconds, for 5,000
        log = tmp_path_factory.mktemp("log") / "log"
        with serving(models, log, otlp_endpoint=collecting_all.endpoint) as running:
            yield running


def split(spans: list[Span]) -> tuple[Span, list[Span]]:
    """The request's, and those below it by their begin."""
    (root,) = [span for span in spans if span.kind == Span.SPAN_KIND_SERVER]
    children = [span for span in spans if span.parent_span_id == root.span_id]
    return root, sorted(children, key=lambda span: span.start_time_unix_nano)


def test_a_prediction_is_a_span_of_its_callers_trace_with_its_stages(server: Running, collector: Collector) -> None:
    before = time.time_ns()
    path = "/api/v1/models/bands/predict"
    answer = httpx.post(server.address + path, content=encode_png(band_picture(3)), headers=SAMPLED)
    spans = collector.wait(5)
    root, stages = split(spans)
    assert {span.trace_id.hex() for span in spans} == {TRACE}
    assert root.parent_span_id.hex() == CALLER
    assert root.name == "POST /api/v1/models/{model}/predict"
    assert attributes(root) == {
        "http.request.method": "POST", "url.path": path, "http.route": "/api/v1/models/{model}/predict",
        "http.response.status_code": 200, "featuremap.request_id": answer.headers["x-request-id"],
    }  # fmt: skip
    assert [span.name for span in stages] == ["decode", "preprocess", "queue", "inference"]
    assert [attributes(span) for span in stages] == [{}, {}, *[{"featuremap.model": "bands"}] * 2]
    ends = [(span.start_time_unix_nano, span.end_time_unix_nano) for span in (root, *stages)]
    assert all(before <= start <= end <= time.time_ns() for start, end in ends)
    millisecond = 1_000_000  # the clocks of spans and of stages are two
    assert all(ends[0][0] - millisecond <= start <= end <= ends[0][1] + millisecond for start, end in ends[1:])
    assert collector.resource["service.name"] == "featuremap"
    assert collector.resource["service.version"] == __version__


def test_the_stages_last_as_long_as_server_timing_says(server: Running, collector: Collector) -> None:
    path = "/api/v1/models/bands/predict"
    answer = httpx.post(server.address + path, content=encode_png(band_picture(3)))
    timing = dict(part.strip().split(";dur=") for part in answer.headers["server-timing"].split(","))
    root, stages = split(collector.wait(5))
    assert root.parent_span_id == b"", "nobody's trace but its own"
    for span in stages:
        took = (span.end_time_unix_nano - span.start_time_unix_nano) / 1e6
        assert took == pytest.approx(float(timing[span.name]), abs=0.002)


def test_tensors_have_their_stages_too(server: Running, collector: Collector) -> None:
    data = (band_picture(3) / 255).ravel().tolist()
    tensor = {"name": "input", "datatype": "FP32", "shape": [1, 1, 28, 28], "data": data}
    httpx.post(f"{server.address}/v2/models/bands/infer", json={"inputs": [tensor]}).raise_for_status()
    root, stages = split(collector.wait(3))
    assert root.name == "POST /v2/models/{model}/infer"
    assert [span.name for span in stages] == ["queue", "inference"]


def test_what_is_not_sampled_and_who_looks_after_it_have_no_span(server: Running, collector: Collector) -> None:
    unsampled = {"traceparent": f"00-{TRACE}-{CALLER}-00"}
    assert httpx.get(f"{server.address}/api/v1/models", headers=unsampled).status_code == 200
    assert httpx.get(f"{server.address}/health/ready").status_code == 200
    assert httpx.get(f"{server.address}/metrics").status_code == 200
    assert httpx.get(f"{server.address}/api/v1/nowhere").status_code == 404
    (span,) = collector.wait(1)
    assert (span.name, attributes(span)["http.response.status_code"]) == ("GET unknown", 404)
    assert span.status.code == Status.STATUS_CODE_UNSET, "the caller's mistake is no error of the service"


def test_the_last_spans_are_sent_at_the_end(models: Path, collector: Collector, tmp_path: Path) -> None:
    with serving(models, tmp_path / "log", otlp_endpoint=collector.endpoint) as running:
        for _ in range(20):
            httpx.get(f"{running.address}/api/v1/limits")
        assert running.stop() == 0
        assert len(collector.wait(20, seconds=1)) == 20


def test_a_collector_that_is_away_costs_no_request_and_no_time_at_the_end(models: Path, tmp_path: Path) -> None:
    with serving(models, tmp_path / "log", otlp_endpoint="http://127.0.0.1:9") as running:
        assert httpx.get(f"{running.address}/api/v1/limits", timeout=5).status_code == 200
        began = time.monotonic()
        assert running.stop() == 0
        assert time.monotonic() - began < 10
        assert [line for line in running.log.splitlines() if not isinstance(json.loads(line), dict)] == []
