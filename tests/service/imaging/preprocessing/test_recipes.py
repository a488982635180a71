"""What holds for every recipe: originals, mode none, any pixels at all, tensors."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from service.imaging.codec.files import ImageLimits, decode, encode_png
from service.imaging.preprocessing.recipes import prepare
from service.imaging.preprocessing.spec import PreprocessSpec, to_tensor
from tests.service.imaging.pictures import place, sample, stroke_mask
from tests.service.imaging.preprocessing.preparing import DIGIT, GARMENT, RESIZE, picture

SPECS = [DIGIT, GARMENT, RESIZE]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.recipe)
@pytest.mark.parametrize("dataset", ["mnist", "fashion_mnist"])
def test_an_original_passes_untouched_and_its_negative_comes_back(dataset: str, spec: PreprocessSpec) -> None:
    if (dataset, spec.recipe) == ("fashion_mnist", "digit"):
        pytest.skip("a garment is no digit's original: tests/service/imaging/preprocessing/test_native.py")
    for original in sample(dataset)[0]:
        shown = prepare(decode(encode_png(original), ImageLimits()), spec)
        assert np.array_equal(shown.pixels, original)
        assert (shown.polarity, shown.box, shown.reason) == ("light_on_dark", None, None)
        turned = prepare(decode(encode_png(255 - original), ImageLimits()), spec)
        assert np.array_equal(turned.pixels, original)
        assert turned.polarity == "dark_on_light"


def test_a_model_of_dark_ink_gets_dark_ink() -> None:
    spec = PreprocessSpec(recipe="digit", polarity="dark_on_light")
    original = sample("mnist")[0][0]
    assert np.array_equal(prepare(picture(original), spec).pixels, 255 - original)
    large = place(stroke_mask(original, 150), 256, 256, 60, 50) * 255
    assert np.array_equal(prepare(picture(large), spec).pixels, 255 - prepare(picture(large), DIGIT).pixels)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.recipe)
def test_mode_none_only_greys_and_resizes(spec: PreprocessSpec) -> None:
    pixels = np.full((56, 56, 3), 200, np.uint8)
    pixels[20:40, 20:40] = (255, 0, 0)
    shown = prepare(picture(pixels), spec, "none")
    assert (shown.polarity, shown.box, shown.reason) == (None, None, None)
    assert shown.pixels[0, 0] == 200
    assert shown.pixels[15, 15] == 76
    same = sample("mnist")[0][1]
    assert np.array_equal(prepare(picture(255 - same), spec, "none").pixels, 255 - same)


def test_resize_squeezes_the_whole_picture() -> None:
    pixels = np.full((90, 300), 240, np.uint8)
    pixels[:, 150:] = 10
    pixels[0], pixels[-1], pixels[:, -1] = 240, 240, 240
    shown = prepare(picture(pixels), RESIZE)
    assert shown.polarity == "dark_on_light"
    assert (shown.pixels[5:-5, :13] < 20).all()
    assert (shown.pixels[5:-5, 15:27] > 240).all()


@settings(max_examples=80)
@given(
    arrays(
        np.uint8,
        st.one_of(
            st.tuples(st.integers(1, 40), st.integers(1, 40)),
            st.tuples(st.integers(1, 40), st.integers(1, 40), st.integers(2, 4)),
            st.sampled_from([(1, 400), (400, 1), (3, 300, 4)]),
        ),
        elements=st.sampled_from([0, 1, 40, 128, 200, 254, 255]),
    ),
    st.sampled_from(SPECS),
)
def test_any_pixels_are_prepared(pixels: np.ndarray, spec: PreprocessSpec) -> None:
    shown = prepare(picture(pixels), spec)
    assert shown.pixels.shape == (28, 28)
    assert shown.pixels.dtype == np.uint8
    if shown.box:
        x, y, width, height = shown.box
        assert min(x, y) >= 0 < min(width, height)
        assert x + width <= pixels.shape[1]
        assert y + height <= pixels.shape[0]


def test_the_default_tensor_is_exactly_pixels_over_255() -> None:
    pixels = np.arange(3 * 28 * 28).reshape(3, 28, 28).astype(np.uint8)
    tensor = to_tensor(pixels, PreprocessSpec())
    assert tensor.shape == (3, 1, 28, 28)
    assert tensor.dtype == np.float32
    assert tensor.flags.c_contiguous
    assert np.array_equal(tensor[:, 0], pixels.astype(np.float32) / np.float32(255))


def test_mean_spread_and_channels_of_a_tensor() -> None:
    spec = PreprocessSpec(channels=3, divisor=2.0, mean=10.0, std=4.0)
    tensor = to_tensor(np.full((2, 28, 28), 100, np.uint8), spec)
    assert tensor.shape == (2, 3, 28, 28)
    assert (tensor == 10.0).all()


def test_another_size_than_28() -> None:
    spec = PreprocessSpec(recipe="digit", width=40, height=32, box=24)
    ink = place(stroke_mask(sample("mnist")[0][0], 150), 256, 256, 60, 50)
    shown = prepare(picture(255 - 255 * ink), spec)
    assert shown.pixels.shape == (32, 40)
    rows = np.flatnonzero(shown.pixels.any(axis=1))
    assert rows[-1] - rows[0] + 1 == 24
