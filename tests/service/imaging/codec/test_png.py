"""PNG as the service writes it: exact, small, in strips where it is large."""

import base64
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from service.imaging.codec.files import ImageLimits, decode, encode_png, png_data_url
from tests.paths import ROOT

LIMITS = ImageLimits()
PHOTOGRAPH = ROOT / "service" / "web" / "still_life.jpg"


@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 2), (5, 7, 3), (5, 7, 4)])
def test_png_comes_back_as_it_was(shape: tuple[int, ...]) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    assert np.array_equal(decode(encode_png(pixels), LIMITS).pixels, pixels)


@pytest.mark.parametrize("shape", [(1900, 700), (1200, 700, 2), (900, 700, 3), (5, 300_000, 4)])
def test_a_large_png_is_made_in_strips(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(2)
    pixels = (
        rng.integers(0, 256, shape, dtype=np.uint8) >> rng.integers(0, 8, (shape[0], *[1] * (len(shape) - 1)))
    ).astype(np.uint8)
    data = encode_png(pixels, threads=3)
    assert data.count(b"IDAT") > 2
    assert data == encode_png(pixels)
    with Image.open(BytesIO(data)) as image:  # Pillow checks each chunk, and zlib the sum over all of them
        assert np.array_equal(np.asarray(image), pixels)
    start, packed = 8, b""
    while start < len(data):
        length, name = int.from_bytes(data[start : start + 4], "big"), data[start + 4 : start + 8]
        packed += data[start + 8 : start + 8 + length] if name == b"IDAT" else b""
        start += 12 + length
    raw = zlib.decompress(packed)
    assert len(raw) == len(pixels) * (pixels[0].nbytes + 1)


def test_a_photograph_takes_no_more_bytes_than_from_pillow() -> None:
    with Image.open(PHOTOGRAPH) as image:
        pixels, theirs = np.asarray(image), BytesIO()
        image.save(theirs, "PNG", compress_level=1)
    assert len(encode_png(pixels)) < len(theirs.getvalue())


def test_png_at_a_scale_has_square_pixels() -> None:
    pixels = np.array([[0, 255], [100, 7]], np.uint8)
    assert np.array_equal(decode(encode_png(pixels, 3), LIMITS).pixels, np.kron(pixels, np.ones((3, 3), np.uint8)))


def test_data_url() -> None:
    pixels = np.arange(6, dtype=np.uint8).reshape(2, 3)
    head, _, body = png_data_url(pixels).partition(",")
    assert head == "data:image/png;base64"
    assert np.array_equal(decode(base64.b64decode(body), LIMITS).pixels, pixels)
