"""A file of another kind is named, so that its sender knows what to convert."""

from io import BytesIO

import pytest
from PIL import Image

from service.errors import UnsupportedMedia
from service.imaging.codec.files import ImageLimits, probe

HEIC = bytes.fromhex("0000002466747970") + b"heic" + bytes(100)


def saved(kind: str) -> bytes:
    buffer = BytesIO()
    Image.new("L", (8, 8), 200).save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (HEIC, "a HEIC picture, as iPhones take them"),
        (HEIC.replace(b"heic", b"mif1"), "a HEIC picture"),
        (saved("AVIF"), "an AVIF picture"),
        (saved("TIFF"), "a TIFF picture"),
        (saved("PDF"), "a PDF document"),
        (saved("ICO"), "a Windows icon"),
        (HEIC.replace(b"heic", b"isom"), "a film"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<svg/>", "an SVG drawing"),
        (b"<!doctype html><title>404</title>", "HTML or XML text"),
        (b'{"error": "not found"}', "JSON"),
    ],
)
def test_it_is_named(data: bytes, named: str) -> None:
    with pytest.raises(UnsupportedMedia, match=rf"^The content is {named}.*, none of the served .*: PNG, JPEG"):
        probe(data, ImageLimits())


@pytest.mark.parametrize("data", [b"MARKER", b"\0" * 40, b"\xff\xd8"])
def test_what_is_unknown_is_not_guessed(data: bytes) -> None:
    with pytest.raises(UnsupportedMedia, match=r"^The content is none of the served"):
        probe(data, ImageLimits())
