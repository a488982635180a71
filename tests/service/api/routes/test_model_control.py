"""Loading and unloading by request: who may, what a body may say, and what comes back."""

import contextlib
import gc
import json
import shutil
import time
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from service.errors import ConfigurationError
from service.inference.runtime.session import Session
from service.settings import Settings
from tests.packages import band_picture, write_package
from tests.service.api.conftest import MakeClient
from tests.service.api.routes.test_inference_v2 import error_of
from tests.service.inference.conftest import damage_weights

KEY = "a key of the tests'".replace(" ", "-")
ADMIN = {"authorization": f"Bearer {KEY}"}
MODELS = "/v2/repository/models"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_package(tmp_path / "models")
    return tmp_path / "models"


@pytest.fixture
def explicit(make_client: MakeClient, folder: Path) -> Iterator[httpx.Client]:
    with make_client(models=folder, model_control="explicit", admin_key=KEY) as client:
        yield client


def load(client: httpx.Client, name: str = "bands", **options: Any) -> httpx.Response:
    return client.post(f"{MODELS}/{name}/load", **{"headers": ADMIN, **options})


def unload(client: httpx.Client, name: str = "bands", **options: Any) -> httpx.Response:
    return client.post(f"{MODELS}/{name}/unload", **{"headers": ADMIN, **options})


def index(client: httpx.Client) -> list[tuple[str, str, str, str]]:
    return [tuple(entry.values()) for entry in client.post("/v2/repository/index").json()]


def infer(client: httpx.Client, version: str | None = None) -> httpx.Response:
    pixels = (band_picture(4)[None, None] / 255).tolist()
    document = {"inputs": [{"name": "input", "datatype": "FP32", "shape": [1, 1, 28, 28], "data": pixels}]}
    path = "/v2/models/bands" + (f"/versions/{version}" if version else "")
    return client.post(f"{path}/infer", json=document)


def test_load_and_unload_answer_200_and_the_index_follows(explicit: httpx.Client, folder: Path) -> None:
    write_package(folder, version=2)
    assert load(explicit).status_code == 200
    assert index(explicit) == [("bands", "2", "READY", "")]
    assert infer(explicit).json()["model_version"] == "2"
    assert unload(explicit).status_code == 200
    assert index(explicit) == [("bands", "2", "UNAVAILABLE", "it was unloaded")]
    gone = infer(explicit)
    assert (gone.status_code, error_of(gone)) == (503, "bands version 2 is not ready: it was unloaded.")
    assert explicit.get("/v2/models").json() == {"models": []}
    assert load(explicit).json() == {}
    assert infer(explicit).status_code == 200


def test_a_failed_load_is_400_with_its_reason_and_the_index_has_it(explicit: httpx.Client, folder: Path) -> None:
    damage_weights(write_package(folder, version=2))
    told = "model.onnx does not match its checksum in model.json"
    response = load(explicit)
    assert response.status_code == 400
    assert error_of(response) == (
        f"bands was not loaded as it lies on disk: version 2: {told}. What was serving goes on."
    )
    assert index(explicit) == [("bands", "1", "READY", ""), ("bands", "2", "UNAVAILABLE", told)]
    assert infer(explicit).json()["model_version"] == "1"
    shutil.rmtree(folder / "bands" / "2")
    assert load(explicit).status_code == 200
    assert index(explicit) == [("bands", "1", "READY", "")]


@pytest.mark.parametrize("name", ["nope", "stats", "..", "%2e%2e%2fmodels", "a%20b", "bands%00"])
@pytest.mark.parametrize("act", [load, unload])
def test_what_is_no_package_is_404(explicit: httpx.Client, act: Any, name: str) -> None:
    response = act(explicit, name)
    assert response.status_code == 404
    assert "/" not in error_of(response)


def test_stats_is_no_models_name(explicit: httpx.Client, folder: Path) -> None:
    write_package(folder, "other")
    (folder / "other").rename(folder / "stats")
    response = load(explicit, "stats")
    assert response.status_code == 404
    assert index(explicit) == [("bands", "1", "READY", "")]
    assert "model_stats" in explicit.get("/v2/models/stats").json()


@pytest.mark.parametrize(
    "content", [b"", b"{}", b' {"parameters": {}}', b'{"parameters": {"unload_dependents": false}}']
)
def test_bodies_that_clients_send(explicit: httpx.Client, content: bytes) -> None:
    assert unload(explicit, content=content).status_code == 200
    assert load(explicit, content=b"{}" if b"dependents" in content else content).status_code == 200


@pytest.mark.parametrize(
    "parameters", [{"config": "{}"}, {"file:1/model.onnx": "AAAA"}, {"config": "{}", "file:x": ""}, {"other": 1}]
)
def test_a_configuration_or_file_of_the_request_is_refused_and_changes_nothing(
    explicit: httpx.Client, folder: Path, parameters: dict[str, object]
) -> None:
    write_package(folder, version=2)
    response = load(explicit, json={"parameters": parameters})
    assert response.status_code == 400
    assert "not supported here" in error_of(response)
    assert unload(explicit, json={"parameters": parameters}).status_code == 400
    assert index(explicit) == [("bands", "1", "READY", "")]


@pytest.mark.parametrize("content", [b"x", b"[]", b"3", b'{"parameters": []}', b'{"parameters": null}', b"\xff"])
def test_another_body_is_400(explicit: httpx.Client, content: bytes) -> None:
    for act in (load, unload):
        response = act(explicit, content=content)
        assert response.status_code == 400
        assert '{"parameters": {}}' in error_of(response)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer"},
        {"authorization": f"Bearer {KEY[:-1]}"},
        {"authorization": f"Bearer {KEY}x"},
        {"authorization": f"Basic {KEY}"},
        {"authorization": KEY},
        {"x-api-key": ""},
        {"x-api-key": KEY.upper()},
        {"x-api-key": "clé".encode("latin-1").decode("latin-1")},
    ],
)
def test_without_the_key_nothing_happens_and_nothing_is_told(explicit: httpx.Client, headers: dict[str, str]) -> None:
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    for path in ("bands/load", "bands/unload", "nope/load"):
        response = explicit.post(f"{MODELS}/{path}", headers=encoded, content=b"no JSON")
        assert response.status_code == 401
        assert response.headers["www-authenticate"] == "Bearer"
        assert "admin key" in error_of(response)
        assert KEY not in response.text
    assert index(explicit) == [("bands", "1", "READY", "")]


@pytest.mark.parametrize("headers", [ADMIN, {"authorization": f"bearer  {KEY}"}, {"x-api-key": KEY}])
def test_the_key_goes_in_either_header(explicit: httpx.Client, headers: dict[str, str]) -> None:
    assert load(explicit, headers=headers).status_code == 200


@pytest.mark.parametrize("control", ["none", "poll"])
def test_it_is_off_unless_it_was_asked_for(make_client: MakeClient, folder: Path, control: str) -> None:
    with make_client(models=folder, model_control=control, admin_key=KEY) as client:
        for act in (load, unload):
            response = act(client)
            assert response.status_code == 400
            assert "not loaded or unloaded by request" in error_of(response)
        assert index(client) == [("bands", "1", "READY", "")]


@pytest.mark.parametrize("policy", ["latest { num_versions: 2 }", "specific { versions: [ 2, 3 ] }", "all { }"])
def test_versions_side_by_side(make_client: MakeClient, folder: Path, policy: str) -> None:
    for version, sharpness in ((2, 6.0), (3, 3.0)):
        write_package(folder, version=version, sharpness=sharpness)
    config = folder / "bands" / "config.pbtxt"
    config.write_text(config.read_text().replace("latest { num_versions: 1 }", policy))
    served = ["1", "2", "3"] if policy.startswith("all") else ["2", "3"]
    with make_client(models=folder) as client:
        assert client.get("/v2/models/bands").json()["versions"] == served
        tops = [max(infer(client, version).json()["outputs"][0]["data"]) for version in served]
        assert len(set(tops)) == len(served)
        assert sorted(tops, reverse=True) == tops  # the sharper, the surer
        newest = infer(client).json()
        assert (newest["model_version"], max(newest["outputs"][0]["data"])) == ("3", tops[-1])
        assert [v["version"] for v in client.get("/v2/models/bands/stats").json()["model_stats"]] == served
        if "1" not in served:
            assert infer(client, "1").status_code == 404


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "needs a key: set FEATUREMAP_ADMIN_KEY"),
        ({"admin_key": "short"}, "16 characters or more"),
        ({"admin_key": "sixteen or more, with spaces"}, "16 characters or more"),
        ({"admin_key_file": "{}/absent"}, "--admin-key-file cannot be read: No such file"),
        ({"admin_key_file": "{}"}, "--admin-key-file cannot be read: Is a directory"),
        ({"admin_key_file": "{}/empty"}, "needs a key"),
        ({"admin_key_file": "{}/binary"}, "is no text"),
        ({"admin_key_file": "{}/good", "admin_key": KEY}, "not both"),
    ],
)
def test_a_key_that_cannot_be_is_told_and_never_shown(tmp_path: Path, given: dict[str, str], told: str) -> None:
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff" * 20)
    fields: dict[str, Any] = {key: value.format(tmp_path) for key, value in given.items()}
    settings = Settings(_env_file=None, model_control="explicit", **fields)
    with pytest.raises(ConfigurationError) as caught:
        settings.read_admin_key()
    assert told in caught.value.message
    with contextlib.suppress(KeyError):
        assert given["admin_key"] not in caught.value.message + repr(settings)


def test_a_key_from_a_file_is_that_of_its_text(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{KEY}\n")
    fields: dict[str, Any] = {"admin_key_file": str(tmp_path / "key")}
    assert Settings(_env_file=None, model_control="explicit", **fields).read_admin_key() == KEY
    assert Settings(_env_file=None, model_control="poll", **fields).read_admin_key() is None


def test_no_answer_holds_the_key(explicit: httpx.Client) -> None:
    for path in ("/api/v1/limits", "/openapi.json", "/metrics", "/v2"):
        assert KEY not in explicit.get(path).text
    assert json.dumps(KEY) not in load(explicit, "nope").text


def test_a_model_that_was_replaced_gives_its_memory_back(make_client: MakeClient, folder: Path) -> None:
    """Without the garbage collector, from whose sight all that was loaded at the start is taken."""
    apps: list[FastAPI] = []
    with make_client(apps.append, models=folder, model_control="explicit", admin_key=KEY) as client:
        repository = apps[0].state.services.repository
        old = weakref.ref(repository.get("bands").session)
        rows = {"instances": [(band_picture(4) / 255).tolist()]}
        gc.disable()
        try:
            for path in ("/v1/models/bands:predict", "/api/v1/models/bands/predict"):
                assert client.post(path, json=rows).status_code == 200
            assert client.get("/api/v1/models/bands").status_code == 200
            assert infer(client).status_code == 200
            for act in (load, unload):
                assert old() is not None
                assert act(client).status_code == 200
                wait_until_gone(old)
                if act is load:
                    assert infer(client).status_code == 200
                    old = weakref.ref(repository.get("bands").session)
        finally:
            gc.enable()


def wait_until_gone(model: "weakref.ref[Session]") -> None:
    """A queue's timer holds its model for as long as a request may wait."""
    deadline = time.monotonic() + 20
    while model() is not None:
        assert time.monotonic() < deadline
        time.sleep(0.02)
