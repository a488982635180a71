"""The servers: where each is installed, how it is started, what it is sent.

    name -> environment (.venv-bench/NAME, by requirements/NAME.txt) -> command -> a running server, pinned to a core

Each is started as its own documentation says, with one worker, one thread of onnxruntime, and its own defaults.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

import httpx
import numpy as np

from benchmarks.serving import payloads
from benchmarks.serving.load import Payload
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "models" / "mnist_cnn" / "1" / "model.onnx"
_HERE = Path(__file__).parent
_ENVIRONMENTS = ROOT / ".venv-bench"
_APPS = _HERE / "apps"
_SLOWEST_START_S = 120


@dataclass(frozen=True)
class Kind:
    """A server that can be started. `command` takes the port and a folder of its own, in which it runs."""

    name: str
    command: Callable[[int, Path], list[str]]
    payloads: Callable[[], payloads.Payloads]
    package: str  # whose version is told
    note: str = ""  # how it was set up
    environment: str = ""  # under .venv-bench; "": this one
    variables: dict[str, str] = field(default_factory=dict)
    classifies: bool = True  # its answers name the digit

    def version(self) -> str:
        if not self.environment:
            return metadata.version(self.package)
        code = f"from importlib.metadata import version; print(version({self.package!r}))"
        return subprocess.run(
            [binary_of(self.environment), "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()


@dataclass(frozen=True)
class Running:
    """A server that answers."""

    kind: Kind
    pid: int
    address: str
    started_s: float  # from its start to the first right answer


def binary_of(environment: str) -> str:
    """Python of an environment."""
    return str(_ENVIRONMENTS / environment / "bin" / "python")


def install(name: str) -> None:
    """Makes the environment, if it is not there yet. Raises CalledProcessError, with pip's output, where that fails."""
    folder, done = _ENVIRONMENTS / name, _ENVIRONMENTS / name / ".installed"
    wanted = _HERE / "requirements" / f"{name}.txt"
    if done.exists() and done.read_text() == wanted.read_text():
        return
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--requirement", str(wanted)], check=True)
    done.write_text(wanted.read_text())


@contextmanager
def running(kind: Kind, folder: Path, cores: str | None) -> Iterator[Running]:
    """The server until the block ends, on these cores (as taskset names them). Its first right answer was to P1."""
    port = free_port()
    pinned = ["taskset", "-c", cores] if cores else []
    environment = {**os.environ, "MODEL": str(MODEL), "PYTHONPATH": str(_APPS), "PORT": str(port), **kind.variables}
    log, first = folder / "log", kind.payloads()["P1"]
    address = f"http://127.0.0.1:{port}"
    began = time.perf_counter()
    with log.open("wb") as file:
        process = subprocess.Popen(
            [*pinned, *kind.command(port, folder)], cwd=folder, env=environment, stdout=file, stderr=file,
            process_group=0,
        )  # fmt: skip
    try:
        _wait(process, kind, address + first.path, first, log)
        yield Running(kind, process.pid, address, time.perf_counter() - began)
    finally:
        _stop(process)


def check(server: Running, name: str, payload: Payload) -> None:
    """Raises AssertionError where the answer is not the digit that was sent."""
    answer = httpx.post(server.address + payload.path, headers=payload.headers, content=payload.body, timeout=60)
    assert answer.status_code == 200, f"{server.kind.name}, {name}: {answer.status_code} {answer.text[:500]}"
    if server.kind.classifies and "Fashion" not in name:
        assert digit(answer) == payloads.DIGIT, f"{server.kind.name}, {name}: {answer.text[:500]}"


def digit(answer: httpx.Response) -> int | None:
    """The class that an answer names, in whichever form."""
    if length := answer.headers.get("inference-header-content-length"):
        return int(np.frombuffer(answer.content[int(length) :], np.float32)[:10].argmax())
    said = answer.json()
    if "predictions" in said and isinstance(said["predictions"][0], dict):
        index = said["predictions"][0]["index"]
        return None if index is None else int(index)
    numbers = re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", json.dumps(_rows(said)))[:10]
    return int(np.argmax([float(each) for each in numbers])) if len(numbers) == 10 else None


def _rows(said: object) -> object:
    """The numbers within an answer's form."""
    if isinstance(said, dict):
        return _rows(said["outputs"][0]["data"] if "outputs" in said else said["predictions"])
    return said


def _wait(process: subprocess.Popen[bytes], kind: Kind, address: str, first: Payload, log: Path) -> None:
    until = time.perf_counter() + _SLOWEST_START_S
    with httpx.Client(timeout=5, headers=first.headers) as client:
        while time.perf_counter() < until:
            if process.poll() is not None:
                raise RuntimeError(f"it ended:\n{log.read_text()[-3000:]}")
            with suppress(httpx.TransportError):
                answer = client.post(address, content=first.body)
                if answer.status_code == 200 and (not kind.classifies or digit(answer) == payloads.DIGIT):
                    return
            time.sleep(0.005)
    raise RuntimeError(f"no right answer within {_SLOWEST_START_S} s:\n{log.read_text()[-3000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """It and what it started: they are a process group of their own."""
    try:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(15)
    except subprocess.TimeoutExpired:
        pass
    except ProcessLookupError:
        return
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
