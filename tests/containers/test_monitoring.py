"""`docker compose --profile monitoring`: Prometheus finds the service, its rules hold, and each panel has data."""

import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from tests.containers.engine import ROOT, Engine, predict_when_ready
from tests.web.server import free_port

pytestmark = [pytest.mark.container, pytest.mark.timeout(900)]

PROJECT = ("compose", "--project-name=featuremap-monitoring", "--profile=monitoring")
PROMETHEUS = "featuremap-test:prometheus"
DASHBOARD = json.loads((ROOT / "docker" / "monitoring" / "grafana" / "dashboard.json").read_text())
QUERIES = {panel["title"]: target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]}


@pytest.fixture(scope="module")
def environment(docker: Engine) -> Iterator[Mapping[str, str]]:
    """Without Grafana: where a container lab brings the engine, it has no image of it."""
    environment = {"FEATUREMAP_PORT": str(free_port()), "PROMETHEUS_PORT": str(free_port())}
    if lab := os.environ.get("CONTAINER_LAB"):
        subprocess.run([lab, "standin", "prometheus", PROMETHEUS], check=True, capture_output=True, timeout=600)
        environment["PROMETHEUS_IMAGE"] = PROMETHEUS
    try:
        docker(*PROJECT, "up", "--build", "--detach", "--wait", "featuremap", "prometheus", environment=environment)
        yield environment
    finally:
        docker(*PROJECT, "down", "--timeout=20", environment=environment)


def query(environment: Mapping[str, str], expression: str) -> list[dict[str, Any]]:
    answer = httpx.get(
        f"http://127.0.0.1:{environment['PROMETHEUS_PORT']}/api/v1/query", params={"query": expression}, timeout=10
    ).json()
    assert answer["status"] == "success", answer
    return list(answer["data"]["result"])


def test_every_panel_has_data_and_no_alert_fires(environment: Mapping[str, str], picture: bytes) -> None:
    assert len(QUERIES) > 8
    deadline = time.monotonic() + 90
    empty = set(QUERIES)
    while empty and time.monotonic() < deadline:
        predict_when_ready(f"http://127.0.0.1:{environment['FEATUREMAP_PORT']}", picture)
        empty = {title for title in empty if not _has_numbers(query(environment, QUERIES[title]))}
        time.sleep(0.5)
    assert empty == set()
    assert [found["value"][1] for found in query(environment, 'up{job="featuremap"}')] == ["1"]
    assert query(environment, 'ALERTS{alertstate="firing"}') == []


def _has_numbers(found: list[dict[str, Any]]) -> bool:
    return any(result["value"][1] != "NaN" for result in found)


def test_promtool_accepts_configuration_and_rules(docker: Engine, environment: Mapping[str, str]) -> None:
    identity = docker(*PROJECT, "ps", "--quiet", "prometheus", environment=environment)
    said = docker("exec", identity, "promtool", "check", "config", "/etc/prometheus/prometheus.yml")
    assert "SUCCESS: 6 rules found" in said
