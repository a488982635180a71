"""The Docker engine of this machine, driven through its own command line.

find_client() -> Engine -> build, run, inspect; `deployed` -> compose; a Container answers over HTTP until it is stopped
"""

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.ports import free_port

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "docker" / "Dockerfile"
HARDENED = ("--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--memory=1g")
_START_S = 60.0


def find_client() -> str | None:
    """A docker client that knows buildx and whose engine answers. The first in PATH may be a stray one."""
    for client in dict.fromkeys(filter(None, (shutil.which("docker"), "/usr/bin/docker"))):
        if all(_works(client, *probe) for probe in (("buildx", "version"), ("compose", "version"), ("info",))):
            return client
    return None


def _works(client: str, *arguments: str) -> bool:
    try:
        return subprocess.run([client, *arguments], capture_output=True, timeout=20).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


@dataclass(frozen=True)
class Engine:
    client: str

    def __call__(self, *arguments: str, environment: Mapping[str, str] | None = None, stdin: str = "") -> str:
        """Runs `docker ...` in the repository and gives its stdout; an error shows what it wrote."""
        done = subprocess.run(
            [self.client, *arguments],
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=900,
        )
        assert done.returncode == 0, f"docker {' '.join(arguments)}:\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        return done.stdout.strip()

    def inspect(self, kind: str, name: str) -> dict[str, Any]:
        (document,) = json.loads(self(kind, "inspect", name))
        return dict(document)

    @contextmanager
    def running(self, image: str, *options: str) -> Iterator["Container"]:
        """The image started hardened on a free port of 127.0.0.1, and removed at the end."""
        started = time.monotonic()
        identity = self("run", "--detach", "--publish=127.0.0.1::8000", *HARDENED, *options, image)
        try:
            address = self("port", identity, "8000/tcp").splitlines()[0]
            yield Container(self, identity, f"http://{address}", started)
        finally:
            self("rm", "--force", identity)


@dataclass(frozen=True)
class Deployment:
    """Services of `docker-compose.yml` that are up, by the names of their ports' settings: `SCALE_PORT`."""

    engine: Engine
    project: tuple[str, ...]
    environment: Mapping[str, str]

    def __call__(self, *arguments: str) -> str:
        """`docker compose ...` of this deployment."""
        return self.engine(*self.project, *arguments, environment=self.environment)

    def url(self, port: str) -> str:
        return f"http://127.0.0.1:{self.environment[port]}"

    def containers(self, service: str) -> list[str]:
        return self("ps", "--quiet", service).split()


@contextmanager
def deployed(
    engine: Engine, profile: str, services: Sequence[str], ports: Sequence[str], standin: str
) -> Iterator[Deployment]:
    """The services of a profile on free ports, each named by its setting, and gone at the end. Where a container lab
    brings the engine, it has an image that stands in for the one of `standin`, a program."""
    environment = {port: str(free_port()) for port in ports}
    if lab := os.environ.get("CONTAINER_LAB"):
        image = f"featuremap-test:{standin}"
        subprocess.run([lab, "standin", standin, image], check=True, capture_output=True, timeout=600)
        environment[f"{standin.upper()}_IMAGE"] = image
    project = ("compose", f"--project-name=featuremap-{profile}", f"--profile={profile}")
    deployment = Deployment(engine, project, environment)
    try:
        deployment("up", "--build", "--detach", "--wait", *services)
        yield deployment
    finally:
        deployment("down", "--timeout=20")


@dataclass(frozen=True)
class Container:
    engine: Engine
    identity: str
    url: str
    started: float  # time.monotonic() before `docker run`

    def state(self) -> dict[str, Any]:
        return dict(self.engine.inspect("container", self.identity)["State"])

    def logs(self) -> str:
        return subprocess.run(
            [self.engine.client, "logs", self.identity], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ).stdout

    def run(self, *command: str) -> str:
        return self.engine("exec", self.identity, *command)

    def handles(self, number: int) -> bool:
        """Whether process 1 has a handler for this signal by now."""
        (caught,) = re.findall(r"^SigCgt:\t(\w+)$", self.run("cat", "/proc/1/status"), re.MULTILINE)
        return bool(int(caught, 16) >> (number - 1) & 1)

    def first_prediction(self, picture: bytes) -> tuple[dict[str, Any], float]:
        """Asks until it answers; the answer, and the seconds since `docker run` was called."""
        return predict_when_ready(self.url, picture), time.monotonic() - self.started


def predict_when_ready(url: str, picture: bytes) -> dict[str, Any]:
    """What `mnist_cnn` says of the picture, as soon as the service accepts connections and has the model."""
    deadline = time.monotonic() + _START_S
    while True:
        try:
            answer = httpx.post(
                f"{url}/api/v1/models/mnist_cnn/predict", files={"file": ("digit.png", picture)}, timeout=5
            )
            answer.raise_for_status()
            return dict(answer.json())
        except httpx.HTTPError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
