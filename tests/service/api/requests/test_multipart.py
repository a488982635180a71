"""Forms as browsers, curl and liars write them."""

import logging
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.api.requests.filenames import file_name, shown_name
from service.api.requests.header_parameters import header_parameters
from service.api.requests.multipart import Part, parse_multipart
from service.errors import MalformedRequest, PayloadTooLarge
from tests.ci import ON_CI
from tests.service.api.requests.reference_multipart import read_form

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


PIECES = st.sampled_from(
    [
        *(b"\r\n", b"\r", b"\n", b"-", b"--", b" ", b"\t", b":", b"x", b"\x00\xff", b"b", b"--b", b"--b--", b"--b\r\n"),
        *(b"\r\n--b", b"\r\n--b\r\n", b"\r\n--b--", b"\r\n--b \r\n", b"\r\n\r\n", b"A: b\r\n", b"A: b\r\n" * 7),
        *(b"A:" + b"x" * 4222 + b"\r\n", b"A:" + b"x" * 4223 + b"\r\n", b"content-disposition:\r\n"),
        b'Content-Disposition: form-data; name="file"\r\n',
        b"Content-Disposition: form-data; name=k\r\n\r\n",
        b'Content-Disposition:   form-data; name="file"; filename="\xc3\xa9.png"\r\nContent-Type: image/png\r\n\r\n',
    ]
)
NOISE = st.lists(PIECES, max_size=6).map(b"".join)
PARTS = st.lists(st.tuples(PIECES, NOISE), max_size=4).map(
    lambda parts: b"".join(b"--b\r\n" + head + data + b"\r\n" for head, data in parts) + b"--b--\r\n"
)


def expected(body: bytes) -> list[Part] | str:
    """The parts of python-multipart, or what the error is about."""
    fields, fault = read_form(b"b", body)
    parts = []
    for disposition, data in fields:
        parameters = header_parameters(disposition)
        if b"name" not in parameters:
            return "has no name"
        name = shown_name(parameters[b"name"].decode("utf-8", errors="replace"))
        parts.append(Part(name, file_name(parameters), data))
    return fault or parts


def got(body: bytes) -> list[Part] | str:
    try:
        return parse_multipart(TYPE, body, 10_000)
    except MalformedRequest as error:
        return error.message


@pytest.fixture(scope="module", autouse=True)
def _quiet() -> Iterator[None]:
    """python-multipart logs each malformed body."""
    logger = logging.getLogger("python_multipart")
    logger.setLevel(logging.CRITICAL)
    yield
    logger.setLevel(logging.NOTSET)


@settings(max_examples=1000 if ON_CI else 300)
@given(st.one_of(PARTS, NOISE.map(lambda noise: b"--b\r\n" + noise), NOISE), st.integers(0, 200), st.binary(max_size=2))
def test_any_body_means_what_python_multipart_says_it_means(body: bytes, cut: int, bytes_in_between: bytes) -> None:
    for changed in (body, body[: len(body) - cut], body[:cut] + bytes_in_between + body[cut + 1 :]):
        ours, theirs = got(changed), expected(changed)
        if isinstance(theirs, str):
            assert isinstance(ours, str)
            assert theirs in ours
        else:
            assert ours == theirs


@pytest.mark.parametrize("shift", range(-9, 3))
def test_a_boundary_is_found_wherever_it_lies(shift: int) -> None:
    """The search goes by pieces of 2**18 bytes, and a boundary may lie across two."""
    head = part('name="file"', b"")[:-2]
    data = b"x" * (2**18 - len(head) + shift)
    body = head + data + b"\r\n" + part('name="file"', b"y" * 2**19) + b"--b--"
    assert parse_multipart(TYPE, body, 2) == [Part("file", None, data), Part("file", None, b"y" * 2**19)]
    with pytest.raises(PayloadTooLarge) as caught:
        parse_multipart(TYPE, body, 1)
    assert caught.value.details == {"limit": 1, "actual": 2}


def test_a_boundary_may_be_long_but_not_endless() -> None:
    for size, fits in ((70, True), (256, True), (257, False)):
        boundary = "b" * size
        body = part('name="file"', b"x").replace(b"--b", b"--" + boundary.encode()) + f"--{boundary}--".encode()
        if fits:
            assert parse_multipart(f"multipart/form-data; boundary={boundary}", body, 1) == [Part("file", None, b"x")]
        else:
            with pytest.raises(MalformedRequest, match="is no multipart form"):
                parse_multipart(f"multipart/form-data; boundary={boundary}", body, 1)


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
