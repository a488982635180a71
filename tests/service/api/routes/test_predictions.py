"""POST predict as clients send it: every kind of body, every option. Mistakes are in test_prediction_errors.py."""

import base64
import io

import httpx
import numpy as np
import pytest
from PIL import Image

from tests.packages import band_picture
from tests.service.api.conftest import png
from tests.service.api.routes.predict import URL, form, indexes, problem, rows


def test_the_answer_is_that_of_the_contract(client: httpx.Client) -> None:
    answer = client.post(URL, files=form(7), params={"top_k": 2}).json()
    assert answer["model"] == "bands"
    assert answer["version"] == "1"
    (prediction,) = answer["predictions"]
    top = prediction.pop("top")
    assert prediction == {
        "filename": "7.png",
        "index": 7,
        "label": "7",
        "confidence": top[0]["probability"],
        "accepted": True,
        "reason": None,
        "preprocessing": {"polarity": "light_on_dark", "box": None},
        "input_png": None,
        "regions": None,
        "steps": None,
    }
    assert [sorted(candidate) for candidate in top] == [["index", "label", "probability"]] * 2
    assert sorted(answer["timing_ms"]) == ["decode", "inference", "preprocess", "queue", "total"]
    assert answer["timing_ms"]["total"] >= answer["timing_ms"]["inference"] > 0


def test_stages_are_also_told_in_the_header(client: httpx.Client) -> None:
    response = client.post(URL, files=form(7))
    timing = response.json()["timing_ms"]
    expected = ", ".join(f"{s};dur={timing[s]}" for s in ("decode", "preprocess", "queue", "inference", "total"))
    assert response.headers["server-timing"] == expected


@pytest.mark.parametrize("count", [1, 3, 64])
def test_forms_of_one_and_many_files(client: httpx.Client, count: int) -> None:
    bands = [k % 10 for k in range(count)]
    response = client.post(URL, files=form(*bands))
    assert indexes(response) == bands
    assert [p["filename"] for p in response.json()["predictions"]] == [f"{band}.png" for band in bands]


@pytest.mark.parametrize("declared", ["image/png", "image/jpeg", "application/octet-stream", None])
def test_a_raw_body_is_told_by_its_content(client: httpx.Client, declared: str | None) -> None:
    headers = {"content-type": declared} if declared else {}
    assert indexes(client.post(URL, content=png(3), headers=headers)) == [3]


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "BMP", "WEBP"])
def test_every_format_is_read(client: httpx.Client, format: str) -> None:  # noqa: A002
    buffer = io.BytesIO()
    Image.fromarray(band_picture(6)).save(buffer, format)
    assert indexes(client.post(URL, content=buffer.getvalue())) == [6]


def test_json_takes_numbers_in_both_forms_and_files(client: httpx.Client) -> None:
    with_channel = [[[value] for value in row] for row in rows(2)]
    file = base64.b64encode(png(5)).decode()
    instances = [rows(1), with_channel, file, f"data:image/png;base64,{file}"]
    response = client.post(URL, json={"instances": instances})
    assert indexes(response) == [1, 2, 5, 5]
    assert [p["preprocessing"] is None for p in response.json()["predictions"]] == [True, True, False, False]


def test_json_takes_the_models_own_form_and_files_as_other_clients_send_them(client: httpx.Client) -> None:
    file = base64.encodebytes(png(5)).decode()
    instances = [[rows(1)], {"b64": file}, base64.urlsafe_b64encode(png(6)).decode().rstrip("=")]
    response = client.post(URL, json={"instances": instances})
    assert indexes(response) == [1, 5, 6]
    assert [p["preprocessing"] is None for p in response.json()["predictions"]] == [True, False, False]


def test_a_long_body_in_the_models_own_form_is_read_as_a_short_one_is(client: httpx.Client) -> None:
    assert indexes(client.post(URL, json={"instances": [[rows(k % 10)] for k in range(64)]})) == [
        k % 10 for k in range(64)
    ]


def test_256_instances_are_taken_and_257_are_not(client: httpx.Client) -> None:
    instances = [rows(k % 10) for k in range(256)]
    assert indexes(client.post(URL, json={"instances": instances})) == [k % 10 for k in range(256)]
    document = problem(client.post(URL, json={"instances": [*instances, rows(1)]}), 413)
    assert document["limit"] == 256 * 784
    small = problem(client.post(URL, json={"instances": [[]] * 257}), 413)
    assert (small["limit"], small["actual"]) == (256, 257)


def test_polarity_is_the_models_own(client: httpx.Client) -> None:
    dark = base64.b64encode(io.BytesIO(png(4)).getvalue()).decode()
    response = client.post("/api/v1/models/dark/predict?input=true", json={"instances": [dark]})
    data = response.json()["predictions"][0]["input_png"].partition(",")[2]
    with Image.open(io.BytesIO(base64.b64decode(data))) as seen:
        np.testing.assert_array_equal(np.asarray(seen), 255 - band_picture(4))


def test_preprocess_none_only_resizes(client: httpx.Client) -> None:
    params = {"preprocess": "none", "input": "true"}
    answer = client.post("/api/v1/models/dark/predict", files=form(4), params=params).json()
    (prediction,) = answer["predictions"]
    assert prediction["preprocessing"] == {"polarity": None, "box": None}
    with Image.open(io.BytesIO(base64.b64decode(prediction["input_png"].partition(",")[2]))) as seen:
        np.testing.assert_array_equal(np.asarray(seen), band_picture(4))


def test_a_version_can_be_named(client: httpx.Client) -> None:
    assert indexes(client.post(URL, files=form(1), params={"version": "1"})) == [1]
    assert "Served versions: 1" in problem(client.post(URL, files=form(1), params={"version": "2"}), 404)["detail"]


def test_several_models_answer_in_one_call(client: httpx.Client) -> None:
    response = client.post("/api/v1/predict", files=form(8), params={"models": "halves, bands,nope,broken,bands"})
    assert response.status_code == 200
    halves, bands, unknown, broken = response.json()["results"]
    assert (halves["model"], halves["predictions"][0]["label"]) == ("halves", "lower")
    assert (bands["model"], bands["predictions"][0]["index"]) == ("bands", 8)
    assert (unknown["model"], unknown["status"]) == ("nope", 404)
    assert (broken["model"], broken["status"]) == ("broken", 503)
    assert "config.pbtxt is missing" in broken["detail"]
    assert "total;dur=" in response.headers["server-timing"]


def test_several_models_share_the_picture_but_not_the_mistake(client: httpx.Client) -> None:
    params = {"models": "bands,halves"}
    assert problem(client.post("/api/v1/predict", content=b"text", params=params), 415)["file"]["index"] == 0
    results = client.post("/api/v1/predict", json={"instances": [[[1]]]}, params=params).json()["results"]
    assert [(r["model"], r["status"]) for r in results] == [("bands", 422), ("halves", 422)]
    unknown = client.post("/api/v1/predict", files=form(1), params={"models": "x,y"})
    assert [r["status"] for r in unknown.json()["results"]] == [404, 404]


def test_a_hostile_file_name_comes_back_harmless(client: httpx.Client) -> None:
    name = "a\r\n\x1b[2J<b>\u202e" + "x" * 5000 + ".png"
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="' + name[:1000].replace("\r\n", "").encode()
    body += b'"\r\n\r\n' + png(1) + b"\r\n--b--\r\n"
    headers = {"content-type": "multipart/form-data; boundary=b"}
    response = client.post(URL, content=body, headers=headers)
    assert indexes(response) == [1]
    filename = response.json()["predictions"][0]["filename"]
    assert filename.isprintable()
    assert len(filename) == 200


@pytest.mark.parametrize(
    ("parameter", "name"),
    [
        ('filename="Screenshot 2024-01-30 at 10.32.07\u202fAM.png"', "Screenshot 2024-01-30 at 10.32.07\u202fAM.png"),
        ("filename*=utf-8''%D1%84.png", "\u0444.png"),
    ],
)
def test_a_file_name_comes_back_as_it_was_sent(client: httpx.Client, parameter: str, name: str) -> None:
    body = (
        f'--b\r\nContent-Disposition: form-data; name="file"; {parameter}\r\n\r\n'.encode() + png(1) + b"\r\n--b--\r\n"
    )
    response = client.post(URL, content=body, headers={"content-type": "multipart/form-data; boundary=b"})
    assert response.json()["predictions"][0]["filename"] == name


def test_a_form_of_many_megabytes_is_read_as_a_small_one_is(client: httpx.Client) -> None:
    files = [*form(1), ("file", ("large.png", png(2) + bytes(9_000_000), "image/png")), *form(3)]
    assert indexes(client.post(URL, files=files)) == [1, 2, 3]


@pytest.mark.parametrize("accept", ["*/*", "application/*", "text/html, application/json;q=0.1", "image/png,*/*;q=0.1"])
def test_an_answer_that_the_caller_takes(client: httpx.Client, accept: str) -> None:
    assert indexes(client.post(URL, files=form(1), headers={"accept": accept})) == [1]
