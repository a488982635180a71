"""JPEG files without their end: taken with every pixel, or not at all."""

import numpy as np
import pytest
from PIL import Image

from service.errors import InvalidImage
from service.imaging.codec.files import ImageLimits, decode, decode_cost, probe
from service.imaging.pixels import to_grey
from tests.paths import ROOT
from tests.service.imaging.pictures import encode, sample

LIMITS = ImageLimits()
NOISE = np.random.default_rng(3).integers(0, 256, (37, 53, 3), dtype=np.uint8)
DRAWING = np.full((48, 64, 3), 255, np.uint8)
DRAWING[10:30, 20:24] = 20
PICTURES = {
    "noise": NOISE,
    "grey noise": NOISE[..., 0],
    "drawing": DRAWING,
    "blank": np.full((5, 2, 3), 255, np.uint8),
    "digit": sample("mnist")[0][0],
}
FORMS = {
    "baseline": {"quality": 75},
    "fine": {"quality": 100, "subsampling": 0},
    "optimised": {"quality": 30, "optimize": True},
    "progressive": {"quality": 75, "progressive": True},
    "fine and progressive": {"quality": 100, "progressive": True, "optimize": True},
    "restarts": {"quality": 75, "restart_marker_blocks": 2},
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", PICTURES)
def test_a_cut_jpeg_is_whole_or_refused(name: str, form: str) -> None:
    """Cut at every length near the end: without its marker it is the same picture, and never a made-up one."""
    data = encode(PICTURES[name], "JPEG", **FORMS[form])
    whole = decode(data, LIMITS).pixels
    for end in (len(data) - 1, len(data) - 2):
        assert np.array_equal(decode(data[:end], LIMITS).pixels, whole)
    refused = 0
    for end in range(len(data) - 3, max(data.rindex(b"\xff\xda"), len(data) - 60), -1):
        try:
            pixels = decode(data[:end], LIMITS).pixels
        except InvalidImage:
            refused += 1
        else:
            assert np.array_equal(pixels, whole)
    assert refused > 0


@pytest.mark.parametrize("tail", [b"\0" * 40, b"\r\n", b"\xff\xff\xff"])
def test_what_a_camera_appends_in_place_of_the_end_is_no_harm(tail: bytes) -> None:
    data = encode(DRAWING, "JPEG")
    assert np.array_equal(decode(data[:-2] + tail, LIMITS).pixels, decode(data, LIMITS).pixels)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("share", [0.3, 0.5, 0.8, 0.95])
def test_half_a_picture_is_refused_at_every_size(form: str, share: float) -> None:
    with Image.open(ROOT / "service" / "web" / "still_life.jpg") as image:
        data = encode(image, "JPEG", **FORMS[form])
    for side in (None, 64):
        with pytest.raises(InvalidImage, match="ends too early"):
            decode(data[: int(len(data) * share)], LIMITS, working_side=side)


def test_a_progressive_picture_without_its_last_scans_is_refused() -> None:
    """Cut between two scans every bit that is there is whole, and yet the picture is a blurred one."""
    data = encode(NOISE, "JPEG", progressive=True)
    scans = [at for at in range(len(data)) if data[at : at + 2] == b"\xff\xda"]
    assert len(scans) > 3
    for at in scans[1:]:
        with pytest.raises(InvalidImage, match="ends too early"):
            decode(data[: data.rindex(b"\xff\xc4", 0, at)], LIMITS)
        with pytest.raises(InvalidImage, match="ends too early"):
            decode(data[:at], LIMITS)


def test_a_file_without_an_end_costs_each_ending_that_is_tried() -> None:
    data = encode(NOISE, "JPEG")
    assert decode_cost(probe(data[:-2], LIMITS)) > 5 * decode_cost(probe(data, LIMITS))


@pytest.mark.parametrize("side", [None, 300])
@pytest.mark.parametrize("form", FORMS)
def test_in_grey_it_is_what_its_colours_are_in_grey(form: str, side: int | None) -> None:
    y, x = np.mgrid[:480, :640]
    waves = [128 + 100 * np.sin(x / (50 + 20 * k)) * np.cos(y / 70) for k in range(3)]
    data = encode(np.stack(waves, axis=-1).astype(np.uint8), "JPEG", **FORMS[form])
    colour, grey = (decode(data, LIMITS, working_side=side, grey=asked).pixels for asked in (False, True))
    assert grey.shape == colour.shape[:2]
    assert np.abs(grey - to_grey(colour).astype(int)).max() <= 4  # rounded once and not three times; clipped colours
    assert np.abs(grey - to_grey(colour).astype(int)).mean() <= 1
