"""POST predict as clients send it: every kind of body, every option, every mistake."""

import base64
import io
import json
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from tests.packages import band_picture
from tests.service.api.conftest import MakeClient, png

URL = "/api/v1/models/bands/predict"


def rows(band: int) -> Any:
    return (band_picture(band) / 255).tolist()


def form(*bands: int) -> list[tuple[str, tuple[str, bytes, str]]]:
    return [("file", (f"{band}.png", png(band), "image/png")) for band in bands]


def indexes(response: httpx.Response) -> list[int]:
    assert response.status_code == 200, response.text
    return [prediction["index"] for prediction in response.json()["predictions"]]


def problem(response: httpx.Response, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert len(response.content) < 2048
    document: dict[str, Any] = response.json()
    assert {"type", "title", "status", "detail", "request_id"} <= set(document)
    assert document["status"] == status
    assert document["request_id"] == response.headers["x-request-id"]
    assert document["detail"].endswith(".")
    return document


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


@pytest.mark.parametrize(
    ("instances", "told"),
    [
        ([(band_picture(3)).tolist()], "divide each by 255"),
        ([[0] * 784], "reshape it to 28 rows of 28"),
        (rows(3), "without a list around it"),
        ([[["0"] * 28] * 28], "a string, in quotation marks"),
    ],
)
def test_what_people_send_first_is_told_what_would_be_right(client: httpx.Client, instances: Any, told: str) -> None:
    detail = problem(client.post(URL, json={"instances": instances}), 422)["detail"]
    assert detail.startswith("instance 0: ")
    assert told in detail


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


@pytest.mark.parametrize("names", ["", " , ", None])
def test_several_models_need_names(client: httpx.Client, names: str | None) -> None:
    params = {} if names is None else {"models": names}
    assert "models" in problem(client.post("/api/v1/predict", files=form(1), params=params), 422)["detail"]


@pytest.mark.parametrize("model", ["nope", "..%2f..", "bands%2f1", "%00", "bands ", "Bands"])
def test_an_unknown_model_lists_the_known_ones(client: httpx.Client, model: str) -> None:
    response = client.post(f"/api/v1/models/{model}/predict", files=form(1))
    document = problem(response, 404)
    if "%2f" not in model:
        assert document["detail"] == "There is no such model. Known models: bands, broken, dark, halves."


def test_a_model_that_is_not_ready_says_why_and_when_to_come_back(client: httpx.Client) -> None:
    response = client.post("/api/v1/models/broken/predict", files=form(1))
    assert "config.pbtxt is missing" in problem(response, 503)["detail"]
    assert response.headers["retry-after"] == "1"


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("top_k=0", "top_k"),
        ("top_k=x", "top_k"),
        ("top_k=1&top_k=x", "top_k"),
        ("preprocess=magic", "'auto' or 'none'"),
        ("input=perhaps", "input"),
        ("box=1,2,3", "x,y,w,h, four whole numbers"),
        ("input=true&input=true", "input is given 2 times; it takes one value"),
        ("topk=3", "Known ones: box, explain, input, polarity, preprocess, rotate, top_k, version"),
        ("explain_me_MARKER=1", "Known ones"),
    ],
)
def test_an_unknown_query_is_refused(client: httpx.Client, query: str, told: str) -> None:
    document = problem(client.post(f"{URL}?{query}", files=form(1)), 422)
    assert told in document["detail"]
    assert "MARKER" not in json.dumps(document)


@pytest.mark.parametrize(
    ("body", "content_type", "status", "told"),
    [
        (b"", "image/png", 400, "The body is empty"),
        (b"", None, 400, "The body is empty"),
        (b"MARKER no picture", "image/png", 415, "PNG, JPEG, GIF, BMP, WebP"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", 415, "none of the served picture formats"),
        (b"x=MARKER", "application/x-www-form-urlencoded", 415, "multipart/form-data, application/json"),
        (b"x", "text/plain; charset=utf-8", 415, "not read here"),
        (b"x", "nonsense", 415, "not read here"),
        (b"--b--", "multipart/form-data", 400, "boundary"),
        (b"MARKER", "multipart/form-data; boundary=b", 400, "no multipart form"),
        (b"--b--\r\n", "multipart/form-data; boundary=b", 400, "no file"),
        (b"{", "application/json", 400, "no JSON"),
        (b"", "application/json", 400, "empty"),
        (b"\xff\xfe", "application/json", 400, "no JSON"),
        (b"[" * 100_000, "application/json", 400, "no JSON"),
        (b'{"a":' * 100_000, "application/json", 400, "no JSON"),
        (b'{"instances": ' + b"[" * 150 + b"]" * 150 + b"}", "application/json", 422, "instance 0"),
        (b"null", "application/json", 422, "instances is missing"),
        (b"[]", "application/json", 422, "instances is missing"),
        (b'{"MARKER": 1}', "application/json", 422, "instances is missing"),
        (b'{"instances": [], "MARKER": 1}', "application/json", 422, "members beside instances"),
        (b'{"instances": []}', "application/json", 422, "instances is empty"),
        (b'{"instances": 7}', "application/json", 422, "instances must be a list"),
        (b'{"instances": "MARKER"}', "application/json", 422, "instances must be a list"),
        (b'{"instances": [null]}', "application/json", 422, "instance 0: the instance must be a list of 28"),
        (b'{"instances": ["MARKER!"]}', "application/json", 422, "instance 0: a string must be a picture file"),
        (b'{"instances": ["aaaa"]}', "application/json", 415, "instance 0: The content is none"),
        (b'{"instances": [""]}', "application/json", 422, "instance 0: The picture is empty"),
        (b'{"instances": [[[NaN]]]}', "application/json", 422, "instance 0"),
    ],
)
def test_a_bad_body_gets_its_status_and_a_sentence(
    client: httpx.Client, body: bytes, content_type: str | None, status: int, told: str
) -> None:
    headers = {"content-type": content_type} if content_type else {}
    document = problem(client.post(URL, content=body, headers=headers), status)
    assert told in document["detail"]
    assert "MARKER" not in json.dumps(document)
    assert indexes(client.post(URL, files=form(1))) == [1]


@pytest.mark.parametrize(
    "value", ["NaN", "Infinity", "-Infinity", "1e999", "2", "-1", "true", "null", '"1"', "1" * 500]
)
def test_every_number_is_checked(client: httpx.Client, value: str) -> None:
    text = json.dumps({"instances": [rows(1), rows(2)]}).replace("1.0", value, 1)
    response = client.post(URL, content=text.encode(), headers={"content-type": "application/json"})
    assert problem(response, 422)["detail"].startswith("instance 0: ")


def test_a_truncated_and_an_oversized_picture(client: httpx.Client) -> None:
    buffer = io.BytesIO()
    Image.effect_noise((400, 400), 50).save(buffer, "JPEG")
    truncated = buffer.getvalue()[:2000]
    assert "ends too early" in problem(client.post(URL, content=truncated), 422)["detail"]
    header = bytearray(png(1))
    header[16:24] = (20_000).to_bytes(4, "big") * 2
    document = problem(client.post(URL, content=bytes(header)), 413)
    assert (document["limit"], document["actual"]) == (8192, 20_000)


def test_one_bad_file_fails_the_call_and_is_named(client: httpx.Client) -> None:
    files = [*form(1, 2), ("file", ("notes.png", b"text", "image/png"))]
    document = problem(client.post(URL, files=files), 415)
    assert document["file"] == {"index": 2, "name": "notes.png"}


def test_65_files_are_too_many(client: httpx.Client) -> None:
    document = problem(client.post(URL, files=form(*[1] * 65)), 413)
    assert (document["limit"], document["actual"]) == (64, 65)


def test_a_form_with_other_parts_is_refused(client: httpx.Client) -> None:
    response = client.post(URL, files=form(1), data={"comment": "MARKER"})
    assert "must be named file" in problem(response, 422)["detail"]
    assert "MARKER" not in response.text
    misnamed = client.post(URL, files=[("image", ("MARKER.png", png(1), "image/png"))])
    assert "no file in a part named file" in problem(misnamed, 400)["detail"]


def test_a_form_in_which_no_file_was_chosen(client: httpx.Client) -> None:
    assert "has no file" in problem(client.post(URL, files=[("file", ("", b"", "image/png"))]), 400)["detail"]


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


def test_a_compressed_body_is_refused(client: httpx.Client) -> None:
    headers = {"content-encoding": "gzip", "content-type": "image/png"}
    assert "without Content-Encoding" in problem(client.post(URL, content=b"x", headers=headers), 415)["detail"]


@pytest.mark.parametrize("accept", ["image/png", "text/html", "application/json;q=0", "text/*, image/*;q=0.5"])
def test_an_answer_that_the_caller_does_not_take(client: httpx.Client, accept: str) -> None:
    problem(client.post(URL, files=form(1), headers={"accept": accept}), 406)


@pytest.mark.parametrize("accept", ["*/*", "application/*", "text/html, application/json;q=0.1", "image/png,*/*;q=0.1"])
def test_an_answer_that_the_caller_takes(client: httpx.Client, accept: str) -> None:
    assert indexes(client.post(URL, files=form(1), headers={"accept": accept})) == [1]


def test_limits_are_those_of_the_settings(make_client: MakeClient) -> None:
    with make_client(max_files=2, max_instances=3, max_image_bytes=60, max_side=100) as client:
        assert problem(client.post(URL, files=form(1, 2, 3)), 413)["limit"] == 2
        assert problem(client.post(URL, json={"instances": [[]] * 4}), 413)["limit"] == 3
        assert problem(client.post(URL, content=png(1)), 413)["limit"] == 60
