"""`docker compose --profile monitoring`: Prometheus finds the service, its rules hold, and each panel has data."""

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from service.datasets import read_test_set
from service.imaging.codec.files import encode_png
from tests.containers.engine import ROOT, Deployment, Engine, deployed, predict_when_ready

pytestmark = [pytest.mark.container, pytest.mark.timeout(900)]

DASHBOARD = json.loads((ROOT / "docker" / "monitoring" / "grafana" / "dashboard.json").read_text())
QUERIES = {panel["title"]: target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]}
DRIFT = 'ALERTS{alertname="FeaturemapDrift",model="mnist_cnn",alertstate="firing"}'


@pytest.fixture(scope="module")
def compose(docker: Engine) -> Iterator[Deployment]:
    """Without Grafana: where a container lab brings the engine, it has no image of it."""
    services, ports = ("featuremap", "prometheus"), ("FEATUREMAP_PORT", "PROMETHEUS_PORT")
    with deployed(docker, "monitoring", services, ports, "prometheus") as compose:
        yield compose


def query(compose: Deployment, expression: str) -> list[dict[str, Any]]:
    answer = httpx.get(
        f"{compose.url('PROMETHEUS_PORT')}/api/v1/query", params={"query": expression}, timeout=10
    ).json()
    assert answer["status"] == "success", answer
    return list(answer["data"]["result"])


def test_every_panel_has_data_and_no_alert_fires(compose: Deployment, picture: bytes) -> None:
    assert len(QUERIES) > 8
    deadline = time.monotonic() + 90
    empty = set(QUERIES)
    while empty and time.monotonic() < deadline:
        predict_when_ready(compose.url("FEATUREMAP_PORT"), picture)
        empty = {title for title in empty if not _has_numbers(query(compose, QUERIES[title]))}
        time.sleep(0.5)
    assert empty == set()
    assert [found["value"][1] for found in query(compose, 'up{job="featuremap"}')] == ["1"]
    assert query(compose, 'ALERTS{alertstate="firing"}') == []


def _has_numbers(found: list[dict[str, Any]]) -> bool:
    return any(result["value"][1] != "NaN" for result in found)


def test_promtool_accepts_configuration_and_rules(docker: Engine, compose: Deployment) -> None:
    (identity,) = compose.containers("prometheus")
    said = docker("exec", identity, "promtool", "check", "config", "/etc/prometheus/prometheus.yml")
    assert "SUCCESS: 14 rules found" in said


def test_the_drift_alert_fires_when_garments_are_sent_to_the_digit_model(compose: Deployment) -> None:
    """Digits first, 600 of them, which are as expected; then 900 garments, and the rules' minute."""
    url = f"{compose.url('FEATUREMAP_PORT')}/api/v1/models/mnist_cnn/predict"
    _send(url, "mnist", 600)
    deadline = time.monotonic() + 60
    while not (seen := query(compose, 'featuremap:answers:increase15m{model="mnist_cnn"} >= 550')):
        assert time.monotonic() < deadline, seen
        time.sleep(1)
    assert query(compose, 'featuremap:drift{model="mnist_cnn"} > 0.2') == []
    _send(url, "fashion_mnist", 900)
    deadline = time.monotonic() + 180
    while not (firing := query(compose, DRIFT)):
        assert time.monotonic() < deadline, query(compose, "featuremap:drift")
        time.sleep(1)
    assert "confidence" in {alert["metric"]["of"] for alert in firing}


def _send(url: str, dataset: str, count: int) -> None:
    images, _ = read_test_set(dataset)
    for start in range(0, count, 30):
        files = [("file", (f"{i}.png", encode_png(images[i]))) for i in range(start, start + 30)]
        httpx.post(url, files=files, timeout=30).raise_for_status()
