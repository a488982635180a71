"""`docker compose --profile scale up`: three replicas behind nginx, of which one may die under load."""

import concurrent.futures
import os
import subprocess
import time
from collections.abc import Iterator, Mapping

import httpx
import pytest

from tests.containers.engine import Engine, predict_when_ready
from tests.web.server import free_port

pytestmark = [pytest.mark.container, pytest.mark.timeout(900)]

PROJECT = ("compose", "--project-name=featuremap-scale", "--profile=scale")
NGINX = "featuremap-test:nginx"
PREDICT = "/api/v1/models/mnist_cnn/predict"
COUNTED = """
import re, urllib.request
text = urllib.request.urlopen("http://127.0.0.1:8000/metrics").read().decode()
print(sum(float(n) for n in re.findall(r'^featuremap_requests_total.*predict.*status="200".* ([0-9.]+)$', text, re.M)))
"""


@pytest.fixture(scope="module")
def environment(docker: Engine) -> Iterator[Mapping[str, str]]:
    """The scale profile on free ports. Where a container lab brings the engine, it brings nginx's image too."""
    environment = {"FEATUREMAP_PORT": str(free_port()), "SCALE_PORT": str(free_port())}
    if lab := os.environ.get("CONTAINER_LAB"):
        subprocess.run([lab, "standin", "nginx", NGINX], check=True, capture_output=True, timeout=300)
        environment["NGINX_IMAGE"] = NGINX
    try:
        docker(*PROJECT, "up", "--build", "--detach", "--wait", "replica", "proxy", environment=environment)
        yield environment
    finally:
        docker(*PROJECT, "down", "--timeout=20", environment=environment)


@pytest.fixture(scope="module")
def replicas(docker: Engine, environment: Mapping[str, str]) -> list[str]:
    return docker(*PROJECT, "ps", "--quiet", "replica", environment=environment).split()


def test_requests_are_spread_and_none_is_lost_with_a_replica(
    docker: Engine, environment: Mapping[str, str], replicas: list[str], picture: bytes
) -> None:
    address = f"http://127.0.0.1:{environment['SCALE_PORT']}"
    predict_when_ready(address, picture)
    assert len(replicas) == 3
    end = time.monotonic() + 8

    def ask(_caller: int) -> list[int]:
        statuses = []
        with httpx.Client(base_url=address, timeout=30) as client:
            while time.monotonic() < end:
                answer = client.post(PREDICT, content=picture)
                assert answer.status_code != 200 or answer.json()["predictions"][0]["label"] == "7"
                statuses.append(answer.status_code)
        return statuses

    with concurrent.futures.ThreadPoolExecutor(9) as callers:
        load = [callers.submit(ask, number) for number in range(8)]
        time.sleep(3)
        counts = [float(docker("exec", replica, "python", "-c", COUNTED)) for replica in replicas]
        docker("kill", replicas[0])
        statuses = [status for one in load for status in one.result()]
    assert len(statuses) > 100
    assert set(statuses) == {200}
    assert min(counts) > sum(counts) / 10, "each replica has its share"


def test_the_caller_is_known_behind_the_proxy(docker: Engine, environment: Mapping[str, str], picture: bytes) -> None:
    """What nginx says of the caller is believed, so the log names more than the proxy."""
    address = f"http://127.0.0.1:{environment['SCALE_PORT']}"
    predict_when_ready(address, picture)
    proxy = docker(*PROJECT, "ps", "--quiet", "proxy", environment=environment)
    (network,) = docker.inspect("container", proxy)["NetworkSettings"]["Networks"].values()
    logs = docker(*PROJECT, "logs", "--no-log-prefix", "replica", environment=environment)
    predictions = [line for line in logs.splitlines() if f"POST {PREDICT}" in line]
    assert predictions
    assert [line for line in predictions if f'"client": "{network["IPAddress"]}"' in line] == []
