"""The repository index, and that loading is not switched on."""

import httpx
import pytest

from tests.service.api.routes.test_inference_v2 import error_of


@pytest.mark.parametrize("body", [b"", b"{}", b'{"ready": false}'])
def test_the_index_has_every_model_with_its_state(client: httpx.Client, body: bytes) -> None:
    listed = {entry["name"]: entry for entry in client.post("/v2/repository/index", content=body).json()}
    assert listed["bands"] == {"name": "bands", "version": "1", "state": "READY", "reason": ""}
    assert listed["broken"]["state"] == "UNAVAILABLE"
    assert "config.pbtxt is missing" in listed["broken"]["reason"]


def test_the_index_of_what_is_ready(client: httpx.Client) -> None:
    listed = client.post("/v2/repository/index", json={"ready": True}).json()
    assert [entry["name"] for entry in listed] == ["bands", "dark", "halves"]


@pytest.mark.parametrize("body", [b"x", b"[]", b'{"ready": 1}', b"3"])
def test_another_body_is_refused(client: httpx.Client, body: bytes) -> None:
    response = client.post("/v2/repository/index", content=body)
    assert response.status_code == 400
    assert '{"ready": true}' in error_of(response)


@pytest.mark.parametrize("verb", ["load", "unload"])
def test_models_are_not_loaded_by_request(client: httpx.Client, verb: str) -> None:
    response = client.post(f"/v2/repository/models/bands/{verb}", content=b"{}")
    assert response.status_code == 400
    assert "not loaded or unloaded by request" in error_of(response)
