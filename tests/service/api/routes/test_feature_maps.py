"""The layers of the published packages: they are the model's own, drawn as documented."""

import base64
import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image

from service.api.schemas import FeatureMaps
from service.datasets import read_sample
from service.imaging.codec.files import encode_png
from tests.ci import sampled
from tests.paths import MODELS
from tests.service.api.conftest import MakeClient, png

PNG = {"Accept": "image/png"}
NAMES = sampled(sorted(path.name for path in MODELS.iterdir() if path.is_dir()), 2)
RECURRENT = ["mnist_gru", "mnist_lstm", "mnist_rnn"]


@pytest.fixture(scope="module")
def published(make_client: MakeClient) -> Iterator[httpx.Client]:
    with make_client(models=MODELS) as client:
        yield client


def look(client: httpx.Client, model: str, query: str = "sample=4444", **body: Any) -> dict[str, Any]:
    response = client.post(f"/api/v1/models/{model}/feature-maps?{query}", **body)
    assert response.status_code == 200, response.text
    document: dict[str, Any] = FeatureMaps.model_validate_json(response.content).model_dump(mode="json")
    return document


def values(client: httpx.Client, model: str, layer: str, index: int = 0) -> Any:
    answer = look(client, model, f"sample=4444&layer={layer}&map={index}")
    (described,) = answer["layers"]
    (one,) = described["maps"]
    assert one["index"] == index
    return np.array(one["values"])


def pixels(content: bytes) -> Any:
    return np.asarray(Image.open(io.BytesIO(content)))


@pytest.mark.parametrize("model", NAMES)
def test_the_probabilities_are_the_models_own(published: httpx.Client, model: str) -> None:
    dataset = published.get(f"/api/v1/models/{model}").json()["dataset"]
    for index in (0, 18, 4444):
        picture = encode_png(read_sample(dataset, index)[0])
        answer = look(published, model, f"sample={dataset}/{index}")
        said = published.post(f"/api/v1/models/{model}/predict?top_k=10", content=picture).json()["predictions"][0]
        theirs = np.array([candidate["probability"] for candidate in sorted(said["top"], key=lambda c: c["index"])])
        assert np.abs(np.array(answer["probabilities"]) - theirs).max() < 1e-5
        for key in ("index", "label", "accepted", "reason", "preprocessing"):
            assert answer["prediction"][key] == said[key]
        assert answer == look(published, model, content=picture, query="")


@pytest.mark.parametrize("model", NAMES)
def test_layers_are_those_of_the_summary(published: httpx.Client, model: str) -> None:
    answer = look(published, model)
    told = published.get(f"/api/v1/models/{model}/summary").json()["layers"]
    shapes = {layer["name"]: (layer["kind"], layer["output_shape"]) for layer in told}
    assert answer["layers"][0]["shape"] == [1, 28, 28]
    assert [layer["name"] for layer in answer["layers"][1:]] == [
        name for name, (kind, _) in shapes.items() if kind not in ("Flatten", "Dropout")
    ]
    for layer in answer["layers"][1:]:
        kind, shape = shapes[layer["name"]]
        assert layer["kind"] == kind
        assert layer["shape"] == ([28, *shape] if layer["name"] in ("simplernn", "lstm", "gru") else shape)
        assert len(layer["maps"]) == (shape[0] if len(shape) == 3 else 1)
        assert all(one["values"] is None for one in layer["maps"])
        assert layer["scale"] == ("centre" if min(one["min"] for one in layer["maps"]) < 0 else "clip")


@pytest.mark.parametrize("model", ["mnist_cnn", "fashion_cnn"])
def test_a_map_is_the_kernels_convolution_of_the_input(published: httpx.Client, model: str) -> None:
    kernels = published.get(f"/api/v1/models/{model}/kernels").json()
    image = values(published, model, "input")
    first = look(published, model, "sample=4444&layer=conv1")["layers"][0]
    padding = (first["shape"][1] - 26) // 2
    windows = sliding_window_view(np.pad(image, padding), (3, 3))
    for index in (0, 10, 27):
        expected = (windows * np.array(kernels["values"][index][0])).sum(axis=(2, 3)) + kernels["bias"][index]
        assert np.abs(values(published, model, "conv1", index) - expected).max() < 1e-5


def test_pooling_takes_the_greatest_of_four(published: httpx.Client) -> None:
    conv, pool = (values(published, "mnist_cnn", layer, 3) for layer in ("conv1", "pool1"))
    assert np.array_equal(conv.reshape(13, 2, 13, 2).max(axis=(1, 3)), pool)


@pytest.mark.parametrize("model", RECURRENT)
def test_the_belief_after_each_row(published: httpx.Client, model: str) -> None:
    answer = look(published, model)
    rows = np.array(answer["rows"])
    assert rows.shape == (28, 10)
    assert np.abs(rows.sum(axis=1) - 1).max() < 1e-5
    assert np.abs(rows[-1] - answer["probabilities"]).max() < 2e-6
    assert np.abs(values(published, model, "rows") - rows).max() < 2e-6
    states = values(published, model, answer["layers"][1]["name"])
    assert states.shape == (28, 128)
    assert np.abs(states).max() <= 1


def test_who_reads_no_rows_has_none(published: httpx.Client) -> None:
    assert look(published, "mnist_cnn")["rows"] is None


def cut(sheet: Any, tiling: dict[str, int], count: int) -> list[Any]:
    """The tiles, by the rule of the documentation."""
    tiles = []
    for i in range(count):
        x = tiling["gap"] + i % tiling["columns"] * (tiling["width"] + tiling["gap"])
        y = tiling["gap"] + i // tiling["columns"] * (tiling["height"] + tiling["gap"])
        tiles.append(sheet[y : y + tiling["height"] : tiling["zoom"], x : x + tiling["width"] : tiling["zoom"]])
    return tiles


@pytest.mark.parametrize("layer", ["input", "conv1", "pool2", "conv3", "dense1", "probabilities"])
def test_sheets_can_be_cut_into_the_maps(published: httpx.Client, layer: str) -> None:
    described = look(published, "fashion_cnn", f"sample=4444&layer={layer}")["layers"][0]
    response = published.post(f"/api/v1/models/fashion_cnn/feature-maps?sample=4444&layer={layer}", headers=PNG)
    assert response.headers["content-type"] == "image/png"
    assert response.headers["x-sheet-scale"] == described["scale"]
    told = {name: int(response.headers[f"x-sheet-{name}"]) for name in described["sheet"]}
    assert told == described["sheet"]
    tiles = cut(pixels(response.content), told, len(described["maps"]))
    assert told["columns"] <= 16
    for tile, one in zip(tiles, described["maps"], strict=True):
        picture = pixels(base64.b64decode(one["image"].partition(",")[2]))
        assert np.array_equal(tile, picture)
        assert tile.min() >= 0
        if described["scale"] == "centre":
            assert one["black"] == -one["white"]


def test_grey_and_range_give_the_values_back(published: httpx.Client) -> None:
    layer = look(published, "mnist_cnn", "sample=4444&layer=conv1&map=7")["layers"][0]
    (one,) = layer["maps"]
    grey = pixels(base64.b64decode(one["image"].partition(",")[2])).astype(float)
    told = np.array(one["values"])
    assert (told.min(), told.max()) == (one["min"], one["max"])
    back = one["black"] + grey / 255 * (one["white"] - one["black"])
    assert np.abs(back - told).max() <= (one["white"] - one["black"]) / 500
    assert grey[0, 0] == pytest.approx(128, abs=8)  # the ground of the picture: nearly zero, so middle grey


def test_a_scale_can_be_asked_for(published: httpx.Client) -> None:
    for scale in ("clip", "abs", "centre", "center", "minmax"):
        layer = look(published, "mnist_cnn", f"sample=4444&layer=conv1&scale={scale}")["layers"][0]
        assert layer["scale"] == scale.replace("center", "centre")
    black = [
        one["black"] for one in look(published, "mnist_cnn", "sample=4444&layer=conv1&scale=clip")["layers"][0]["maps"]
    ]
    assert set(black) == {0}


def test_bodies_are_those_of_predict(published: httpx.Client) -> None:
    picture = encode_png(read_sample("mnist", 4444)[0])
    expected = look(published, "mnist_cnn")["layers"]
    form = look(published, "mnist_cnn", "", files={"file": ("nine.png", picture)})
    assert form["layers"] == expected
    assert form["prediction"]["filename"] == "nine.png"
    numbers = {"instances": [(read_sample("mnist", 4444)[0] / 255).tolist()]}
    assert look(published, "mnist_cnn", "", json=numbers)["layers"] == expected


@pytest.mark.parametrize("decided", ["rotate=90", "polarity=dark_on_light", "box=100,60,80,120"])
def test_a_picture_is_read_as_one_decides(published: httpx.Client, decided: str) -> None:
    sheet = Image.new("L", (240, 240), 255)
    sheet.paste(Image.fromarray(255 - read_sample("mnist", 4444)[0]).resize((112, 112)), (90, 60))
    picture = encode_png(np.asarray(sheet))
    asked = f"/api/v1/models/mnist_cnn/predict?input=true&{decided}"
    (prediction,) = published.post(asked, files={"file": picture}).json()["predictions"]
    saw = pixels(base64.b64decode(prediction["input_png"].partition(",")[2]))
    document = look(published, "mnist_cnn", f"layer=input&map=0&{decided}", files={"file": picture})
    shown = np.array(document["layers"][0]["maps"][0]["values"])
    np.testing.assert_allclose(shown, saw / 255, atol=1e-6)
    assert document["prediction"]["confidence"] == prediction["confidence"]


@pytest.mark.parametrize("place", [(slice(123, 203), slice(110, 122)), (slice(40, 120), slice(182, 194))])
def test_ink_that_can_be_read_in_several_ways(published: httpx.Client, place: tuple[slice, slice]) -> None:
    """A stroke in two pieces, and two strokes side by side: read as predict reads them."""
    sheet = np.full((240, 240), 255, np.uint8)
    sheet[40:120, 110:122] = 0
    sheet[place] = 0
    files = {"file": encode_png(sheet)}
    answer = published.post("/api/v1/models/mnist_robust/predict?input=true", files=files)
    (prediction,) = answer.json()["predictions"]
    document = look(published, "mnist_robust", "layer=input&map=0", files=files)
    for part in ("index", "confidence", "reason", "regions"):
        assert document["prediction"][part] == prediction[part]
    saw = pixels(base64.b64decode(prediction["input_png"].partition(",")[2]))
    np.testing.assert_allclose(np.array(document["layers"][0]["maps"][0]["values"]), saw / 255, atol=1e-6)


def test_how_long_it_took_is_told(published: httpx.Client) -> None:
    timing = published.post("/api/v1/models/mnist_cnn/feature-maps?sample=1").headers["server-timing"]
    stages = [stage.partition(";")[0] for stage in timing.split(", ")]
    assert stages == ["decode", "preprocess", "queue", "inference", "draw"]


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ("sample=4444&layer=conv9", 422, "The layers are: input, conv1, pool1, dense1, relu1, dense2, probabilities."),
        ("sample=4444&layer=conv1&map=28", 422, "conv1 has maps 0 to 27"),
        ("sample=4444&layer=dense1&map=1", 422, "dense1 has map 0 alone"),
        ("sample=4444&layer=conv1&map=-1", 422, "map"),
        ("sample=4444&map=1", 422, "?layer=conv1"),
        ("sample=10000", 404, "0 to 9999"),
        ("sample=cifar/1", 404, "mnist, fashion_mnist"),
        ("sample=mnist/../1", 422, "as mnist/4444"),
        ("sample=four", 422, "as mnist/4444"),
        ("sample=1&scale=log", 422, "scale"),
        ("sample=1&preprocess=never", 422, "preprocess"),
        ("sample=1&rotate=45", 422, "rotate"),
        ("sample=1&box=0,0,90,90", 422, "box must lie in the picture"),
        ("sample=1&colour=red", 422, "Known ones: "),
        ("sample=1&version=7", 404, "Served versions: 1"),
        ("", 400, "The body is empty"),
    ],
)
def test_what_is_wrong_is_said(published: httpx.Client, query: str, status: int, says: str) -> None:
    response = published.post(f"/api/v1/models/mnist_cnn/feature-maps?{query}")
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert says in response.json()["detail"]


def test_bad_pictures_and_forms(published: httpx.Client, client: httpx.Client) -> None:
    address = "/api/v1/models/mnist_cnn/feature-maps"
    assert published.post(address, content=b"no picture").status_code == 415
    assert published.post(address, content=png(1)[:60]).status_code == 422
    two = published.post(address, files=[("file", ("a.png", png(1))), ("file", ("b.png", png(2)))])
    assert (two.status_code, "one at a time" in two.json()["detail"]) == (422, True)
    both = published.post(f"{address}?sample=1", content=png(1))
    assert (both.status_code, "two pictures" in both.json()["detail"]) == (422, True)
    assert published.post(f"{address}?sample=1", headers={"Accept": "text/csv"}).status_code == 406
    assert published.post(f"{address}?sample=1", headers=PNG).status_code == 422
    assert published.get(address).status_code == 405
    without = client.post("/api/v1/models/bands/feature-maps", content=png(1))
    assert (without.status_code, "holds no features.onnx" in without.json()["detail"]) == (404, True)


def test_a_file_that_is_damaged_while_it_is_served(make_client: MakeClient, tmp_path: Path) -> None:
    shutil.copytree(MODELS / "mnist_neuron", tmp_path / "mnist_neuron")
    with make_client(models=tmp_path) as client:
        (tmp_path / "mnist_neuron" / "1" / "features.onnx").write_bytes(b"no model")
        refused = client.post("/api/v1/models/mnist_neuron/feature-maps?sample=1")
        assert (refused.status_code, "retry-after" in refused.headers) == (404, False)
        assert refused.json()["detail"] == (
            "mnist_neuron cannot show its layers: features.onnx does not match its checksum."
        )
        assert client.get("/api/v1/models/mnist_neuron/kernels").status_code == 404
        assert client.post("/api/v1/models/mnist_neuron/predict", content=png(1)).status_code == 200
