"""What a load balancer and a scraper ask."""

import time
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.packages import write_package
from tests.service.api.conftest import MakeClient, png


def test_live_and_ready(client: httpx.Client) -> None:
    assert client.get("/health/live").json() == {"live": True}
    response = client.get("/health/ready")
    assert response.status_code == 200
    assert response.json() == {"ready": True, "models": {"ready": 3, "total": 4}}


def test_without_a_ready_model_the_service_is_live_and_not_ready(make_client: MakeClient, tmp_path: Path) -> None:
    write_package(tmp_path)
    (tmp_path / "bands" / "1" / "model.onnx").write_bytes(b"")
    with make_client(models=tmp_path) as client:
        assert client.get("/health/live").status_code == 200
        response = client.get("/health/ready")
        assert response.status_code == 503
        assert response.json() == {"ready": False, "models": {"ready": 0, "total": 1}}
        assert response.headers["retry-after"] == "1"
        assert client.get("/api/v1/models").json()["models"][0]["reason"].startswith("model.onnx does not match")


def test_an_empty_folder_is_served_and_not_ready(make_client: MakeClient, tmp_path: Path) -> None:
    with make_client(models=tmp_path) as client:
        assert client.get("/health/ready").status_code == 503
        assert client.get("/api/v1/models").json() == {"models": []}


def test_metrics_count_requests_by_route_and_batches_by_model(make_client: MakeClient) -> None:
    with make_client() as client:
        for _ in range(3):
            assert client.post("/api/v1/models/bands/predict", content=png(1)).status_code == 200
        client.post("/api/v1/models/bands/predict", content=b"text")
        client.get("/nowhere/at/all")
        client.request("PROPFIND", "/api/v1/models")
        client.get("/")
        counted, deadline = 'route="pages",status="200"} 1.0', time.monotonic() + 20
        while counted not in (text := client.get("/metrics").text):  # it is counted after its last byte is sent
            assert time.monotonic() < deadline, text
    found = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    route = "/api/v1/models/{model}/predict"
    assert found["featuremap_requests_total", route, "200", "POST"] == 3
    assert found["featuremap_requests_total", route, "415", "POST"] == 1
    assert found["featuremap_requests_total", "404", "GET", "unknown"] == 1
    assert found["featuremap_requests_total", "/api/v1/models", "405", "other"] == 1
    assert found["featuremap_requests_total", "200", "GET", "pages"] == 1
    assert found["featuremap_request_seconds_count", route] == 4
    assert found["featuremap_stage_seconds_count", "bands", "inference"] == 3
    assert found["featuremap_batch_size_sum", "bands"] == 3
    for stage in ("decode", "preprocess", "queue", "encode"):
        assert found["featuremap_stage_seconds_count", "bands", stage] == 3
    assert found["featuremap_model_ready", "1", "bands"] == 1
    assert found["featuremap_model_ready", "0", "broken"] == 0
