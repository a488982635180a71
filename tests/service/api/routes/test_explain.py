"""How a picture was read, step by step, and decisions that the caller takes, with the published models."""

import base64
import io
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from tests.paths import MODELS
from tests.service.api.conftest import MakeClient
from tests.service.imaging.pictures import encode, paper, place, sample, stroke_mask

URL = "/api/v1/models/mnist_cnn/predict"


@pytest.fixture(scope="module")
def digits(make_client: MakeClient) -> Iterator[httpx.Client]:
    with make_client(models=MODELS) as running:
        yield running


def photograph(*indexes: int) -> np.ndarray:
    """Digits of the sample side by side on paper, a quarter of the frame's height each."""
    rng, sheet = np.random.default_rng(3), np.zeros((480, 640), np.float32)
    for number, index in enumerate(indexes):
        mask = stroke_mask(sample("mnist")[0][index], 150)
        sheet += place(mask, 640, 480, 60 + 300 * number, 180)
    return paper(sheet, rng, shadow=0.4)


def ask(client: httpx.Client, data: bytes, **query: Any) -> dict[str, Any]:
    response = client.post(URL, content=data, headers={"content-type": "image/png"}, params=query)
    assert response.status_code == 200, response.text
    (prediction,) = response.json()["predictions"]
    return dict(prediction)


def pixels(step: dict[str, Any]) -> np.ndarray:
    kind, _, data = step["image"].partition(",")
    assert kind == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))


def test_a_digit_is_explained_from_the_picture_to_the_input(digits: httpx.Client) -> None:
    data = encode(photograph(2), "JPEG", quality=85)
    plain, told = ask(digits, data, input=True), ask(digits, data, explain=True, input=True)
    assert plain["steps"] is None
    steps = told.pop("steps")
    plain.pop("steps")
    assert told == plain  # to explain changes nothing
    assert [step["name"] for step in steps] == ["picture", "ink", "box", "fit", "input"]
    for step in steps:
        assert pixels(step).shape[:2] == (step["height"], step["width"])
    facts = {step["name"]: step["facts"] for step in steps}
    assert facts["picture"] == {
        "format": "JPEG",
        "exif_rotated": False,
        "rotated": 0,
        "alpha": False,
        "size": [640, 480],
    }
    assert facts["ink"]["polarity"] == "dark_on_light"
    assert facts["ink"]["shadow_removed"] is True
    assert facts["box"]["box"] == told["preprocessing"]["box"]
    assert max(steps[3]["width"], steps[3]["height"]) == 20
    assert len(facts["input"]["shift"]) == 2
    assert steps[4]["image"] == told["input_png"]


def test_a_garment_is_explained(digits: httpx.Client) -> None:
    garment = 255 - sample("fashion_mnist")[0][0].repeat(8, 0).repeat(8, 1)
    url = "/api/v1/models/fashion_cnn_dropout/predict"
    answer = digits.post(url, content=encode(np.pad(garment, 30, constant_values=255), "PNG"), params={"explain": True})
    steps = answer.json()["predictions"][0]["steps"]
    assert [step["name"] for step in steps] == ["picture", "ground", "trim", "sharpen", "input"]
    assert (steps[4]["width"], steps[4]["height"]) == (28, 28)
    assert steps[4]["facts"]["negated"] is True


def test_where_nothing_is_found_the_steps_end_at_the_whole_picture(digits: httpx.Client) -> None:
    told = ask(digits, encode(np.full((80, 90), 200), "PNG"), explain=True)
    assert [step["name"] for step in told["steps"]] == ["picture", "ink", "input"]
    assert told["reason"] == told["steps"][-1]["facts"]["reason"] == "empty"


def test_the_box_says_where_to_look(digits: httpx.Client) -> None:
    images, labels = sample("mnist")
    data = encode(photograph(2, 1), "PNG")
    for number, index in enumerate((2, 1)):
        told = ask(digits, data, box=f"{20 + 300 * number},120,280,280")
        assert told["index"] == labels[index]
        left, top, width, height = told["preprocessing"]["box"]
        assert abs(left - (60 + 300 * number)) < 8
        assert abs(top - 180) < 8
        assert left + width <= 300 * (number + 1)
        assert height < 170
    assert ask(digits, data, box="0,0,40,40")["reason"] in ("empty", "no_object")
    assert images.shape[1:] == (28, 28)


def test_a_box_from_an_answer_can_be_sent_back_with_the_same_rotation(digits: httpx.Client) -> None:
    upright = photograph(2)
    lying = encode(np.rot90(upright), "PNG")  # turned anticlockwise: 90 clockwise undoes it
    told = ask(digits, lying, rotate=90)
    straight = ask(digits, encode(upright, "PNG"))
    assert told["index"] == straight["index"] == sample("mnist")[1][2]
    assert told["preprocessing"] == straight["preprocessing"]
    x, y, width, height = told["preprocessing"]["box"]
    again = ask(digits, lying, rotate=90, box=f"{x - 10},{y - 10},{width + 20},{height + 20}")
    assert again["index"] == told["index"]
    assert ask(digits, lying, rotate=90, explain=True)["steps"][0]["facts"]["rotated"] == 90


def test_polarity_is_taken_at_the_callers_word(digits: httpx.Client) -> None:
    image = sample("mnist")[0][2]
    for polarity, picture in (("light_on_dark", image), ("dark_on_light", 255 - image)):
        told = ask(digits, encode(picture, "PNG"), polarity=polarity, input=True)
        assert told["preprocessing"]["polarity"] == polarity
        assert (pixels({"image": told["input_png"]}) == image).all()
    against = ask(digits, encode(image, "PNG"), polarity="dark_on_light", input=True)
    assert (pixels({"image": against["input_png"]}) == 255 - image).all()


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"box": "600,0,100,100"}, "640 x 480"),
        ({"box": "0,0,0,5"}, "box must lie in the picture"),
        ({"box": "600,0,100,100", "rotate": 90}, "480 x 640"),
        ({"box": "1,2,3"}, "box"),
        ({"box": "a,b,c,d"}, "box"),
        ({"rotate": 45}, "rotate"),
        ({"polarity": "both"}, "polarity"),
        ({"explain": "perhaps"}, "explain"),
    ],
)
def test_what_cannot_be_done_is_said(digits: httpx.Client, query: dict[str, Any], words: str) -> None:
    answer = digits.post(URL, content=encode(photograph(2), "PNG"), params=query)
    assert answer.status_code == 422
    assert words in answer.json()["detail"]


def test_numbers_have_no_box(digits: httpx.Client) -> None:
    body = {"instances": [np.zeros((28, 28)).tolist()]}
    answer = digits.post(URL, json=body, params={"rotate": 90})
    assert answer.status_code == 422
    assert "for pictures, not for numbers" in answer.json()["detail"]
    assert digits.post(URL, json=body, params={"explain": True}).json()["predictions"][0]["steps"] is None


def test_several_digits_are_told_apart_and_each_is_read(digits: httpx.Client) -> None:
    labels = sample("mnist")[1]
    told = ask(digits, encode(photograph(2, 1), "PNG"))
    assert told["accepted"] is False
    assert told["reason"] == "multiple"
    assert [region["index"] for region in told["regions"]] == [labels[2], labels[1]]
    assert all(0.5 < region["confidence"] <= 1 for region in told["regions"])
    assert all((region["accepted"], region["reason"]) == (True, None) for region in told["regions"])
    lefts = [region["box"][0] for region in told["regions"]]
    assert abs(lefts[0] - 60) < 8
    assert abs(lefts[1] - 360) < 8
    alone = ask(digits, encode(photograph(2), "PNG"))
    assert alone["accepted"] is True
    assert alone["regions"] is None


def test_several_pictures_of_several_digits_keep_their_regions_apart(digits: httpx.Client) -> None:
    labels = sample("mnist")[1]
    shown = [(2, 1), (3,), (0, 2)]
    files = [("file", (f"{i}.png", encode(photograph(*each), "PNG"), "image/png")) for i, each in enumerate(shown)]
    predictions = digits.post(URL, files=files).json()["predictions"]
    read = [[region["index"] for region in p["regions"] or [p]] for p in predictions]
    assert read == [[labels[i] for i in each] for each in shown]
