"""A thin even frame around a picture is cut off; what lies in the picture is none."""

import numpy as np
import pytest

from service.datasets import read_test_set
from service.imaging.codec.files import ImageLimits, decode
from service.imaging.preprocessing.explain import Stage
from service.imaging.preprocessing.frame import find_frame
from service.imaging.preprocessing.recipes import prepare
from service.imaging.preprocessing.spec import PreprocessSpec
from tests.service.imaging.pictures import encode, paper, place, sample, stroke_mask

DIGIT = PreprocessSpec(recipe="digit")


def sheet(left: int = 120, top: int = 60) -> np.ndarray:
    return place(stroke_mask(sample("mnist")[0][3], 100), 320, 240, left, top)


@pytest.mark.parametrize("width", [1, 2, 5, 8])
@pytest.mark.parametrize("shade", [0, 90, 160, 255])
@pytest.mark.parametrize("light_ink", [False, True])
def test_a_frame_is_found_to_the_pixel(width: int, shade: int, light_ink: bool) -> None:
    pixels = np.rint(20 + 200 * sheet() if light_ink else 220 - 200 * sheet()).astype(np.uint8)
    framed = np.pad(pixels, width, constant_values=shade)
    assert find_frame(framed) == (width, width, 320 + width, 240 + width)
    assert find_frame(np.dstack([framed] * 3)) == (width, width, 320 + width, 240 + width)
    assert find_frame(pixels) is None


@pytest.mark.parametrize("dataset", ["mnist", "fashion_mnist"])
def test_no_test_picture_has_a_frame(dataset: str) -> None:
    for image in read_test_set(dataset)[0]:
        assert find_frame(image) is None
        assert find_frame(255 - image) is None


@pytest.mark.parametrize("margin", [1, 3, 6])
def test_strokes_along_the_rim_are_no_frame(margin: int) -> None:
    """A boxy zero with little ground around it."""
    pixels = np.full((120, 80), 240, np.uint8)
    pixels[margin:-margin, margin:-margin] = 20
    pixels[margin + 12 : -margin - 12, margin + 12 : -margin - 12] = 240
    assert find_frame(pixels) is None


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (3, 3), (4, 90), (5, 5)])
def test_any_shape_has_a_frame_or_none(shape: tuple[int, int]) -> None:
    for pixels in (np.zeros(shape, np.uint8), np.indices(shape).sum(axis=0).astype(np.uint8) % 2 * 255):
        inside = find_frame(pixels)
        assert inside is None or (inside[0] < inside[2] and inside[1] < inside[3])


def test_boxes_are_in_the_whole_pictures_pixels() -> None:
    pixels = np.clip(paper(sheet(), np.random.default_rng(0)), 0, 255).astype(np.uint8)
    framed = np.pad(pixels, ((7, 7), (7, 7), (0, 0)), constant_values=0)
    steps: list[Stage] = []
    shown = prepare(decode(encode(framed, "PNG"), ImageLimits()), DIGIT, steps=steps)
    height, width = stroke_mask(sample("mnist")[0][3], 100).shape
    assert shown.box == pytest.approx((127, 67, width, height), abs=3)
    assert [stage.facts["box"] for stage in steps if "box" in stage.facts] == [list(shown.box or ())]
    assert shown.polarity == "dark_on_light"
