"""The quick way of a usual PNG gives Pillow's pixels, or leaves the file to it."""

import random
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from service.errors import FeaturemapError
from service.imaging.codec import files, headers
from service.imaging.codec.files import ImageLimits, decode, encode_png
from service.imaging.codec.headers import read_header
from service.imaging.codec.plain_png import plain_pixels
from service.imaging.pixels import Pixels


def noise(*shape: int) -> Pixels:
    return np.random.default_rng(sum(shape)).integers(0, 256, shape, np.uint8)


def by_pillow(pixels: Pixels, **options: object) -> bytes:
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", **options)
    return buffer.getvalue()


def told(data: bytes) -> tuple[object, ...]:
    try:
        picture = decode(data, ImageLimits())
    except FeaturemapError as error:
        return type(error), error.message
    return picture.pixels.shape, picture.pixels.tobytes(), picture.format, picture.exif_rotated


@pytest.mark.parametrize("shape", [(28, 28), (1, 1), (3, 200), (20, 30, 2), (20, 30, 3), (20, 30, 4)])
def test_its_pixels_are_those_of_the_file(shape: tuple[int, ...]) -> None:
    pixels = noise(*shape)
    for file in (
        by_pillow(pixels),
        by_pillow(pixels, optimize=True),
        by_pillow(pixels, compress_level=0),
        encode_png(pixels),
    ):
        found = plain_pixels(read_header(file))
        assert found is not None
        assert found.shape == shape
        assert (found == pixels).all()


def test_what_is_not_usual_is_left_to_pillow() -> None:
    image = Image.fromarray(noise(28, 28))
    odd = [image.convert("P"), image.convert("1"), image.convert("I;16")]
    for each in odd:
        buffer = BytesIO()
        each.save(buffer, "PNG")
        assert plain_pixels(read_header(buffer.getvalue())) is None
    assert plain_pixels(read_header(by_pillow(noise(28, 28), transparency=3))) is None
    assert plain_pixels(read_header(by_pillow(noise(28, 28), dpi=(72, 72)))) is None


def test_damaged_files_get_what_pillow_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes changed, cut and doubled anywhere: the same pixels or the same error with the quick way and without."""
    chance = random.Random(7)
    whole = [by_pillow(noise(28, 28)), encode_png(noise(28, 28)), by_pillow(np.zeros((28, 28, 3), np.uint8))]
    damaged = []
    for _ in range(1500):
        data = bytearray(chance.choice(whole))
        at = chance.randrange(8, len(data))
        match chance.randrange(4):
            case 0:
                data = data[:at]
            case 1:
                data[at:at] = data[at : at + chance.randrange(20)]
            case 2:
                del data[at : at + chance.randrange(20)]
            case _:
                data[at] = chance.randrange(256)
        damaged.append(bytes(data))
    quick = [told(data) for data in damaged]
    monkeypatch.setattr(files, "plain_pixels", lambda _: None)
    assert quick == [told(data) for data in damaged]
    monkeypatch.setattr(headers, "_read_plain_png", lambda _: None)
    assert quick == [told(data) for data in damaged]
    assert {len(each) for each in quick} == {2, 4}


def test_its_header_is_the_one_that_is_read_chunk_by_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = (noise(28, 28), noise(3, 200), noise(20, 30, 3))
    every = [file for each in pixels for file in (by_pillow(each), encode_png(each), by_pillow(each, compress_level=0))]
    every += [file[:40] + bytes([file[40] ^ 1]) + file[41:] for file in every]
    every += [file[:-20] + bytes([file[-20] ^ 1]) + file[-19:] for file in every]
    quick = [read_header(file) for file in every]
    assert sum(header.packed is not None for header in quick) >= len(every) / 4
    monkeypatch.setattr(headers, "_read_plain_png", lambda _: None)
    assert [replace(header, packed=None) for header in quick] == [read_header(file) for file in every]
