"""The image as it is run: small, hardened, quick to answer, and quick to stop."""

import re
import signal
import time
from urllib.parse import urlsplit

import pytest

from tests.containers.engine import HARDENED, Engine
from tests.hostile.corpus import cases
from tests.hostile.judge import faults

pytestmark = [pytest.mark.container, pytest.mark.timeout(900)]

MOST_MB_OVER_BASE = 220
LIBRARIES = "fastapi, numpy, onnxruntime, PIL.Image, uvicorn, uvloop"
MOST_TIMES_THE_LIBRARIES = 3.5


def test_adds_at_most_220_mb_to_its_base(docker: Engine, image: str, base_image: str) -> None:
    size, base = (docker.inspect("image", name)["Size"] / 1e6 for name in (image, base_image))
    assert 50 < size - base <= MOST_MB_OVER_BASE


def test_is_set_up_for_a_plain_run(docker: Engine, image: str) -> None:
    config = docker.inspect("image", image)["Config"]
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", config["User"]), "a numeric user who is not root"
    assert config["Cmd"][0] != "/bin/sh", "exec form: signals reach the service itself"
    assert config["Healthcheck"]["Test"][0] == "CMD"


def test_the_first_prediction_costs_little_more_than_the_libraries(docker: Engine, image: str, picture: bytes) -> None:
    """From `docker run` on, beside a container that only imports what the service stands on. The best of three each,
    in turns, since other programs on this machine only ever add to it."""
    taken: list[tuple[float, float]] = []
    for _ in range(3):
        started = time.monotonic()
        docker("run", "--rm", *HARDENED, image, "python", "-c", f"import {LIBRARIES}")
        libraries = time.monotonic() - started
        with docker.running(image) as container:
            answer, first = container.first_prediction(picture)
        assert answer["predictions"][0]["label"] == "7"
        taken.append((libraries, first))
    libraries, first = (min(times) for times in zip(*taken, strict=True))
    assert first < MOST_TIMES_THE_LIBRARIES * libraries, taken


def test_ends_with_0_on_sigterm(docker: Engine, image: str, picture: bytes) -> None:
    with docker.running(image) as container:
        container.first_prediction(picture)
        docker("stop", "--time=20", container.identity)
        state = container.state()
    assert state["ExitCode"] == 0
    assert not state["OOMKilled"]


def test_sigterm_ends_it_while_it_starts(docker: Engine, image: str) -> None:
    """Process 1 ignores a signal that it has no handler for, and would be killed after ten seconds."""
    with docker.running(image) as container:
        deadline = time.monotonic() + 10
        while not container.handles(signal.SIGTERM) and time.monotonic() < deadline:
            time.sleep(0.02)  # the imports, which come next, take far longer
        docker("stop", "--time=10", container.identity)
        assert container.state()["ExitCode"] == 0
        assert "Traceback" not in container.logs()


def test_runs_without_root_capabilities_or_an_installer(docker: Engine, image: str, picture: bytes) -> None:
    with docker.running(image) as container:
        container.first_prediction(picture)
        status = dict(re.findall(r"^(\w+):\t(.*)$", container.run("cat", "/proc/1/status"), re.MULTILINE))
        modules = container.run(
            "python", "-c", "import importlib.util as u; print(*map(u.find_spec, ['pip', 'torch']))"
        )
        anywhere = container.run("sh", "-c", "command -v pip pip3 || echo none")
    assert status["Uid"].split()[0] != "0"
    assert int(status["CapEff"], 16) == 0
    assert status["NoNewPrivs"] == "1"
    assert modules == "None None"
    assert anywhere == "none"


def test_becomes_healthy(docker: Engine, image: str) -> None:
    with docker.running(image, "--health-interval=1s") as container:
        deadline = time.monotonic() + 60
        while (health := container.state()["Health"])["Status"] != "healthy":
            assert time.monotonic() < deadline, health
            time.sleep(0.2)


def test_is_unhealthy_where_no_model_is_ready(docker: Engine, image: str) -> None:
    with docker.running(image, "--tmpfs=/app/models", "--health-start-period=1ms", "--health-interval=1s") as container:
        deadline = time.monotonic() + 60
        while (health := container.state()["Health"])["Status"] != "unhealthy":
            assert time.monotonic() < deadline, health
            time.sleep(0.2)
        assert container.state()["Running"], "it answers 503, and is not gone"


def test_the_hostile_corpus_within_1_gib_and_256_processes(docker: Engine, image: str, picture: bytes) -> None:
    impatient = ("--env=FEATUREMAP_HEAD_TIMEOUT_MS=1000", "--env=FEATUREMAP_BODY_TIMEOUT_MS=1000")
    with docker.running(image, "--pids-limit=256", *impatient) as container:
        container.first_prediction(picture)
        url = urlsplit(container.url)
        assert faults((str(url.hostname), int(url.port or 0)), list(cases("mnist_cnn"))) == []
        state = container.state()
        assert state["Running"]
        assert not state["OOMKilled"]
        assert "Traceback" not in container.logs()


def test_logs_json_and_nothing_else(docker: Engine, image: str, picture: bytes) -> None:
    """Libraries that complain of the read-only root would show here."""
    with docker.running(image) as container:
        container.first_prediction(picture)
        docker("stop", container.identity)
        lines = container.logs().splitlines()
    assert lines
    assert [line for line in lines if not line.startswith('{"time"')] == []
