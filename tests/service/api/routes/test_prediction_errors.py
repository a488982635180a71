"""POST predict with every mistake: each gets its status and a sentence that says what would be right."""

import io
import json
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.packages import band_picture
from tests.service.api.conftest import MakeClient, png
from tests.service.api.routes.predict import URL, form, indexes, problem, rows


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
        ("topk=3", "Known ones: box, explain, input, keep, polarity, preprocess, rotate, top_k, version"),
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
        (b"x=MARKER", "application/x-www-form-urlencoded", 415, "none of the served picture formats"),
        (b"x=MARKER", "application/xml", 415, "multipart/form-data, application/json"),
        (b"x", "text/plain; charset=utf-8", 415, "not read here"),
        (b"x", "nonsense", 415, "not read here"),
        (b"--b--", "multipart/form-data", 400, "boundary"),
        (b"MARKER", "multipart/form-data; boundary=b", 400, "no multipart form"),
        (b"--b--\r\n", "multipart/form-data; boundary=b", 400, "no file"),
        (b"{", "application/json", 400, "cannot be read as JSON"),
        (b"", "application/json", 400, "empty"),
        (b"\xff\xfe", "application/json", 400, "cannot be read as JSON"),
        (b"[" * 100_000, "application/json", 400, "nested 64 deep at most"),
        (b'{"a":' * 100_000, "application/json", 400, "nested 64 deep at most"),
        (b'{"instances": ' + b"[" * 150 + b"]" * 150 + b"}", "application/json", 400, "nested 64 deep at most"),
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


def test_a_compressed_body_is_refused(client: httpx.Client) -> None:
    headers = {"content-encoding": "gzip", "content-type": "image/png"}
    assert "without Content-Encoding" in problem(client.post(URL, content=b"x", headers=headers), 415)["detail"]


@pytest.mark.parametrize("accept", ["image/png", "text/html", "application/json;q=0", "text/*, image/*;q=0.5"])
def test_an_answer_that_the_caller_does_not_take(client: httpx.Client, accept: str) -> None:
    problem(client.post(URL, files=form(1), headers={"accept": accept}), 406)


def test_limits_are_those_of_the_settings(make_client: MakeClient) -> None:
    with make_client(max_files=2, max_instances=3, max_image_bytes=60, max_side=100) as client:
        assert problem(client.post(URL, files=form(1, 2, 3)), 413)["limit"] == 2
        assert problem(client.post(URL, json={"instances": [[]] * 4}), 413)["limit"] == 3
        assert problem(client.post(URL, content=png(1)), 413)["limit"] == 60
