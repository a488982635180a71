"""Whatever the bytes are: a Picture or a FeaturemapError, soon. Warnings are errors here, as everywhere."""

import contextlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.errors import FeaturemapError, InvalidImage
from service.imaging.codec.exif import exif_orientation
from service.imaging.codec.files import ImageLimits, decode, probe
from service.imaging.codec.headers import MAX_BLOCKS
from service.imaging.codec.jpeg import MAX_SEGMENTS
from tests.service.imaging.pictures import encode, files

LIMITS = ImageLimits(max_pixels=300_000)
FILES = files()
SIGNATURES = [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"BM", b"RIFF\0\0\0\0WEBPVP8X"]


def mutated(data: bytes, rng: np.random.Generator) -> bytes:
    """Cut, bytes changed anywhere, bytes changed in the head, or a piece copied elsewhere."""
    changed = bytearray(data)
    match rng.integers(4):
        case 0:
            del changed[rng.integers(1, len(data)) :]
        case 1:
            for place in rng.integers(0, len(data), rng.integers(1, 5)):
                changed[place] = rng.integers(256)
        case 2:
            for place in rng.integers(0, min(len(data), 64), rng.integers(1, 3)):
                changed[place] = rng.integers(256)
        case _:
            start, end = sorted(rng.integers(0, len(data), 2))
            place = rng.integers(len(data))
            changed[place:place] = changed[start:end]
    return bytes(changed)


@pytest.mark.parametrize("name", FILES)
def test_damage_of_every_kind_gives_a_picture_or_our_own_error(name: str) -> None:
    rng = np.random.default_rng(sum(name.encode()))
    errors: list[FeaturemapError] = []
    for _ in range(100):
        try:
            picture = decode(mutated(FILES[name], rng), LIMITS, working_side=int(rng.choice([16, 256])))
        except FeaturemapError as error:
            errors.append(error)
        else:
            assert picture.pixels.dtype == np.uint8
            assert picture.pixels.ndim == 2 or picture.pixels.shape[2] in (2, 3, 4)
    assert len(errors) > 10
    assert all(400 <= error.status < 500 and 10 < len(error.message) < 200 for error in errors)


@settings(max_examples=300)
@given(signature=st.sampled_from(SIGNATURES), rest=st.binary(max_size=200))
def test_any_bytes_after_a_signature(signature: bytes, rest: bytes) -> None:
    with contextlib.suppress(FeaturemapError):
        decode(signature + rest, LIMITS)


@settings(max_examples=300)
@given(order=st.sampled_from([b"II*\0", b"MM\0*", b""]), rest=st.binary(max_size=60))
def test_any_exif(order: bytes, rest: bytes) -> None:
    assert 1 <= exif_orientation(order + rest) <= 8


def hostile_files() -> dict[str, bytes]:
    """Files of a million tiny blocks: a reader that walks over all of them takes seconds."""
    pixels = np.zeros((8, 8))
    png, jpeg, gif = (encode(pixels, kind) for kind in ("PNG", "JPEG", "GIF"))
    idat, frame = png.index(b"IDAT") - 4, gif.index(b",")
    webp = b"RIFF\xff\xff\xff\0WEBPVP8X\x0a\0\0\0\x08\0\0\0\x07\0\0\x07\0\0"
    return {
        "empty chunks": png[:idat] + b"\0\0\0\0teXt\0\0\0\0" * 800_000 + png[idat:],
        "empty segments": jpeg[:2] + b"\xff\xe5\0\x02" * 2_000_000 + jpeg[2:],
        "restart markers": jpeg[:2] + b"\xff\xd0" * 4_000_000 + jpeg[2:],
        "empty extensions": gif[:frame] + b"!\xfe\0" * 3_000_000 + gif[frame:],
        "one-byte comments": gif[:frame] + b"!\xfe" + b"\x01a" * 4_000_000 + b"\0" + gif[frame:],
        "empty RIFF chunks": webp + b"ABCD\0\0\0\0" * 1_000_000,
    }


@pytest.mark.parametrize("name", hostile_files())
def test_a_walk_over_blocks_is_bounded(name: str) -> None:
    with pytest.raises(InvalidImage, match=f"more than ({MAX_BLOCKS}|{MAX_SEGMENTS})"):
        probe(hostile_files()[name], ImageLimits())


def test_fill_bytes_and_comments_do_not_reach_the_decoder() -> None:
    jpeg = encode(np.full((8, 8), 90), "JPEG")
    padded = jpeg[:2] + b"\xff" * 2_000_000 + jpeg[2:]
    comment = jpeg[:2] + (b"\xff\xfe\xff\xff" + b"a" * 65_533) * 30 + jpeg[2:]
    for data in (padded, comment):
        assert len(probe(data, ImageLimits()).data) <= len(jpeg)
        assert np.array_equal(decode(data, ImageLimits()).pixels, decode(jpeg, ImageLimits()).pixels)
