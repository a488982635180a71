"""Loading and unloading by command: in this process, and what others are told and tell."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from service.errors import InvalidInput, NotFound, NotReady, Unavailable
from service.inference.control import ModelControl
from service.inference.entry import Entry, State
from service.inference.loader import Runtime
from service.inference.repository import Repository
from service.inference.shared_state import Followed, SharedState
from service.periodic import repeated
from tests.packages import write_package
from tests.service.inference.conftest import damage_weights

MakeControl = Callable[..., ModelControl]


class Worker(SharedState):
    """That of another worker process, as it would write its own file."""

    def __init__(self, folder: Path, pid: int) -> None:
        super().__init__(folder)
        self.pid = pid

    def follow(self, followed: "dict[str, Followed]") -> None:  # type: ignore[override]
        self._write(f"{self.pid}.worker.json", followed)


@pytest.fixture
def make(models: Path, runtime: Runtime) -> Iterator[MakeControl]:
    with ThreadPoolExecutor(1) as loader:

        def control(shared: SharedState | None = None, patience_s: float = 20) -> ModelControl:
            made = ModelControl(Repository(models, runtime), loader, shared, patience_s)
            made.start()
            return made

        yield control


def test_a_new_version_is_loaded_and_a_model_unloaded(models: Path, make: MakeControl) -> None:
    control = make()
    write_package(models, version=2)
    asyncio.run(control.load("bands"))
    assert control.repository.get("bands").version == "2"
    asyncio.run(control.unload("bands"))
    with pytest.raises(NotReady, match="it was unloaded"):
        control.repository.get("bands")
    asyncio.run(control.load("bands"))
    assert control.repository.get("bands").version == "2"
    write_package(models, "new")
    asyncio.run(control.load("new"))
    assert control.repository.get("new").version == "1"
    for act in (control.load, control.unload):
        with pytest.raises(NotFound, match="Known models: bands, new"):
            asyncio.run(act("nope"))


def test_a_failed_load_says_why_and_whether_something_serves(models: Path, make: MakeControl) -> None:
    control = make()
    serving = control.repository.get("bands")
    damage_weights(write_package(models, version=2))
    with pytest.raises(InvalidInput, match=r"version 2: model.onnx does not match .*What was serving goes on\.$"):
        asyncio.run(control.load("bands"))
    assert control.repository.get("bands") is serving
    (models / "late").mkdir()
    with pytest.raises(InvalidInput, match=r"late was not loaded as it lies on disk: config.pbtxt is missing\.$"):
        asyncio.run(control.load("late"))


def test_a_gpu_that_is_not_used_fails_the_load(runtime: Runtime, make: MakeControl) -> None:
    control = make()
    provider = replace(runtime.provider, requested="cuda", in_use="cuda")
    control.repository.runtime = replace(runtime, provider=provider)
    serving = control.repository.get("bands")
    with pytest.raises(InvalidInput, match=r"onnxruntime runs on cpu\. What was serving goes on"):
        asyncio.run(control.load("bands"))
    assert control.repository.get("bands") is serving


def test_the_event_loop_goes_on_while_a_model_is_loaded(make: MakeControl, monkeypatch: pytest.MonkeyPatch) -> None:
    """The load ends only once the event loop has had its turn."""
    control, turn = make(), threading.Event()
    load = control.repository.load

    def patient(name: str) -> Entry:
        assert turn.wait(20), "the event loop waits for the load"
        return load(name)

    async def test() -> None:
        loading = asyncio.create_task(control.load("bands"))
        await asyncio.sleep(0.01)
        turn.set()
        await loading

    monkeypatch.setattr(control.repository, "load", patient)
    asyncio.run(test())


def test_other_workers_follow_each_command(models: Path, tmp_path: Path, make: MakeControl) -> None:
    here, there = make(SharedState(tmp_path)), make(Worker(tmp_path, 1))

    async def command(act: Callable[[str], object], name: str) -> None:
        async with repeated(there.follow, 0.001, there._executor):
            await act(name)  # type: ignore[misc]  # a coroutine

    write_package(models, version=2)
    asyncio.run(command(here.load, "bands"))
    assert [c.repository.get("bands").version for c in (here, there)] == ["2", "2"]
    asyncio.run(command(here.unload, "bands"))
    assert there.repository.entry("bands").state is State.UNAVAILABLE
    asyncio.run(command(here.load, "bands"))
    damage_weights(write_package(models, version=3))
    with pytest.raises(InvalidInput, match=r"version 3: model\.onnx does not match"):
        asyncio.run(command(here.load, "bands"))
    assert there.repository.get("bands").version == "2"
    assert there.repository.entry("bands").fault == here.repository.entry("bands").fault != ""


def test_a_worker_obeys_each_command_once(tmp_path: Path, make: MakeControl) -> None:
    here, there = make(SharedState(tmp_path)), make(Worker(tmp_path, 1))
    here._act("bands", here._load, True)
    there.follow()
    loaded = there.repository.get("bands")
    there.follow()
    here.follow()
    assert there.repository.get("bands") is loaded


def test_a_worker_that_does_not_follow_is_waited_for_and_told(tmp_path: Path, make: MakeControl) -> None:
    control = make(SharedState(tmp_path), patience_s=0)
    Worker(tmp_path, 1).follow({})
    with pytest.raises(Unavailable, match="1 of 2 workers have followed"):
        asyncio.run(control.load("bands"))
    Worker(tmp_path, 1).forget(1)
    asyncio.run(control.load("bands"))


def test_a_worker_that_fails_is_told(tmp_path: Path, make: MakeControl) -> None:
    control = make(SharedState(tmp_path))
    Worker(tmp_path, 1).follow({"bands": Followed(1, "no memory is left")})
    with pytest.raises(Unavailable, match="Not all of the 2 workers could follow: no memory is left"):
        asyncio.run(control.load("bands"))


def test_a_worker_that_starts_anew_has_what_was_asked_for_last(models: Path, tmp_path: Path, make: MakeControl) -> None:
    write_package(models, "other")
    first = make(SharedState(tmp_path))
    asyncio.run(first.unload("bands"))
    asyncio.run(first.unload("other"))
    asyncio.run(first.load("other"))
    again = make(SharedState(tmp_path))
    assert again.repository.entry("bands").reason == "it was unloaded"
    assert again.repository.loaded
    assert again.repository.get("other")
    asyncio.run(again.load("bands"))
    assert again.repository.get("bands")
