"""Which way up a picture is: every container, byte order and number type, and two blocks that disagree."""

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageOps

from service.imaging.codec.exif import HEAD, exif_orientation
from service.imaging.codec.files import ImageLimits, decode
from tests.service.imaging.pictures import encode

LIMITS = ImageLimits()
GRADIENT = Image.fromarray(np.add.outer(np.arange(24) * 5, np.arange(40) * 3).astype(np.uint8)).convert("RGB")
SHORT, LONG = 3, 4


def tiff(orientation: int, order: str = "<", kind: int = SHORT) -> bytes:
    """A TIFF block of one directory with one entry."""
    value = struct.pack(f"{order}HH", orientation, 0) if kind == SHORT else struct.pack(f"{order}I", orientation)
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}IH", 8, 1)
    return head + struct.pack(f"{order}HHI", 0x0112, kind, 1) + value + bytes(4)


def jpeg_with(*blocks: bytes) -> bytes:
    data = encode(GRADIENT, "JPEG", quality=95)
    segments = (b"\xff\xe1" + struct.pack(">H", 2 + len(HEAD) + len(block)) + HEAD + block for block in blocks)
    return data[:2] + b"".join(segments) + data[2:]


def png_with(*blocks: bytes) -> bytes:
    data = encode(GRADIENT, "PNG")
    chunks = (
        struct.pack(">I", len(block)) + b"eXIf" + block + struct.pack(">I", zlib.crc32(b"eXIf" + block))
        for block in blocks
    )
    return data[:33] + b"".join(chunks) + data[33:]


def webp_with(*blocks: bytes) -> bytes:
    plain = encode(GRADIENT, "WEBP", lossless=True)
    size = struct.pack("<I", GRADIENT.width - 1)[:3] + struct.pack("<I", GRADIENT.height - 1)[:3]
    body = b"VP8X" + struct.pack("<IB3x", 10, 0x08) + size + plain[12:]
    for block in blocks:
        body += b"EXIF" + struct.pack("<I", len(block)) + block + b"\0" * (len(block) % 2)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


CONTAINERS = {"JPEG": jpeg_with, "PNG": png_with, "WEBP": webp_with}


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("kind", [SHORT, LONG])
@pytest.mark.parametrize("head", [b"", HEAD])
def test_a_picture_is_turned_as_pillow_turns_it(
    container: str, orientation: int, order: str, kind: int, head: bytes
) -> None:
    data = CONTAINERS[container](head + tiff(orientation, order, kind))
    picture = decode(data, LIMITS)
    with Image.open(BytesIO(data)) as image:
        expected = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    assert np.array_equal(picture.pixels, expected)
    assert picture.exif_rotated == (orientation != 1)


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize(("first", "second"), [(6, 1), (1, 6), (3, 8)])
def test_the_first_of_two_blocks_counts(container: str, first: int, second: int) -> None:
    both, alone = (CONTAINERS[container](*blocks) for blocks in ((tiff(first), tiff(second)), (tiff(first),)))
    assert np.array_equal(decode(both, LIMITS).pixels, decode(alone, LIMITS).pixels)


@pytest.mark.parametrize("cut", range(1, 26))
def test_a_jpeg_block_may_go_on_in_a_second(cut: int) -> None:
    block = tiff(6, ">")
    data = jpeg_with(block[:cut], block[cut:])
    with Image.open(BytesIO(data)) as image:
        expected = np.asarray(ImageOps.exif_transpose(image))
    assert np.array_equal(decode(data, LIMITS).pixels, expected)
    assert decode(data, LIMITS).exif_rotated


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("kind", [0, 2, 5, 7, 12, 255])
def test_what_is_no_whole_number_is_no_orientation(order: str, kind: int) -> None:
    assert exif_orientation(tiff(6, order, kind)) == 1


@pytest.mark.parametrize("value", [0, 9, 255, 0x0600, 0x06000000])
@pytest.mark.parametrize("order", "<>")
def test_an_orientation_out_of_range_is_none(order: str, value: int) -> None:
    assert exif_orientation(tiff(value, order, LONG)) == 1
