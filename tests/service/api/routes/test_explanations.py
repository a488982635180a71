"""Why a model answers so: held to plain calls with the same changed pictures."""

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import numpy as np
import pytest
from fastapi import FastAPI
from PIL import Image

from service.api.why_schemas import ExplanationAnswer, ModelFlip, OcclusionAnswer
from service.datasets import read_sample
from service.imaging.codec.files import encode_png
from service.inference.runtime.limiter import Limiter
from service.inference.runtime.session import Session
from tests.ci import sampled
from tests.paths import MODELS
from tests.service.api.conftest import MakeClient, png

NAMES = sampled(sorted(path.name for path in MODELS.iterdir() if path.is_dir()), 2)


@pytest.fixture(scope="module")
def published(make_client: MakeClient) -> Iterator[httpx.Client]:
    with make_client(models=MODELS, deadline_ms=120_000) as client:
        yield client


def ask(client: httpx.Client, address: str, **body: Any) -> Any:
    response = client.post(f"/api/v1/models/{address}", **body)
    assert response.status_code == 200, response.text
    assert "inference;dur=" in response.headers["Server-Timing"]
    return response.json()


def plain(client: httpx.Client, model: str, pictures: Any) -> Any:
    """The calibrated probabilities [n, classes] of predict for pictures as numbers."""
    rows = []
    for first in range(0, len(pictures), 64):
        body = {"instances": pictures[first : first + 64].tolist()}
        answer = client.post(f"/api/v1/models/{model}/predict?top_k=10", json=body).json()
        for found in answer["predictions"]:
            top = sorted(found["top"], key=lambda candidate: candidate["index"])
            rows.append([candidate["probability"] for candidate in top])
    return np.array(rows)


def sample(client: httpx.Client, model: str, index: int = 4444) -> Any:
    dataset = client.get(f"/api/v1/models/{model}").json()["dataset"]
    return read_sample(dataset, index)[0].astype(np.float32) / 255


@pytest.mark.parametrize("model", NAMES)
def test_the_occlusion_map_is_that_of_plain_calls(published: httpx.Client, model: str) -> None:
    picture = sample(published, model)
    covered = []
    for top in range(0, 25, 2):
        for left in range(0, 25, 2):
            copy = picture.copy()
            copy[top : top + 4, left : left + 4] = 0
            covered.append(copy)
    body = {"json": {"instances": [picture.tolist()]}}
    found = ask(published, f"{model}/occlusion", **body)
    OcclusionAnswer.model_validate(found)
    whole = plain(published, model, picture[None])[0]
    assert (found["index"], found["patch"], found["stride"], found["cover"]) == (int(whole.argmax()), 4, 2, 0)
    falls = whole[found["index"]] - plain(published, model, np.stack(covered))[:, found["index"]]
    assert (
        np.abs(np.array(found["map"]) - falls.reshape(13, 13)).max() <= 1.5e-6
    )  # each number of both is rounded at 1e-6
    assert np.abs(found["probability"] - whole[found["index"]]) <= 1e-6


def test_the_occlusion_map_is_that_of_the_session_to_1e_6(published: httpx.Client) -> None:
    """The same without the rounding of answers: temperature 1, so the rows are the probabilities."""
    picture = sample(published, "mnist_cnn")[None, None]
    session = Session(MODELS / "mnist_cnn" / "1" / "model.onnx")
    found = ask(published, "mnist_cnn/occlusion?patch=9&stride=5&class=3", json={"instances": picture[0].tolist()})
    whole = session.run(picture)[0, 3]
    falls = np.zeros((4, 4))
    for i, j in np.ndindex(4, 4):
        copy = picture.copy()
        copy[..., 5 * i : 5 * i + 9, 5 * j : 5 * j + 9] = 0
        falls[i, j] = whole - session.run(copy)[0, 3]
    assert found["label"] == "3"
    assert np.abs(np.array(found["map"]) - falls).max() <= 1e-6


@pytest.mark.parametrize("model", NAMES)
def test_the_changed_pixels_change_the_answer_of_a_plain_call(published: httpx.Client, model: str) -> None:
    picture = sample(published, model)
    found = ask(published, f"{model}/flip", json={"instances": [picture.tolist()]})
    ModelFlip.model_validate(found)
    assert found["found"] is (found["ended"] == "found")
    assert found["found"]
    assert 1 <= len(found["pixels"]) <= 10
    assert found["tried"] <= 2500
    changed = picture.copy()
    for pixel in found["pixels"]:
        assert abs(picture[pixel["y"], pixel["x"]] - pixel["from"]) < 1e-6
        assert pixel["to"] == (1 if pixel["from"] < 0.5 else 0)
        changed[pixel["y"], pixel["x"]] = pixel["to"]
    before, after = plain(published, model, np.stack([picture, changed]))
    for told, row in ((found["before"], before), (found["after"], after)):
        assert told["index"] == int(row.argmax())
        assert abs(told["probability"] - row.max()) < 1e-5
    assert found["before"]["index"] != found["after"]["index"]


def test_every_changed_pixel_is_needed(published: httpx.Client) -> None:
    picture = sample(published, "mnist_lstm")
    pixels = ask(published, "mnist_lstm/flip", json={"instances": [picture.tolist()]})["pixels"]
    assert len(pixels) > 1
    for left_out in range(len(pixels)):
        changed = picture.copy()
        for pixel in pixels[:left_out] + pixels[left_out + 1 :]:
            changed[pixel["y"], pixel["x"]] = pixel["to"]
        before, after = plain(published, "mnist_lstm", np.stack([picture, changed]))
        assert before.argmax() == after.argmax()


def test_a_search_that_finds_none_says_so(published: httpx.Client) -> None:
    found = ask(published, "mnist_robust/flip?pixels=1&sample=0")
    assert (found["found"], found["pixels"], found["ended"], found["tried"]) == (False, [], "pixels", 784)
    assert found["before"]["index"] == found["after"]["index"]
    assert found["after"]["probability"] < found["before"]["probability"]


def test_a_search_that_runs_out_of_time_says_so(make_client: MakeClient) -> None:
    with make_client(models=MODELS, deadline_ms=400) as client:
        found = ask(client, "mnist_robust/flip?sample=0")
    assert (found["found"], found["ended"]) == (False, "time")
    assert 0 <= found["tried"] < 1400


def test_all_three_at_once_and_the_activation_map_adds_up_to_the_logit(published: httpx.Client) -> None:
    picture = encode_png(read_sample("mnist", 4444)[0])
    found = ask(published, "mnist_robust/explain-prediction", content=picture)
    assert set(found) == set(ExplanationAnswer.model_fields)
    alone = ask(published, "mnist_robust/occlusion", content=picture)
    assert {key: alone[key] for key in found["occlusion"]} == found["occlusion"]
    assert found["prediction"]["input_png"].startswith("data:image/png;base64,")
    activation = found["class_activation"]
    assert activation["layer"] == "relu"
    assert np.array(activation["map"]).shape == (7, 7)
    assert abs(np.mean(activation["map"]) + activation["bias"] - activation["logit"]) < 1e-5
    layers = ask(published, "mnist_robust/feature-maps?layer=dense&map=0", content=picture)["layers"]
    assert abs(layers[0]["maps"][0]["values"][activation["index"]] - activation["logit"]) < 1e-4


def test_a_network_without_a_global_average_has_no_activation_map(published: httpx.Client) -> None:
    assert ask(published, "mnist_cnn/explain-prediction?sample=4444&pixels=1")["class_activation"] is None


def test_the_map_as_a_picture(published: httpx.Client) -> None:
    response = published.post("/api/v1/models/mnist_cnn/occlusion?sample=4444", headers={"Accept": "image/png"})
    assert response.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(response.content)).size == (448, 448)


def test_a_package_without_layers_is_explained_too(client: httpx.Client) -> None:
    found = ask(client, "bands/explain-prediction", content=png(4))
    assert found["class_activation"] is None
    assert found["prediction"]["label"] == "4"
    falls = np.array(found["occlusion"]["map"])
    assert falls.max(axis=1).argmax() in (5, 6)  # the band of class 4 has rows 12 to 14
    assert falls.max() > 0
    dark = ask(client, "dark/occlusion", content=png(4))
    assert dark["cover"] == 0.5  # who resizes knows no ink: the middle, as in the paper


@pytest.mark.parametrize(
    ("query", "status", "sentence"),
    [
        ("occlusion?sample=1&patch=29", 422, "A patch of 29 pixels does not fit into the model's input of 28."),
        ("occlusion?sample=1&patch=1&stride=0", 422, "stride is wrong"),
        ("occlusion?sample=1&class=ten", 422, "There is no such class. The classes are: 0, 1, 2"),
        ("occlusion?sample=1&pixels=3", 422, "An unknown query parameter was given."),
        ("flip?sample=1&pixels=11", 422, "pixels is wrong: Input should be less than or equal to 10"),
        ("flip?sample=70000", 404, "There is no test sample 70000"),
        ("explain-prediction?sample=1&patch=0", 422, "patch is wrong"),
    ],
)
def test_what_cannot_be_is_told(published: httpx.Client, query: str, status: int, sentence: str) -> None:
    response = published.post(f"/api/v1/models/mnist_cnn/{query}")
    assert response.status_code == status
    assert sentence in response.json()["detail"]


def test_the_limits_hold_and_are_told(published: httpx.Client) -> None:
    limits = published.get("/api/v1/limits").json()
    names = ("max_patches", "max_flip_pixels", "max_flip_tries", "max_waiting_explanations")
    assert [limits[name] for name in names] == [1024, 10, 2500, 16]
    two = {"files": [("file", png(1)), ("file", png(2))]}
    response = published.post("/api/v1/models/mnist_cnn/flip", **two)  # type: ignore[arg-type]
    assert response.json()["detail"] == "The body has 2 pictures; an answer is explained for one at a time."


def test_who_finds_no_turn_is_told_to_come_again(make_client: MakeClient) -> None:
    """One works and three wait; the rest hears 503 at once, and predict goes on beside them."""

    def hold(app: FastAPI) -> None:
        app.state.services.dataplane._explainer._turns = Limiter(1, 3, "explanations")

    with make_client(hold, models=MODELS) as client, ThreadPoolExecutor(8) as threads:
        address = "/api/v1/models/mnist_cnn/explain-prediction?sample=0"
        calls = [threads.submit(client.post, address, timeout=60) for _ in range(8)]
        beside = client.post("/api/v1/models/mnist_cnn/predict", content=png(1))
        answers = [call.result() for call in calls]
    assert beside.status_code == 200
    refused = [answer for answer in answers if answer.status_code == 503]
    assert len(refused) >= 8 - 4
    for answer in refused:
        assert answer.json()["detail"] == "4 explanations are worked on or wait already. Try again soon."
        assert int(answer.headers["Retry-After"]) >= 1
    assert {answer.status_code for answer in answers} <= {200, 503, 504}
    assert any(answer.status_code == 200 for answer in answers)
