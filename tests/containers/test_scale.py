"""`docker compose --profile scale up`: three replicas behind nginx, of which one may die under load."""

import concurrent.futures
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.containers.engine import Deployment, Engine, deployed, predict_when_ready

pytestmark = [pytest.mark.container, pytest.mark.timeout(900)]

PREDICT = "/api/v1/models/mnist_cnn/predict"
COUNTED = """
import re, urllib.request
text = urllib.request.urlopen("http://127.0.0.1:8000/metrics").read().decode()
print(sum(float(n) for n in re.findall(r'^featuremap_requests_total.*predict.*status="200".* ([0-9.]+)$', text, re.M)))
"""


@pytest.fixture(scope="module")
def compose(docker: Engine) -> Iterator[Deployment]:
    """The scale profile on free ports."""
    with deployed(docker, "scale", ("replica", "proxy"), ("FEATUREMAP_PORT", "SCALE_PORT"), "nginx") as compose:
        yield compose


def test_requests_are_spread_and_none_is_lost_with_a_replica(
    docker: Engine, compose: Deployment, picture: bytes
) -> None:
    address = compose.url("SCALE_PORT")
    replicas = compose.containers("replica")
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


def test_the_caller_is_known_behind_the_proxy(docker: Engine, compose: Deployment, picture: bytes) -> None:
    """What nginx says of the caller is believed, so the log names more than the proxy."""
    address = compose.url("SCALE_PORT")
    predict_when_ready(address, picture)
    (proxy,) = compose.containers("proxy")
    (network,) = docker.inspect("container", proxy)["NetworkSettings"]["Networks"].values()
    logs = compose("logs", "--no-log-prefix", "replica")
    predictions = [line for line in logs.splitlines() if f"POST {PREDICT}" in line]
    assert predictions
    assert [line for line in predictions if f'"client": "{network["IPAddress"]}"' in line] == []
