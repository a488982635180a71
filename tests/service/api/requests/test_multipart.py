"""Forms as browsers, curl and liars write them."""

import time

import pytest

from service.api.requests.multipart import Part, parse_multipart
from service.errors import MalformedRequest, PayloadTooLarge

TYPE = "multipart/form-data; boundary=b"


def part(disposition: str, data: bytes, *headers: str) -> bytes:
    lines = [f"Content-Disposition: form-data; {disposition}", *headers]
    return b"--b\r\n" + "\r\n".join(lines).encode() + b"\r\n\r\n" + data + b"\r\n"


def test_parts_keep_names_content_and_order() -> None:
    body = (
        part('name="file"; filename="a.png"', b"\x89PNG\r\n--x\r\n\x00", "Content-Type: image/png")
        + part('name="kernel"', b"[[1]]")
        + part('name="file"; filename=""', b"")
        + b"--b--\r\n"
    )
    assert parse_multipart(TYPE, body, 3) == [
        Part("file", "a.png", b"\x89PNG\r\n--x\r\n\x00"),
        Part("kernel", None, b"[[1]]"),
        Part("file", "", b""),
    ]


@pytest.mark.parametrize("content_type", ['multipart/form-data; boundary="b"', "multipart/form-data;BOUNDARY=b"])
def test_the_boundary_may_be_written_in_several_ways(content_type: str) -> None:
    body = part('name="file"', b"x") + b"--b--"
    assert parse_multipart(content_type, body, 1) == [Part("file", None, b"x")]


def test_names_are_utf_8_and_lose_what_cannot_be_shown() -> None:
    body = part('name="file"; filename="s\u00e9v\u00e9n\t.png"', b"") + b"--b--"
    assert parse_multipart(TYPE, body, 1)[0].filename == "s\u00e9v\u00e9n?.png"


@pytest.mark.parametrize(
    ("content_type", "body", "told"),
    [
        ("multipart/form-data", b"--b--", "names no multipart boundary"),
        ("multipart/form-data; boundary=", b"--b--", "names no multipart boundary"),
        (TYPE, b"hello", "is no multipart form"),
        (TYPE, b"--c\r\n\r\n--c--", "is no multipart form"),
        (TYPE, part('name="file"', b"x"), "ends before its closing boundary"),
        (TYPE, b"--b\r\nContent-Dispo", "ends before its closing boundary"),
        (TYPE, part('filename="a.png"', b"x") + b"--b--", "has no name"),
        (TYPE, b"--b\r\n\r\nx\r\n--b--", "has no name"),
        (TYPE, b"--b\r\nno header\r\n\r\nx\r\n--b--", "is no multipart form"),
        (TYPE, b"--b\r\n" + b"A: b\r\n" * 100 + b"\r\nx\r\n--b--", "is no multipart form"),
    ],
)
def test_what_is_no_form_is_told(content_type: str, body: bytes, told: str) -> None:
    with pytest.raises(MalformedRequest) as caught:
        parse_multipart(content_type, body, 9)
    assert told in caught.value.message


def test_too_many_parts_are_told_with_their_number() -> None:
    with pytest.raises(PayloadTooLarge) as caught:
        parse_multipart(TYPE, part('name="file"', b"x") * 7 + b"--b--", 5)
    assert caught.value.details == {"limit": 5, "actual": 7}


@pytest.mark.parametrize("filling", [b"\r", b"\r\n", b"\r\n--", b"\r\n-", b"-", b"--b"])
def test_a_body_made_to_be_slow_is_not(filling: bytes) -> None:
    data = (filling * 2**22)[: 2**22]
    started = time.perf_counter()
    try:
        parse_multipart(TYPE, part('name="file"', data) + b"--b--", 64)
    except PayloadTooLarge:
        assert filling == b"--b"
    assert time.perf_counter() - started < 1
