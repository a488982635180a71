"""The evidence of the packages that the repository publishes: curves, confusion, failures, samples, studies."""

import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import httpx
import numpy as np
import pytest
from PIL import Image

from service.api.gallery_schemas import Confusion, Failures
from service.api.schemas import Comparisons, Sample
from service.datasets import read_test_set
from service.inference.package.documents import History, Summary
from service.inference.package.manifest import sha256
from tests.paths import MODELS
from tests.service.api.conftest import MakeClient

PNG = {"Accept": "image/png"}


@pytest.fixture(scope="module")
def published(make_client: MakeClient) -> Iterator[httpx.Client]:
    with make_client(models=MODELS) as client:
        yield client


@pytest.fixture(scope="module", params=sorted(path.name for path in MODELS.iterdir() if path.is_dir()))
def model(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def picture(response: httpx.Response) -> Image.Image:
    assert response.status_code == 200
    assert response.headers["content-type"] == "image/png"
    return Image.open(io.BytesIO(response.content))


def test_summary_history_and_confusion_tell_one_story(published: httpx.Client, model: str) -> None:
    address = f"/api/v1/models/{model}"
    card = published.get(address).json()
    summary = Summary.model_validate_json(published.get(f"{address}/summary").content)
    assert summary.total_parameters == card["parameters"] == sum(layer.parameters for layer in summary.layers)
    assert summary.layers[-1].output_shape == [len(card["labels"])]

    history = History.model_validate_json(published.get(f"{address}/history").content)
    assert [row.epoch for row in history.epochs] == list(range(1, card["training"]["epochs"] + 1))
    assert [seed.seed for seed in history.seeds] == card["training"]["seeds"]
    assert history.seeds[0].epochs == history.epochs

    confusion = Confusion.model_validate_json(published.get(f"{address}/confusion").content)
    matrix = np.array(confusion.matrix)
    assert confusion.labels == card["labels"]
    assert matrix.sum() == 10_000
    assert np.trace(matrix) / 10_000 == card["metrics"]["test_accuracy"]
    failures = Failures.model_validate_json(published.get(f"{address}/failures").content)
    assert failures.total == 10_000 - np.trace(matrix)
    assert failures.count == min(10, failures.total)


def test_pictures_by_accept(published: httpx.Client, model: str) -> None:
    for name in ("history", "confusion", "failures"):
        image = picture(published.get(f"/api/v1/models/{model}/{name}", headers=PNG))
        assert image.width > 300
        refused = published.get(f"/api/v1/models/{model}/{name}", headers={"Accept": "text/csv"})
        assert refused.status_code == 406
        assert "application/json or image/png" in refused.json()["detail"]
    diagram = published.get(f"/api/v1/models/{model}/diagram.svg")
    assert diagram.headers["content-type"] == "image/svg+xml"
    assert f"{published.get(f'/api/v1/models/{model}').json()['parameters']:,} parameters" in diagram.text


def test_predictions_dat_gives_the_accuracy(published: httpx.Client, model: str) -> None:
    response = published.get(f"/api/v1/models/{model}/predictions.dat")
    assert response.headers["content-type"].startswith("text/plain")
    rows = [line.split() for line in response.text.splitlines()]
    accuracy = published.get(f"/api/v1/models/{model}").json()["metrics"]["test_accuracy"]
    assert len(rows) == 10_000
    assert sum(predicted == observed for predicted, observed in rows) / 10_000 == accuracy


def test_failures_by_class_page_and_order(published: httpx.Client) -> None:
    address = "/api/v1/models/mnist_cnn/failures"
    everything = published.get(address, params={"limit": 1000}).json()
    assert everything["total"] == everything["count"] == len(everything["failures"])
    for name, member in (("true_class", "true_class"), ("predicted_class", "predicted_class")):
        some = published.get(address, params={"limit": 1000, name: "6"}).json()
        assert some["failures"] == [f for f in everything["failures"] if f[member] == 6]
        assert some["total"] > 0
    both = published.get(address, params={"true_class": "4", "predicted_class": "9", "limit": 1000}).json()
    assert {(f["true_label"], f["predicted_label"]) for f in both["failures"]} == {("4", "9")}
    page = published.get(address, params={"limit": 3, "offset": 2}).json()
    assert page["failures"] == everything["failures"][2:5]
    confident = published.get(address, params={"limit": 5, "order": "confidence"}).json()["failures"]
    assert confident == sorted(everything["failures"], key=lambda f: (-f["confidence"], f["index"]))[:5]
    past = published.get(address, params={"offset": 100_000}).json()
    assert (past["count"], past["total"]) == (0, everything["total"])


def test_clothes_are_named_by_label(published: httpx.Client) -> None:
    address = "/api/v1/models/fashion_cnn/failures"
    by_label = published.get(address, params={"true_class": "shirt", "predicted_class": "T-shirt/top"}).json()
    assert by_label == published.get(address, params={"true_class": "6", "predicted_class": "0"}).json()
    assert by_label["total"] > 0
    refused = published.get(address, params={"true_class": "hat"})
    assert refused.status_code == 422
    assert "0 T-shirt/top, 1 Trouser" in refused.json()["detail"]


def test_a_failures_picture_is_the_test_sample(published: httpx.Client) -> None:
    answer = published.get("/api/v1/models/mnist_cnn/failures")
    failure = answer.json()["failures"][0]
    images, labels = read_test_set("mnist")
    place = urljoin(str(answer.url), failure["image_url"])
    assert failure["true_class"] == labels[failure["index"]]
    image = picture(published.get(place))
    assert np.array_equal(np.asarray(image), images[failure["index"]])
    assert picture(published.get(place, params={"scale": 4})).size == (112, 112)
    wrong = {f["index"] for f in published.get("/api/v1/models/mnist_cnn/failures?limit=1000").json()["failures"]}
    right = next(i for i in range(10_000) if i not in wrong)
    assert published.get(f"/api/v1/models/mnist_cnn/failures/{right}.png").status_code == 404


@pytest.mark.parametrize(
    ("address", "status", "says"),
    [
        ("/api/v1/models/nobody/summary", 404, "Known models: "),
        ("/api/v1/models/mnist_cnn/summary?version=9", 404, "Served versions: 1"),
        ("/api/v1/models/mnist_cnn/failures?limit=-1", 422, "limit"),
        ("/api/v1/models/mnist_cnn/failures?limit=1001", 422, "limit"),
        ("/api/v1/models/mnist_cnn/failures?order=size", 422, "order"),
        ("/api/v1/models/mnist_cnn/failures?true=6", 422, "true"),
        ("/api/v1/models/mnist_cnn/failures/x.png", 422, "index"),
        ("/api/v1/models/mnist_cnn/failures/0.png?scale=0", 422, "scale"),
        ("/api/v1/datasets/cifar/test/0", 404, "mnist, fashion_mnist"),
        ("/api/v1/datasets/mnist/test/10000", 404, "0 to 9999"),
        ("/api/v1/datasets/mnist/test/-1.png", 404, "0 to 9999"),
        ("/api/v1/datasets/mnist/test/one", 422, "index"),
        ("/api/v1/comparisons/nothing", 404, "Known studies: "),
        ("/api/v1/comparisons/..%2Fmnist_cnn", 404, ""),
    ],
)
def test_what_is_not_there_is_said(published: httpx.Client, address: str, status: int, says: str) -> None:
    response = published.get(address)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert says in response.json()["detail"]


def test_the_lectures_sample(published: httpx.Client) -> None:
    answered = published.get("/api/v1/datasets/mnist/test/4444")
    sample = Sample.model_validate_json(answered.content)
    assert (sample.label, sample.class_index) == ("9", 9)
    image = published.get(urljoin(str(answered.url), sample.image_url))
    assert np.array_equal(np.asarray(picture(image)), read_test_set("mnist")[0][4444])
    answer = published.post(
        "/api/v1/models/mnist_cnn/predict", content=image.content, headers={"Content-Type": "image/png"}
    ).json()
    assert answer["predictions"][0]["label"] == "9"
    clothes = Sample.model_validate_json(published.get("/api/v1/datasets/fashion_mnist/test/0").content)
    assert clothes.label == "Ankle boot"


def refuse(constant: str) -> None:
    pytest.fail(f"{constant} is no JSON")


def test_every_study_has_its_numbers_and_its_picture(published: httpx.Client) -> None:
    listed = Comparisons.model_validate_json(published.get("/api/v1/comparisons").content).comparisons
    assert [study.name for study in listed] == ["depth", "dropout", "optimizers", "recurrent"]
    for study in listed:
        response = published.get(f"/api/v1/comparisons/{study.name}")
        assert response.headers["content-type"] == "application/json"
        content = json.loads(response.content, parse_constant=refuse)
        assert (content["name"], content["title"]) == (study.name, study.title)
        assert content["claims"]
        assert picture(published.get(f"/api/v1/comparisons/{study.name}", headers=PNG)).width > 500


def test_accept_with_weights(published: httpx.Client) -> None:
    address = "/api/v1/models/mnist_cnn/history"
    for accept, kind in (
        ("*/*", "application/json"),
        ("image/*", "image/png"),
        ("image/png, application/json;q=0.5", "image/png"),
        ("image/png;q=0.1, */*;q=0.5", "application/json"),
        ("image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5", "image/png"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "application/json"),
    ):
        assert published.get(address, headers={"Accept": accept}).headers["content-type"] == kind, accept


def test_what_accept_chose_is_not_kept_for_another_accept(published: httpx.Client) -> None:
    for address in ("/api/v1/models/mnist_cnn/history", "/api/v1/comparisons/depth"):
        for headers in ({}, PNG, {"Accept": "text/csv"}):
            varies = published.get(address, headers=headers).headers.get_list("vary", split_commas=True)
            assert "Accept" in varies, address
    assert "Accept" not in published.get("/api/v1/comparisons").headers.get_list("vary", split_commas=True)


def test_evidence_of_another_shape_is_told_and_the_model_serves(make_client: MakeClient, tmp_path: Path) -> None:
    """Each file in turn is JSON, and none of ours."""
    shutil.copytree(MODELS / "mnist_cnn", tmp_path / "mnist_cnn")
    folder = tmp_path / "mnist_cnn" / "1"
    document = json.loads((folder / "model.json").read_text())
    for name in ("metrics", "history", "summary", "failures", "excitations"):
        (folder / f"{name}.json").write_text('["mine"]')
        document["files"][f"{name}.json"] = sha256(folder / f"{name}.json")
    (folder / "model.json").write_text(json.dumps(document))
    (tmp_path / "mine.study.json").write_text("[1]")
    (tmp_path / "other.study.json").mkdir()
    address = "/api/v1/models/mnist_cnn"
    with make_client(models=tmp_path) as client:
        for route, file in (
            ("confusion", "metrics"),
            ("history", "history"),
            ("summary", "summary"),
            ("failures", "failures"),
            ("failures/115.png", "failures"),
            ("excitations", "excitations"),
        ):
            response = client.get(f"{address}/{route}")
            assert response.status_code == 404, route
            assert response.headers["content-type"] == "application/problem+json"
            assert response.json()["type"] == "urn:featuremap:problem:unusable-evidence"
            assert f"{file}.json" in response.json()["detail"]
        picture = client.get("/api/v1/datasets/mnist/test/4444.png").content
        assert client.post(f"{address}/predict", content=picture).json()["predictions"][0]["label"] == "9"
        assert client.post(f"{address}/feature-maps?sample=4444").status_code == 200
        assert client.get(f"{address}/kernels").status_code == 200
        assert client.get(address).json()["metrics"] is None
        studies = Comparisons.model_validate_json(client.get("/api/v1/comparisons").content).comparisons
        assert [(study.name, study.title) for study in studies] == [("mine", "mine"), ("other", "other")]
        for study in studies:
            told = client.get(f"/api/v1/comparisons/{study.name}")
            assert (told.status_code, f"{study.name}.study.json" in told.json()["detail"]) == (404, True)
