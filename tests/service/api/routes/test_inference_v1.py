"""The V1 protocol: instances in, predictions out."""

import base64
import gzip
import json
from typing import Any

import httpx
import numpy as np
import pytest

from service.api.protocol_schemas import ModelStatus, Predictions
from tests.packages import band_picture
from tests.service.api.conftest import png
from tests.service.api.routes.test_inference_v2 import error_of

PREDICT = "/v1/models/bands:predict"


def numbers(band: int) -> list[list[float]]:
    rows: list[list[float]] = (band_picture(band) / 255).tolist()
    return rows


@pytest.mark.parametrize("path", [PREDICT, "/v1/models/bands/versions/1:predict"])
def test_numbers_and_pictures_become_rows_of_probabilities(client: httpx.Client, path: str) -> None:
    picture = {"b64": base64.b64encode(png(5)).decode()}
    response = client.post(path, json={"instances": [numbers(2), picture, [numbers(7)]], "signature_name": "x"})
    assert response.headers["content-type"] == "application/json"
    rows = np.array(Predictions.model_validate_json(response.content).predictions)
    assert rows.argmax(axis=1).tolist() == [2, 5, 7]
    np.testing.assert_allclose(rows.sum(axis=1), 1, atol=1e-5)


def test_the_same_as_v2(client: httpx.Client) -> None:
    tensor = {"name": "input", "shape": [1, 1, 28, 28], "datatype": "FP32", "data": numbers(3)}
    v2 = client.post("/v2/models/bands/infer", json={"inputs": [tensor]}).json()["outputs"][0]["data"]
    assert client.post(PREDICT, json={"instances": [numbers(3)]}).json()["predictions"] == [v2]


def test_a_compressed_body_and_none_of_a_content_type(client: httpx.Client) -> None:
    body = gzip.compress(json.dumps({"instances": [numbers(3)]}).encode())
    response = client.post(PREDICT, content=body, headers={"content-encoding": "gzip"})
    assert np.argmax(response.json()["predictions"]) == 3


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        (b"x", 400, "cannot be read as JSON"),
        ({}, 400, "instances is missing"),
        ({"instances": []}, 400, "at least one"),
        ({"instances": [3]}, 400, "instance 0"),
        ({"instances": [{"b64": 3}]}, 400, "instance 0"),
        ({"instances": [{"b64": "YWJj"}]}, 400, "picture formats"),
        ({"instances": [[[2]]], "inputs": 1}, 400, "members beside instances"),
        ({"instances": [0] * 257}, 413, "at most 256"),
    ],
)
def test_what_is_wrong_is_told(client: httpx.Client, body: Any, status: int, told: str) -> None:
    response = client.post(PREDICT, content=body if isinstance(body, bytes) else json.dumps(body).encode())
    assert response.status_code == status
    assert told in error_of(response)


def test_models_that_are_not_there_or_not_ready(client: httpx.Client) -> None:
    for model, status in (("nope", 404), ("bands/versions/9", 404), ("broken", 503)):
        for response in (client.get(f"/v1/models/{model}"), client.post(f"/v1/models/{model}:predict", json={})):
            assert response.status_code == status
            assert error_of(response)
    assert client.get(PREDICT).status_code == 404, "no model has this name"


@pytest.mark.parametrize("path", ["/v1/models/bands", "/v1/models/bands/versions/1"])
def test_the_status_of_a_model(client: httpx.Client, path: str) -> None:
    status = ModelStatus.model_validate_json(client.get(path).content)
    assert (status.name, status.ready) == ("bands", True)
    (version,) = status.model_version_status
    assert (version.version, version.state, version.status.error_code) == ("1", "AVAILABLE", "OK")


def test_who_prefers_json_asks_the_page_whether_the_service_is_up(client: httpx.Client) -> None:
    alive = client.get("/", headers={"accept": "application/json"})
    assert (alive.json(), alive.headers["content-type"]) == ({"status": "alive"}, "application/json")
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    for accept in (browser, "*/*", "application/json;q=0.5, text/html", "text/html, application/json"):
        assert client.get("/", headers={"accept": accept}).headers["content-type"].startswith("text/html")
