"""What excites a filter, against the feature maps of the very pictures."""

import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image

from service.api.schemas import Excitations
from service.datasets import LABELS, read_test_set
from service.inference.package.excitations import Excitation, Excited
from tests.paths import MODELS
from tests.service.api.conftest import MakeClient

PNG = {"Accept": "image/png"}


@pytest.fixture(scope="module")
def published(make_client: MakeClient) -> Iterator[httpx.Client]:
    with make_client(models=MODELS) as client:
        yield client


def ask(client: httpx.Client, model: str, query: str = "") -> Excitations:
    return Excitations.model_validate_json(client.get(f"/api/v1/models/{model}/excitations{query}").content)


@pytest.mark.parametrize(
    ("model", "layer", "index"),
    [("mnist_cnn", "conv1", 10), ("fashion_cnn", "conv2", 63), ("fashion_cnn_dropout", "conv3", 5)],
)
def test_the_value_is_the_maximum_of_that_pictures_map(
    published: httpx.Client, model: str, layer: str, index: int
) -> None:
    answer = ask(published, model, f"?layer={layer}&map={index}")
    (excited,) = answer.maps
    assert (answer.layer, excited.index, len(excited.pictures)) == (layer, index, 9)
    assert [one.value for one in excited.pictures] == sorted((one.value for one in excited.pictures), reverse=True)
    images, labels = read_test_set(answer.dataset)
    for one in excited.pictures:
        query = f"sample={one.index}&layer={layer}&map={index}"
        seen = published.post(f"/api/v1/models/{model}/feature-maps?{query}").json()["layers"][0]["maps"][0]
        values = np.array(seen["values"])
        assert one.value == pytest.approx(seen["max"], abs=1e-4)
        assert values[one.at[1], one.at[0]] == pytest.approx(one.value, abs=1e-4)
        assert one.label == LABELS[answer.dataset][labels[one.index]]
        x, y, width, height = one.box
        assert 0 < width <= answer.field
        assert 0 < height <= answer.field
        assert 0 <= x <= 28 - width
        assert 0 <= y <= 28 - height
        shown = np.asarray(Image.open(io.BytesIO(published.get(f"/api/v1/models/{model}/{one.image_url}").content)))
        assert np.array_equal(shown, images[one.index])


def test_the_first_convolution_is_the_one_without_a_name(published: httpx.Client) -> None:
    answer = ask(published, "fashion_cnn")
    assert (answer.layer, answer.layers, len(answer.maps)) == ("conv1", ["conv1", "conv2", "conv3"], 32)
    assert answer == ask(published, "fashion_cnn", "?layer=conv1")


@pytest.mark.parametrize(("model", "layer"), [("mnist_cnn", "conv1"), ("fashion_cnn", "conv3")])
def test_the_sheet_of_a_map_holds_its_patches(published: httpx.Client, model: str, layer: str) -> None:
    query = f"?layer={layer}&map=3"
    answer = ask(published, model, query)
    images, _ = read_test_set(answer.dataset)
    response = published.get(f"/api/v1/models/{model}/excitations{query}", headers=PNG)
    sheet, tiling = np.asarray(Image.open(io.BytesIO(response.content))), answer.sheet
    assert int(response.headers["x-sheet-zoom"]) == tiling.zoom
    for i, one in enumerate(answer.maps[0].pictures):
        left = tiling.gap + i * (tiling.width + tiling.gap)
        tile = sheet[tiling.gap : tiling.gap + tiling.height : tiling.zoom, left : left + tiling.width : tiling.zoom]
        assert tile.shape == (answer.field, answer.field)
        x, y, width, height = one.box
        inside = images[one.index][y : y + height, x : x + width]
        if inside.shape == tile.shape:
            assert np.array_equal(tile, inside)
        else:  # at the edge the rest is padding
            assert tile.sum() == inside.sum()


def test_the_sheet_of_a_layer_has_a_tile_a_filter(published: httpx.Client) -> None:
    for layer, filters in (("conv1", 32), ("conv3", 128)):
        tiling = ask(published, "fashion_cnn", f"?layer={layer}").sheet
        response = published.get(f"/api/v1/models/fashion_cnn/excitations?layer={layer}", headers=PNG)
        image = Image.open(io.BytesIO(response.content))
        rows = filters // tiling.columns
        assert image.size == (
            tiling.columns * (tiling.width + tiling.gap) + tiling.gap,
            rows * (tiling.height + tiling.gap) + tiling.gap,
        )


def test_a_patch_at_the_edge_is_padded_where_the_network_pads() -> None:
    layer = Excited("conv2", 8, 2, -3, ())
    image = np.arange(1, 785, dtype=np.uint16).reshape(28, 28).astype(np.uint8) | np.uint8(1)
    corner = Excitation(0, 1.0, row=0, column=13)
    assert layer.box(corner, 28, 28) == (23, 0, 5, 5)
    patch = layer.patch(corner, image)
    assert np.array_equal(patch[3:, :5], image[:5, 23:])
    assert not patch[:3].any()
    assert not patch[:, 5:].any()
    middle = Excitation(0, 1.0, row=5, column=6)
    assert np.array_equal(layer.patch(middle, image), image[7:15, 9:17])


@pytest.mark.parametrize(
    ("address", "status", "says"),
    [
        ("mnist_rnn/excitations", 404, "holds no excitations.json"),
        ("fashion_cnn/excitations?layer=pool1", 422, "The layers are: conv1, conv2, conv3."),
        ("fashion_cnn/excitations?layer=conv2&map=64", 422, "conv2 has maps 0 to 63"),
        ("fashion_cnn/excitations?scale=abs", 422, "Known ones: layer, map, of, version"),
        ("fashion_cnn/excitations?version=2", 404, "Served versions: 1"),
    ],
)
def test_what_is_not_there_is_said(published: httpx.Client, address: str, status: int, says: str) -> None:
    response = published.get(f"/api/v1/models/{address}")
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert says in response.json()["detail"]


def test_a_package_without_the_file_is_served_without_it(make_client: MakeClient, tmp_path: Path) -> None:
    shutil.copytree(MODELS / "mnist_cnn", tmp_path / "mnist_cnn")
    manifest = tmp_path / "mnist_cnn" / "1" / "model.json"
    lines = [line for line in manifest.read_text().splitlines() if "excitations.json" not in line]
    manifest.write_text("\n".join(lines))
    (tmp_path / "mnist_cnn" / "1" / "excitations.json").unlink()
    with make_client(models=tmp_path) as client:
        assert client.get("/api/v1/models/mnist_cnn").json()["state"] == "READY"
        assert client.get("/api/v1/models/mnist_cnn/excitations").status_code == 404
        assert client.post("/api/v1/models/mnist_cnn/feature-maps?sample=1").status_code == 200


def test_what_in_each_patch_excited_the_filter(published: httpx.Client) -> None:
    address = "/api/v1/models/fashion_cnn/excitations?layer=conv2&map=5"
    answer = published.get(address).json()
    assert answer["guided"] is True
    sheet = answer["sheet"]
    patches, guided = (
        np.asarray(Image.open(io.BytesIO(published.get(f"{address}&of={of}", headers=PNG).content)))
        for of in ("patches", "guided")
    )
    assert patches.shape == guided.shape
    side = sheet["width"] // sheet["zoom"]
    assert side == answer["field"] == 8
    tile = guided[sheet["gap"] : sheet["gap"] + sheet["height"], sheet["gap"] : sheet["gap"] + sheet["width"]]
    tones = tile[:: sheet["zoom"], :: sheet["zoom"]].astype(int) - 128
    assert np.abs(tones).max() == 127  # the largest gradient has the full tone


def test_a_package_without_guided_gradients_says_so(published: httpx.Client) -> None:
    address = "/api/v1/models/mnist_robust/excitations?layer=conv19"  # what it sees is larger than the picture
    assert "guided" not in published.get(address).json()
    response = published.get(f"{address}&of=guided", headers=PNG)
    assert response.status_code == 404
    assert response.json()["detail"] == "The package of mnist_robust has no guided gradients of conv19."
