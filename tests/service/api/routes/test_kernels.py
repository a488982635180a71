"""The first layer's weights as numbers and as a sheet."""

import io
from collections.abc import Iterator

import httpx
import numpy as np
import pytest
from PIL import Image

from service.api.schemas import KernelsAnswer
from service.imaging.drawing.scaling import to_pixels
from tests.paths import MODELS
from tests.service.api.conftest import MakeClient

PNG = {"Accept": "image/png"}
SHAPES = {
    "mnist_cnn": [28, 1, 3, 3],
    "fashion_cnn": [32, 1, 3, 3],
    "fashion_cnn_dropout": [32, 1, 3, 3],
    "mnist_neuron": [1, 1, 28, 28],
    "mnist_shallow": [64, 1, 28, 28],
    "mnist_deep": [64, 1, 28, 28],
    "mnist_rnn": [1, 1, 128, 28],
    "mnist_gru": [3, 1, 128, 28],
    "mnist_lstm": [4, 1, 128, 28],
}


@pytest.fixture(scope="module")
def published(make_client: MakeClient) -> Iterator[httpx.Client]:
    with make_client(models=MODELS) as client:
        yield client


@pytest.mark.parametrize("model", SHAPES)
def test_values_and_sheet_are_the_same_weights(published: httpx.Client, model: str) -> None:
    address = f"/api/v1/models/{model}/kernels"
    answer = KernelsAnswer.model_validate_json(published.get(address).content)
    values = np.array(answer.values)
    assert answer.shape == list(values.shape) == SHAPES[model]
    assert answer.min == values.min(axis=(1, 2, 3)).tolist()
    assert answer.max == values.max(axis=(1, 2, 3)).tolist()
    assert (answer.gates is None) == (answer.bias is not None)
    assert len(answer.gates or answer.bias or ()) == len(values)
    response = published.get(address, headers=PNG)
    sheet = np.asarray(Image.open(io.BytesIO(response.content)))
    tiling = answer.sheet
    assert int(response.headers["x-sheet-width"]) == tiling.width
    for i in (0, len(values) - 1):
        x = tiling.gap + i % tiling.columns * (tiling.width + tiling.gap)
        y = tiling.gap + i // tiling.columns * (tiling.height + tiling.gap)
        tile = sheet[y : y + tiling.height : tiling.zoom, x : x + tiling.width : tiling.zoom]
        assert np.abs(tile.astype(int) - to_pixels(values[i, 0], answer.scale).pixels).max() <= 1


def test_the_single_neurons_weights_give_its_answer(published: httpx.Client) -> None:
    kernels = published.get("/api/v1/models/mnist_neuron/kernels").json()
    query = "sample=4444&layer={}&map=0"
    address = "/api/v1/models/mnist_neuron/feature-maps?"
    image, logit = (
        np.array(published.post(address + query.format(layer)).json()["layers"][0]["maps"][0]["values"])
        for layer in ("input", "dense1")
    )
    assert (np.array(kernels["values"][0][0]) * image).sum() + kernels["bias"][0] == pytest.approx(logit[0], abs=1e-3)


def test_one_kernel_alone(published: httpx.Client) -> None:
    whole = published.get("/api/v1/models/mnist_cnn/kernels").json()
    one = published.get("/api/v1/models/mnist_cnn/kernels?map=10").json()
    assert one["shape"] == [1, 1, 3, 3]
    assert (one["values"][0], one["bias"][0]) == (whole["values"][10], whole["bias"][10])
    gate = published.get("/api/v1/models/mnist_lstm/kernels?map=2").json()
    assert gate["gates"] == ["forget"]


@pytest.mark.parametrize(
    ("address", "status", "says"),
    [
        ("mnist_cnn/kernels?map=28", 422, "conv1 has maps 0 to 27"),
        ("mnist_rnn/kernels?map=1", 422, "simplernn has map 0 alone"),
        ("mnist_cnn/kernels?layer=conv1", 422, "Known ones: map, scale"),
        ("nobody/kernels", 404, "Known models: "),
    ],
)
def test_what_is_not_there_is_said(published: httpx.Client, address: str, status: int, says: str) -> None:
    response = published.get(f"/api/v1/models/{address}")
    assert response.status_code == status
    assert says in response.json()["detail"]


def test_a_package_without_features_says_so(client: httpx.Client) -> None:
    response = client.get("/api/v1/models/bands/kernels")
    assert (response.status_code, "holds no features.onnx" in response.json()["detail"]) == (404, True)
