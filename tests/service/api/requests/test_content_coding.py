"""Compressed bodies: whole, cut off, and larger than they look."""

import gzip
import zlib

import pytest

from service.api.requests.content_coding import Coding, check_coding, compress, decompress, preferred_coding
from service.errors import MalformedRequest, PayloadTooLarge, UnsupportedEncoding


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_what_is_compressed_comes_back(coding: Coding) -> None:
    body = b"some body " * 1000
    packed = compress(body, coding)
    assert len(packed) < len(body) / 10
    assert decompress(packed, coding, len(body)) == body
    assert decompress(gzip.compress(body) if coding == "gzip" else zlib.compress(body), coding, len(body)) == body


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_body_that_is_larger_than_it_looks_is_given_up_at_the_limit(coding: Coding) -> None:
    bomb = compress(bytes(50_000_000), coding)
    assert len(bomb) < 300_000
    with pytest.raises(PayloadTooLarge, match="more than 1,000 bytes") as caught:
        decompress(bomb, coding, 1000)
    assert caught.value.details["actual"] == 1001, "no more is unpacked"


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_what_is_no_whole_stream_is_told(coding: Coding) -> None:
    packed = compress(b"some body", coding)
    for body in (b"", b"plain", packed[:-1], packed + b"x", packed[1:]):
        with pytest.raises(MalformedRequest):
            decompress(body, coding, 1000)


def test_only_known_codings_are_read() -> None:
    assert [check_coding(header) for header in (None, "identity", " GZIP ", "deflate")] == [
        None,
        None,
        "gzip",
        "deflate",
    ]
    for header in ("br", "zstd", "gzip, deflate", "x"):
        with pytest.raises(UnsupportedEncoding, match="gzip, deflate, identity"):
            check_coding(header)


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        (None, None),
        ("", None),
        ("br", None),
        ("gzip, deflate, br", "gzip"),
        ("deflate, gzip", "deflate"),
        ("gzip;q=0.5, deflate;q=0.8", "deflate"),
        ("gzip;q=0, deflate;q=0", None),
        ("GZIP;q=x", None),
        ("*", None),
    ],
)
def test_the_coding_with_the_highest_quality_is_taken(header: str | None, coding: Coding | None) -> None:
    assert preferred_coding(header) == coding
