"""A models folder, and what a repository needs to load it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from service.inference.loader import Runtime
from service.inference.runtime.session import CPU
from tests.packages import write_package


@dataclass
class Heard:
    """Keeps what it is told, as metrics would count it."""

    batches: list[tuple[str, int]] = field(default_factory=list)  # model, images
    stages: list[tuple[str, str]] = field(default_factory=list)  # model, stage
    refusals: list[tuple[str, str]] = field(default_factory=list)
    readiness: dict[tuple[str, str], bool] = field(default_factory=dict)

    def stage(self, model: str, stage: str, seconds: float) -> None:
        assert seconds >= 0
        self.stages.append((model, stage))

    def batch(self, model: str, size: int) -> None:
        self.batches.append((model, size))

    def refused(self, model: str, reason: str) -> None:
        self.refusals.append((model, reason))

    def ready(self, model: str, version: str, ready: bool) -> None:
        self.readiness[model, version] = ready

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
