import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from service.imaging.pixels import (
    fit,
    flatten,
    highest,
    lowest,
    quantile,
    resize,
    rim,
    shrink,
    tight,
    to_grey,
)


@settings(max_examples=60)
@given(
    pixels=arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 3))),
    half=st.integers(1, 6),
)
def test_running_extremes_equal_a_direct_search(pixels: np.ndarray, half: int) -> None:
    high, low = highest(pixels, 2 * half + 1), lowest(pixels, 2 * half + 1)
    assert high.shape == low.shape == pixels.shape
    for y in range(pixels.shape[0]):
        for x in range(pixels.shape[1]):
            around = pixels[max(y - half, 0) : y + half + 1, max(x - half, 0) : x + half + 1]
            assert np.array_equal(high[y, x], around.max(axis=(0, 1)))
            assert np.array_equal(low[y, x], around.min(axis=(0, 1)))


def test_dark_ink_with_alpha_is_laid_on_white_and_light_ink_on_black() -> None:
    alpha = np.array([[0, 255]], np.uint8)
    for ink, ground in ((20, 255), (240, 0)):
        grey = np.full((1, 2), ink, np.uint8)
        assert flatten(np.dstack((grey, alpha)), 160).tolist() == [[ground, ink]]
        assert flatten(np.dstack((grey, grey, grey, alpha)), 160).tolist() == [[ground, ink]]
        blue = np.dstack((grey, grey, grey + np.uint8(9), alpha))
        assert flatten(blue, 160).tolist() == [[[ground] * 3, [ink, ink, ink + 9]]]


def test_half_transparent_ink_is_mixed_with_its_ground() -> None:
    assert flatten(np.array([[[0, 128]]], np.uint8), 160).tolist() == [[127]]


def test_a_wholly_transparent_picture_is_white() -> None:
    assert flatten(np.zeros((2, 2, 4), np.uint8), 160).tolist() == [[255] * 2] * 2


def test_opaque_colour_and_grey_are_not_touched() -> None:
    colour = np.zeros((40, 30, 3), np.uint8)
    colour[21, 13, 1] = 1  # a single pixel between those that are looked at first
    for pixels in (colour, colour[..., 1]):
        assert flatten(pixels, 160) is pixels
    opaque = np.dstack((colour, np.full((40, 30), 255, np.uint8)))
    assert np.array_equal(flatten(opaque, 160), colour)


@pytest.mark.parametrize("channels", [2, 3, 4])
def test_opaque_channels_that_are_all_the_same_become_grey(channels: int) -> None:
    grey = np.random.default_rng(0).integers(0, 256, (40, 30), np.uint8)
    last = grey if channels == 3 else np.full_like(grey, 255)
    assert np.array_equal(flatten(np.dstack((*[grey] * (channels - 1), last)), 160), grey)


def test_grey_weighs_the_channels_by_their_luma() -> None:
    assert to_grey(np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)).tolist() == [[76, 150, 29]]


@pytest.mark.parametrize(("side", "shape", "factor"), [(100, (50, 100), 1), (99, (25, 50), 2), (30, (13, 25), 4)])
def test_shrink_keeps_to_the_side(side: int, shape: tuple[int, int], factor: int) -> None:
    small, by = shrink(np.full((50, 100), 9, np.uint8), side)
    assert (small.shape, by) == (shape, factor)
    assert (small == 9).all()


def test_resize_averages_where_it_shrinks() -> None:
    pixels = np.zeros((40, 40), np.uint8)
    pixels[::2] = 200
    assert resize(pixels, (10, 10)).tolist() == [[100] * 10] * 10


def test_resize_of_a_part_sees_nothing_else() -> None:
    pixels = np.zeros((10, 10), np.uint8)
    pixels[2:5, 3:9] = 77
    assert (resize(pixels, (20, 20), (3, 2, 9, 5)) == 77).all()


@pytest.mark.parametrize(
    ("width", "height", "size"), [(40, 80, (10, 20)), (80, 40, (20, 10)), (1, 900, (1, 20)), (7, 7, (20, 20))]
)
def test_fit_keeps_the_aspect(width: int, height: int, size: tuple[int, int]) -> None:
    assert fit(width, height, 20) == size


def test_rim_takes_each_outer_pixel_once() -> None:
    assert sorted(rim(np.arange(20).reshape(4, 5)).tolist()) == [0, 1, 2, 3, 4, 5, 9, 10, 14, 15, 16, 17, 18, 19]


@settings(max_examples=50)
@given(arrays(np.float32, st.integers(1, 50), elements=st.floats(0, 1, width=32)), st.floats(0, 1))
def test_quantile_is_numpys_lower_one(values: np.ndarray, share: float) -> None:
    assert quantile(values, share) == np.sort(values)[int(share * (len(values) - 1))]


def test_tight_is_pillows_box() -> None:
    mask = np.zeros((9, 12), bool)
    mask[3:5, 2], mask[6, 7] = True, True
    assert tight(mask) == Image.fromarray(mask).getbbox() == (2, 3, 8, 7)
