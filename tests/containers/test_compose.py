"""`docker compose up`: the committed models on a port of this machine alone, hardened."""

import re
import shlex
from collections.abc import Iterator, Mapping

import pytest

from tests.containers.engine import ROOT, Engine, predict_when_ready
from tests.ports import free_port

pytestmark = [pytest.mark.container, pytest.mark.timeout(900)]

PROJECT = ("compose", "--project-name=featuremap-test")


@pytest.fixture(scope="module")
def environment(docker: Engine) -> Iterator[Mapping[str, str]]:
    """What the README says, as a deployment of its own, on a free port."""
    told = re.search(r"^docker compose (up .*)$", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert told
    environment = {"FEATUREMAP_PORT": str(free_port())}
    docker(*PROJECT, *shlex.split(told[1]), "--detach", "--wait", environment=environment)
    yield environment
    docker(*PROJECT, "down", "--timeout=20", environment=environment)
    assert docker(*PROJECT, "ps", "--all", "--quiet", environment=environment) == ""


def test_serves_the_committed_models(environment: Mapping[str, str], picture: bytes) -> None:
    answer = predict_when_ready(f"http://127.0.0.1:{environment['FEATUREMAP_PORT']}", picture)
    assert answer["predictions"][0]["label"] == "7"


def test_is_hardened_and_listens_on_this_machine_alone(docker: Engine, environment: Mapping[str, str]) -> None:
    identity = docker(*PROJECT, "ps", "--quiet", "featuremap", environment=environment)
    host = docker.inspect("container", identity)["HostConfig"]
    assert host["ReadonlyRootfs"]
    assert host["CapDrop"] == ["ALL"]
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert host["Memory"] == 2**30
    assert host["RestartPolicy"]["Name"] == "unless-stopped"
    assert [binding["HostIp"] for binding in host["PortBindings"]["8000/tcp"]] == ["127.0.0.1"]
