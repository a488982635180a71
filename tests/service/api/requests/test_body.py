"""Bodies to items without any server: what each Content-Type means, and when a body is worth a thread."""

import base64
import json
import time

import pytest

from service.api.requests.body import BodyLimits, check_media, is_quick, parse_items
from service.api.requests.filter_form import check_filter_media, parse_filter_form
from service.errors import FeaturemapError, InvalidInput, MalformedRequest, PayloadTooLarge, UnsupportedMedia
from service.inference.inputs import Item, Numbers, Upload

LIMITS = BodyLimits(files=2, instances=2, numbers=4)
FORM = "multipart/form-data; boundary=b"


def form(*fields: tuple[str, str | None, bytes]) -> bytes:
    body = b""
    for name, filename, data in fields:
        tail = "" if filename is None else f'; filename="{filename}"'
        body += f'--b\r\nContent-Disposition: form-data; name="{name}"{tail}\r\n\r\n'.encode() + data + b"\r\n"
    return body + b"--b--\r\n"


@pytest.mark.parametrize(
    ("content_type", "body", "items"),
    [
        ("", b"x", [Upload(b"x")]),
        ("image/png", b"x", [Upload(b"x")]),
        ("IMAGE/anything; q=1", b"x", [Upload(b"x")]),
        ("application/octet-stream", b"x", [Upload(b"x")]),
        ("binary/octet-stream", b"x", [Upload(b"x")]),
        ("application/x-www-form-urlencoded", b"x", [Upload(b"x")]),
        ("application/binary", b"x", [Upload(b"x")]),
        ("application/jpeg", b"x", [Upload(b"x")]),
        ("Application/X-PNG", b"x", [Upload(b"x")]),
        (FORM, form(("file", "a.png", b"x"), ("file", None, b"y")), [Upload(b"x", "a.png"), Upload(b"y")]),
        (FORM, form(("file", "a.png", b"x"), ("file", "", b"")), [Upload(b"x", "a.png")]),
        ("Multipart/Form-Data; BOUNDARY=b", form(("file", "a.png", b"x")), [Upload(b"x", "a.png")]),
        ("application/json", b'{"instances": [[[0, 1]]]}', [Numbers([[0, 1]])]),
        ("application/json; charset=utf-8", b'{"instances": ["eA=="]}', [Upload(b"x", where="instance 0: ")]),
        ("application/json", b'{"instances": [{"b64": "eA"}]}', [Upload(b"x", where="instance 0: ")]),
    ],
)
@pytest.mark.parametrize("encoding", [None, "identity", "Identity"])
def test_a_body_is_what_its_type_says(content_type: str, encoding: str | None, body: bytes, items: list[Item]) -> None:
    check_media(content_type, encoding)
    assert parse_items(content_type, encoding, body, LIMITS) == items


@pytest.mark.parametrize(
    ("content_type", "encoding", "body", "error", "told"),
    [
        ("text/plain", None, b"x", UnsupportedMedia, "not read here"),
        ("text/plain", "gzip", b"", UnsupportedMedia, "not read here"),
        ("image/png", "gzip", b"x", UnsupportedMedia, "without Content-Encoding"),
        ("image/png", "", b"x", UnsupportedMedia, "without Content-Encoding"),
        ("image/png", None, b"", MalformedRequest, "The body is empty"),
        (FORM, None, b"", MalformedRequest, "The body is empty"),
        (FORM, None, form(("image", "a.png", b"x")), MalformedRequest, "no file in a part named file"),
        (FORM, None, form(("file", "", b"")), MalformedRequest, "no file in a part named file"),
        (FORM, None, form(("file", "a.png", b"x"), ("note", None, b"x")), InvalidInput, "must be named file"),
        (FORM, None, form(*[("file", "a.png", b"x")] * 3), PayloadTooLarge, "3 parts; at most 2"),
        ("application/json", None, b'{"instances": [[], [], []]}', PayloadTooLarge, "3 instances; at most 2"),
        ("application/json", None, b'{"instances": [[' + b"0," * 20 + b"0]]}", PayloadTooLarge, "more numbers"),
    ],
)
def test_what_is_wrong_is_an_error_with_its_status(
    content_type: str, encoding: str | None, body: bytes, error: type[FeaturemapError], told: str
) -> None:
    with pytest.raises(error) as caught:
        parse_items(content_type, encoding, body, LIMITS)
    assert told in caught.value.message


def test_the_form_of_a_filter_is_a_picture_and_its_fields() -> None:
    picture, fields = parse_filter_form(FORM, None, form(("filter", None, b"sharpen"), ("file", "a.png", b"x")))
    assert (picture.filename, picture.data, fields.filter) == ("a.png", b"x", "sharpen")


@pytest.mark.parametrize(
    ("content_type", "encoding", "body", "error", "told"),
    [
        ("image/png", None, b"x", UnsupportedMedia, "must be multipart/form-data"),
        ("", None, b"x", UnsupportedMedia, "must be multipart/form-data"),
        (FORM, "br", b"x", UnsupportedMedia, "without Content-Encoding"),
        (FORM, None, b"", MalformedRequest, "Send a form"),
        (FORM, None, form(("filter", None, b"sharpen")), MalformedRequest, "0 files"),
        (FORM, None, form(*[("file", "a.png", b"x")] * 17), PayloadTooLarge, "17 parts; at most 16"),
        (FORM, None, form(("file", "a", b"x"), *[("at", None, b"1,1")] * 2), InvalidInput, "a field twice"),
    ],
)
def test_what_is_wrong_with_the_form_of_a_filter(
    content_type: str, encoding: str | None, body: bytes, error: type[FeaturemapError], told: str
) -> None:
    if error is UnsupportedMedia:
        with pytest.raises(UnsupportedMedia):
            check_filter_media(content_type, encoding)
    with pytest.raises(error) as caught:
        parse_filter_form(content_type, encoding, body)
    assert told in caught.value.message


LARGEST_QUICK = {FORM: 2**18, "application/json": 2**15}


@pytest.mark.parametrize("content_type", LARGEST_QUICK)
def test_a_large_body_is_worth_a_thread(content_type: str) -> None:
    assert is_quick(content_type, LARGEST_QUICK[content_type])
    assert not is_quick(content_type, LARGEST_QUICK[content_type] + 1)
    assert not is_quick(content_type.upper(), 10_000_000)


@pytest.mark.parametrize("content_type", ["", "image/png", "application/octet-stream", "text/plain"])
def test_what_is_not_parsed_is_quick_at_any_size(content_type: str) -> None:
    assert is_quick(content_type, 10_000_000)


@pytest.mark.parametrize("filling", [b"\r\n--", b"-", b"\r\n", b"--b", b"x"])
def test_a_quick_body_is_quick_whatever_is_in_it(filling: bytes) -> None:
    """In the time of this process's own CPU, ten times what the docstring says."""
    bodies = {
        FORM: form(("file", "a.png", (filling * 2**18)[: 2**18 - 200])),
        "application/json": json.dumps(
            {"instances": [base64.b64encode(filling * 2**12).decode()[: 2**15 - 50]]}
        ).encode(),
    }
    for content_type, body in bodies.items():
        assert is_quick(content_type, len(body))
        taken = []
        for _ in range(5):
            started = time.process_time()
            try:
                parse_items(content_type, None, body, BodyLimits(64, 256, 784))
            except FeaturemapError:
                assert filling == b"--b"  # more boundaries than parts are taken
            taken.append(time.process_time() - started)
        assert min(taken) < 0.01
