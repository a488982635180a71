"""Numbers as grey: what each scale shows, and that the answer says what its grey means."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from service.imaging.drawing.scaling import Scale, fitting_scale, to_pixels

SCALES: tuple[Scale, ...] = ("clip", "abs", "centre", "minmax")
SIGNED = np.array([[-2.0, -1.0], [0.0, 1.0]], np.float32)
LARGE = np.array([[-10, 0, 100, 300]], np.float32)


@pytest.mark.parametrize(
    ("scale", "expected", "black", "white"),
    [
        ("clip", [[0, 0], [0, 255]], 0, 1),
        ("abs", [[255, 128], [0, 128]], 0, 2),
        ("centre", [[0, 64], [128, 191]], -2, 2),
        ("minmax", [[0, 85], [170, 255]], -2, 1),
    ],
)
def test_each_scale(scale: Scale, expected: list[list[int]], black: float, white: float) -> None:
    drawn = to_pixels(SIGNED, scale)
    assert drawn.pixels.tolist() == expected
    assert (drawn.black, drawn.white) == (black, white)
    assert drawn.pixels.dtype == np.uint8


@pytest.mark.parametrize(
    ("scale", "white", "expected"),
    [
        ("clip", 255, [0, 0, 100, 255]),
        ("clip", None, [0, 0, 85, 255]),
        ("abs", 255, [10, 0, 100, 255]),
        ("abs", None, [8, 0, 85, 255]),
        ("centre", 255, [123, 128, 170, 255]),
        ("centre", None, [123, 128, 170, 255]),
        ("minmax", 255, [0, 8, 90, 255]),
        ("minmax", None, [0, 8, 90, 255]),
    ],
)
def test_white_is_given_or_the_greatest(scale: Scale, white: float | None, expected: list[int]) -> None:
    """Grey levels end at 255, other numbers where they end; `centre` and `minmax` see the whole range anyway."""
    assert to_pixels(LARGE, scale, white).pixels.ravel().tolist() == expected
    assert to_pixels(LARGE[..., None], scale, white).pixels.ravel().tolist() == expected


@pytest.mark.parametrize("scale", ["centre", "minmax"])
def test_grey_leads_back_to_the_value(scale: Scale) -> None:
    values = np.random.default_rng(0).normal(0, 3, (9, 7)).astype(np.float32)
    drawn = to_pixels(values, scale)
    back = drawn.black + drawn.pixels / 255 * (drawn.white - drawn.black)
    assert np.abs(back - values).max() <= (drawn.white - drawn.black) / 255 / 2 + 1e-6


@pytest.mark.parametrize("value", [0.0, 3.0, -3.0])
@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("white", [None, 255.0])
def test_a_map_of_one_value_has_one_tone(scale: Scale, value: float, white: float | None) -> None:
    drawn = to_pixels(np.full((3, 2), value, np.float32), scale, white)
    assert len(np.unique(drawn.pixels)) == 1
    if value == 0:
        assert drawn.pixels[0, 0] == (128 if scale == "centre" else 0)


@pytest.mark.parametrize(("values", "scale"), [(SIGNED, "centre"), (np.abs(SIGNED), "clip"), (SIGNED * 0, "clip")])
def test_what_has_negative_values_is_centred(values: NDArray[np.float32], scale: Scale) -> None:
    assert fitting_scale(values) == scale


@settings(max_examples=200)
@given(
    arrays(np.int16, st.tuples(st.integers(1, 5), st.integers(1, 4)), elements=st.integers(-900, 900)),
    st.integers(-45, 33),
    st.sampled_from(SCALES),
    st.sampled_from([None, 255.0]),
)
def test_no_magnitude_collapses(whole: NDArray[np.int16], power: int, scale: Scale, white: float | None) -> None:
    """From float32's least number to the largest that a filter gives, each pixel is the nearest to the exact one."""
    values = (whole * 10.0**power).astype(np.float32)
    drawn = to_pixels(values, scale, white)
    black, span = Fraction(drawn.black), Fraction(drawn.white) - Fraction(drawn.black)
    for value, pixel in zip(values.ravel().tolist(), drawn.pixels.ravel().tolist(), strict=True):
        shown = Fraction(abs(value) if scale == "abs" else value)
        exact = (shown - black) * 255 / span if span else Fraction(128 if scale == "centre" else 0)
        assert abs(pixel - min(max(exact, Fraction(0)), Fraction(255))) <= Fraction(1, 2) + Fraction(1, 10**9)


@pytest.mark.parametrize("scale", ["centre", "minmax"])
@pytest.mark.parametrize("power", range(-44, 37))
def test_a_ramp_of_any_size_stays_a_ramp(scale: Scale, power: int) -> None:
    ramp = (np.arange(-3, 4)[None] * 10.0**power).astype(np.float32)
    pixels = to_pixels(ramp, scale).pixels[0].tolist()
    assert (pixels[0], pixels[3], pixels[-1]) == (0, 128, 255)
    assert sorted(set(pixels)) == pixels
