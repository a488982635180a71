"""A models folder, and what a repository needs to load it."""

import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from service.drift import Shares
from service.errors import NotReady
from service.inference.entry import State
from service.inference.loader import Runtime
from service.inference.repository import Repository
from service.inference.runtime.providers import CPU
from tests.packages import write_package


@dataclass
class Heard:
    """Keeps what it is told, as metrics would count it."""

    batches: list[tuple[str, int]] = field(default_factory=list)  # model, images
    stages: list[tuple[str, str]] = field(default_factory=list)  # model, stage
    refusals: list[tuple[str, str]] = field(default_factory=list)
    readiness: dict[tuple[str, str], bool] = field(default_factory=dict)
    providers: dict[tuple[str, str], str] = field(default_factory=dict)
    answers: list[tuple[str, str, str, list[int]]] = field(default_factory=list)  # model, version, outcome, classes
    shares: dict[tuple[str, str], Shares] = field(default_factory=dict)

    def stage(self, model: str, stage: str, seconds: float) -> None:
        assert seconds >= 0
        self.stages.append((model, stage))

    def batch(self, model: str, size: int) -> None:
        self.batches.append((model, size))

    def refused(self, model: str, reason: str) -> None:
        self.refusals.append((model, reason))

    def ready(self, model: str, version: str, ready: bool) -> None:
        self.readiness[model, version] = ready

    def runs_on(self, model: str, version: str, provider: str) -> None:
        self.providers[model, version] = provider

    def answered(self, model: str, version: str, outcome: str, objects: Iterable[tuple[int, float]]) -> None:
        self.answers.append((model, version, outcome, [index for index, _ in objects]))

    def expects(self, model: str, version: str, shares: Shares) -> None:
        self.shares[model, version] = shares

    def gone(self, model: str, version: str) -> None:
        self.readiness.pop((model, version), None)


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as threads:
        yield threads


@pytest.fixture
def runtime(executor: ThreadPoolExecutor, heard: Heard) -> Runtime:
    return Runtime(provider=CPU, executor=executor, observer=heard, threads=1)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A folder with one good package, `bands`."""
    folder = tmp_path / "models"
    write_package(folder)
    return folder


@pytest.fixture
def load(models: Path, runtime: Runtime) -> Callable[[], Repository]:
    def loaded() -> Repository:
        repository = Repository(models, runtime)
        repository.load_all()
        return repository

    return loaded


def reason(repository: Repository, name: str) -> str:
    entry = repository.entry(name)
    assert entry.state is State.UNAVAILABLE
    with pytest.raises(NotReady) as caught:
        repository.get(name)
    told = entry.versions[-1].reason if entry.versions else entry.reason
    assert told
    assert told in caught.value.message
    return told


def edit(package: Path, **fields: object) -> None:
    document = json.loads((package / "model.json").read_text())
    (package / "model.json").write_text(json.dumps({**document, **fields}))


def damage_weights(package: Path) -> None:
    file = package / "model.onnx"
    file.write_bytes(file.read_bytes().replace(b"bands", b"hands"))
