"""How a number came about, over HTTP: it is the number of feature-maps, and adds up."""

from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest

from service.api.why_schemas import NumberAnswer
from tests.paths import MODELS
from tests.service.api.conftest import MakeClient


@pytest.fixture(scope="module")
def published(make_client: MakeClient) -> Iterator[httpx.Client]:
    with make_client(models=MODELS) as client:
        yield client


def trace(client: httpx.Client, model: str, query: str) -> dict[str, Any]:
    response = client.post(f"/api/v1/models/{model}/trace?sample=4444&{query}")
    assert response.status_code == 200, response.text
    NumberAnswer.model_validate_json(response.content)
    document: dict[str, Any] = response.json()
    return document


def test_a_number_of_a_map_is_its_window_times_the_kernel(published: httpx.Client) -> None:
    found = trace(published, "mnist_cnn", "layer=conv1&map=3&at=10,12")
    (patch,) = found["patches"]
    assert (patch["x"], patch["y"], patch["layer"], found["kind"]) == (10, 12, "input", "Conv2D")
    total = (np.array(patch["values"]) * np.array(patch["weights"])).sum() + found["bias"]
    assert abs(total - found["value"]) < 1e-5
    maps = published.post("/api/v1/models/mnist_cnn/feature-maps?sample=4444&layer=conv1&map=3").json()
    assert abs(maps["layers"][0]["maps"][0]["values"][12][10] - found["value"]) < 1e-5


def test_pooling_a_unit_a_step_and_the_activation_that_follows(published: httpx.Client) -> None:
    pooled = trace(published, "mnist_cnn", "layer=pool1&map=3&at=5,6")
    (patch,) = pooled["patches"]
    assert np.array(patch["values"]).shape == (2, 2)
    assert np.max(patch["values"]) == pooled["value"]
    unit = trace(published, "mnist_cnn", "layer=dense1&at=17")
    assert len(unit["terms"]) == 5
    assert unit["others"]["count"] == 28 * 13 * 13 - 5
    assert unit["after"] == {"layer": "relu1", "value": max(0, unit["value"])}
    step = trace(published, "mnist_gru", "layer=gru&at=7,12")
    assert [gate["name"] for gate in step["gates"]] == ["update", "reset", "hidden"]


@pytest.mark.parametrize(
    ("query", "status", "sentence"),
    [
        ("layer=conv1&map=3", 422, "at is wrong: Field required"),
        ("layer=conv1&map=3&at=1;2", 422, "it must be x,y of a map, a unit, or unit,step of a recurrent layer"),
        ("layer=conv1&at=1,2", 422, "There is no such number: conv1 has maps 0 to 27"),
        ("layer=conv2&map=0&at=1,2", 422, "There is no such layer. The layers are: input, conv1"),
    ],
)
def test_what_is_not_there_is_told(published: httpx.Client, query: str, status: int, sentence: str) -> None:
    response = published.post(f"/api/v1/models/mnist_cnn/trace?sample=4444&{query}")
    assert response.status_code == status
    assert sentence in response.json()["detail"]


def test_a_package_without_layers_says_so(client: httpx.Client) -> None:
    picture = {"json": {"instances": [[[0.0] * 28] * 28]}}
    response = client.post("/api/v1/models/bands/trace?layer=conv1&at=0", **picture)  # type: ignore[arg-type]
    assert response.status_code == 404
    assert response.json()["detail"] == "The package of bands holds no features.onnx."
