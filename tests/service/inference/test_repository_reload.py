"""Models that are loaded and unloaded while they serve: what goes on, what ends, and what is said."""

import asyncio
import gc
import shutil
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from service.errors import NotFound, NotReady
from service.inference.entry import State
from service.inference.loader import Model
from service.inference.repository import Repository
from tests.packages import band_picture, write_package
from tests.service.inference.conftest import Heard, damage_weights


def test_unload_and_load_swap_a_model_while_requests_end_on_the_old_one(
    models: Path, load: Callable[[], Repository], heard: Heard
) -> None:
    repository = load()
    old = repository.get("bands")
    repository.unload("bands")
    assert repository.entry("bands").state is State.UNAVAILABLE
    assert heard.readiness == {("bands", "1"): False}
    with pytest.raises(NotReady, match="it was unloaded"):
        repository.get("bands")
    image = band_picture(1)[None, None].astype(np.float32) / np.float32(255)
    assert asyncio.run(old.batcher.submit(image)).rows.argmax() == 1
    write_package(models, version=2)
    repository.load("bands")
    assert repository.get("bands").version == "2"
    with pytest.raises(NotFound):
        repository.unload("nope")


@pytest.mark.parametrize(
    "name", ["../models/bands", "/etc", "", ".", "..", "bands/1", "bands\0", "stats", ".hidden", "nope"]
)
def test_only_a_package_of_the_folder_is_loaded(models: Path, load: Callable[[], Repository], name: str) -> None:
    shutil.copytree(models / "bands", models / ".hidden")
    repository = load()
    with pytest.raises(NotFound, match=r"Known models: bands\.$"):
        repository.load(name)
    assert [entry.name for entry in repository.entries()] == ["bands"]


def test_a_failed_load_keeps_what_was_serving_and_says_why(
    models: Path, load: Callable[[], Repository], heard: Heard
) -> None:
    repository = load()
    first = repository.get("bands")
    write_package(models, version=2)
    repository.load("bands")
    second = repository.get("bands")
    assert heard.readiness == {("bands", "2"): True}
    damage_weights(write_package(models, version=3))
    entry = repository.load("bands")
    assert repository.get("bands") is second is repository.get("bands", "2")
    assert entry.state is State.READY
    told = "model.onnx does not match its checksum in model.json"
    assert [(v.number, v.state, v.reason) for v in entry.versions] == [
        (2, State.READY, ""),
        (3, State.UNAVAILABLE, told),
    ]
    with pytest.raises(NotReady, match=told):
        repository.get("bands", "3")
    assert heard.readiness == {("bands", "2"): True, ("bands", "3"): False}
    shutil.rmtree(models / "bands" / "3")
    write_package(models, version=3)
    assert [v.number for v in repository.load("bands").versions] == [3]
    assert heard.readiness == {("bands", "3"): True}
    assert first.batcher.limits  # still held, still whole


def test_a_version_that_cannot_be_loaded_again_goes_on_as_it_was(
    models: Path, load: Callable[[], Repository], heard: Heard
) -> None:
    repository = load()
    serving = repository.get("bands")
    damage_weights(models / "bands" / "1")
    entry = repository.load("bands")
    assert repository.get("bands") is serving
    assert entry.versions[0].reason == ("loading it again failed: model.onnx does not match its checksum in model.json")
    assert heard.readiness == {("bands", "1"): True}
    (models / "bands" / "config.pbtxt").write_text("}")
    entry = repository.load("bands")
    assert entry.reason.startswith("config.pbtxt: line 1")
    assert repository.get("bands") is serving
    shutil.rmtree(models / "bands")
    entry = repository.load("bands")
    assert (entry.reason, entry.state) == ("config.pbtxt is missing", State.READY)
    assert repository.get("bands") is serving
    write_package(models)
    entry = repository.load("bands")
    assert (entry.reason, [v.reason for v in entry.versions]) == ("", [""])
    assert repository.get("bands") is not serving


def test_a_package_that_is_mended_is_no_longer_counted_as_broken(
    models: Path, load: Callable[[], Repository], heard: Heard
) -> None:
    (models / "late").mkdir()
    repository = load()
    assert heard.readiness["late", "0"] is False
    shutil.rmtree(models / "late")
    write_package(models, "late")
    repository.load("late")
    assert heard.readiness == {("bands", "1"): True, ("late", "1"): True}


def test_who_asks_during_a_load_gets_a_whole_model(load: Callable[[], Repository]) -> None:
    repository = load()
    faults: list[str] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            entry = repository.entry("bands")
            if repository.get("bands").name != "bands" or entry.state is not State.READY:
                faults.append(repr(entry))

    with ThreadPoolExecutor(3) as threads:
        asking = threads.submit(ask)
        for loading in [threads.submit(repository.load, "bands") for _ in range(6)]:
            assert loading.result().state is State.READY
        done.set()
        asking.result()
    assert not faults


def test_a_model_that_was_replaced_ends_with_its_last_request(load: Callable[[], Repository]) -> None:
    """Its queue runs empty, also when the service stops meanwhile; then nothing holds it."""
    repository = load()
    image = band_picture(1)[None, None].astype(np.float32) / np.float32(255)

    async def test() -> "weakref.ref[Model]":
        old = repository.get("bands")
        waiting = asyncio.create_task(old.batcher.submit(image))
        await asyncio.sleep(0)
        repository.load("bands")
        assert repository.get("bands") is not old
        await repository.close()
        assert waiting.done()
        assert waiting.result().rows.argmax() == 1
        return weakref.ref(old)

    old = asyncio.run(test())
    gc.collect()
    assert old() is None
