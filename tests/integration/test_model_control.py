"""Models that come and go under real servers: several workers follow, NVIDIA's client loads, a folder is watched."""

import json
import os
import re
import shutil
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from tritonclient.http import InferenceServerClient, InferInput
from tritonclient.utils import InferenceServerException

from tests.integration.server import Running, command, serving, wait_until
from tests.packages import band_picture, write_package
from tests.service.inference.conftest import damage_weights

KEY = "the-key-of-these-tests"
ADMIN = {"Authorization": f"Bearer {KEY}"}
WORKERS = 2
ASKED = 30  # each over a connection of its own, so that either worker answers some


@pytest.fixture
def models(tmp_path: Path) -> Path:
    write_package(tmp_path / "models")
    write_package(tmp_path / "models", "other")
    return tmp_path / "models"


@pytest.fixture
def explicit(models: Path, tmp_path: Path) -> Iterator[Running]:
    (tmp_path / "key").write_text(KEY)
    with serving(
        models,
        tmp_path / "log",
        workers=str(WORKERS),
        model_control="explicit",
        admin_key_file=str(tmp_path / "key"),
    ) as running:
        wait_until(lambda: len(loaded(running, "other", "1")) == WORKERS)
        yield running


def loaded(server: Running, name: str, version: str) -> list[str]:
    """A log line for each worker that has it."""
    lines = [line for line in server.log.splitlines() if line.startswith("{") and line.endswith("}")]
    ready = [line for line in lines if json.loads(line)["message"] == f"model {name} is ready"]
    return [line for line in ready if json.loads(line)["version"] == version]


def versions(server: Running, name: str = "bands") -> set[str]:
    """What all workers say is served; the status and reason where nothing is."""
    answers = ask(server, "GET", f"/v2/models/{name}")
    return {a.json()["versions"][-1] if a.status_code == 200 else a.json()["error"] for a in answers}


def reasons(server: Running) -> set[tuple[str, ...]]:
    return {tuple(entry["reason"] for entry in a.json()) for a in ask(server, "POST", "/v2/repository/index")}


def ask(server: Running, method: str, path: str) -> list[httpx.Response]:
    with httpx.Client(base_url=server.address, timeout=30, headers={"Connection": "close"}) as client:
        return [client.request(method, path) for _ in range(ASKED)]


def call(server: Running, verb: str, name: str = "bands") -> httpx.Response:
    return httpx.post(f"{server.address}/v2/repository/models/{name}/{verb}", headers=ADMIN, timeout=60)


def test_every_worker_has_followed_when_a_call_is_answered(explicit: Running, models: Path) -> None:
    for version in (2, 3):
        write_package(models, version=version)
        assert call(explicit, "load").status_code == 200
        assert len(loaded(explicit, "bands", str(version))) == WORKERS
        assert versions(explicit) == {str(version)}
    assert call(explicit, "unload").status_code == 200
    assert versions(explicit) == {"bands version 3 is not ready: it was unloaded."}
    assert versions(explicit, "other") == {"1"}
    assert call(explicit, "load").status_code == 200
    assert versions(explicit) == {"3"}
    damage_weights(write_package(models, version=4))
    failed = call(explicit, "load")
    assert (failed.status_code, "version 4: model.onnx does not match" in failed.json()["error"]) == (400, True)
    assert versions(explicit) == {"3"}
    assert reasons(explicit) == {("", "model.onnx does not match its checksum in model.json", "")}


def test_calls_at_the_same_time_leave_all_workers_alike(explicit: Running) -> None:
    with httpx.Client(timeout=60, headers=ADMIN) as client:

        def one(k: int) -> int:
            verb = ("load", "unload")[k % 2]
            return client.post(f"{explicit.address}/v2/repository/models/bands/{verb}").status_code

        with ThreadPoolExecutor(6) as threads:
            assert set(threads.map(one, range(24))) == {200}
    assert len(versions(explicit)) == 1


def test_a_worker_that_is_started_anew_has_what_was_asked_for_last(explicit: Running, models: Path) -> None:
    assert call(explicit, "unload").status_code == 200
    before = pids(explicit)
    os.kill(before[0], signal.SIGKILL)
    wait_until(lambda: len(now := pids(explicit)) == WORKERS and before[0] not in now)
    assert all(told.endswith("is not ready: it was unloaded.") for told in versions(explicit))
    write_package(models, version=2)
    assert call(explicit, "load").status_code == 200
    assert versions(explicit) == {"2"}


def pids(server: Running) -> list[int]:
    """Of the workers that run."""
    with httpx.Client(timeout=30) as client:
        try:
            text = client.get(f"{server.address}/metrics").text
        except httpx.TransportError:  # the worker that took the connection was killed
            return []
    return sorted(map(int, re.findall(r'process_start_time_seconds{pid="([0-9]+)"}', text)))


def test_tritonclient_loads_and_unloads(explicit: Running, models: Path) -> None:
    pixels = band_picture(3)[None, None].astype(np.float32) / np.float32(255)
    given = InferInput("input", [1, 1, 28, 28], "FP32")
    given.set_data_from_numpy(pixels)
    with InferenceServerClient(explicit.address.removeprefix("http://")) as client:
        write_package(models, version=2)
        client.load_model("bands", headers=ADMIN)
        assert client.infer("bands", [given]).get_response()["model_version"] == "2"
        client.unload_model("bands", headers={"X-API-Key": KEY})
        assert not client.is_model_ready("bands")
        states = {entry["name"]: entry["state"] for entry in client.get_model_repository_index()}
        assert states == {"bands": "UNAVAILABLE", "other": "READY"}
        client.load_model("bands", headers=ADMIN)
        assert client.infer("bands", [given]).as_numpy("probabilities").argmax() == 3
        attempts: list[tuple[Callable[[], Any], str]] = [
            (lambda: client.load_model("bands"), r"^\[401\] This call needs the admin key"),
            (lambda: client.load_model("nope", headers=ADMIN), r"^\[404\] There is no such model"),
            (lambda: client.load_model("bands", headers=ADMIN, config="{}"), r"^\[400\] A load takes no parameters"),
            (
                lambda: client.load_model("bands", headers=ADMIN, config="{}", files={"file:1/model.onnx": b"x"}),
                r"^\[400\] A load takes no parameters",
            ),
        ]
        for attempt, told in attempts:
            with pytest.raises(InferenceServerException, match=told):
                attempt()


def test_workers_follow_the_folder(models: Path, tmp_path: Path) -> None:
    with serving(
        models, tmp_path / "log", workers=str(WORKERS), model_control="poll", repository_poll_s="0.1"
    ) as server:
        wait_until(lambda: len(loaded(server, "other", "1")) == WORKERS)
        write_package(tmp_path / "elsewhere", version=2)
        shutil.copytree(tmp_path / "elsewhere" / "bands" / "2", models / "bands" / "2")
        wait_until(lambda: len(loaded(server, "bands", "2")) == WORKERS)
        assert versions(server) == {"2"}
        damage_weights(write_package(models, version=3))
        wait_until(lambda: reasons(server) == {("", "model.onnx does not match its checksum in model.json", "")})
        assert versions(server) == {"2"}
        shutil.rmtree(models / "other")
        wait_until(lambda: versions(server, "other") == {"There is no such model. Known models: bands."})
        assert server.stop() == 0


def test_without_a_key_it_does_not_start(models: Path) -> None:
    ended = command("serve", "--port", "0", "--models", str(models), model_control="explicit")
    assert ended.returncode == 2
    assert "needs a key: set FEATUREMAP_ADMIN_KEY" in ended.stderr
