"""Pictures of exactly a model's own size: the data sets' own pass untouched, and all others go through the recipe."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from service.datasets import read_test_set
from service.imaging.codec.files import ImageLimits, decode
from service.imaging.pixels import tight
from service.imaging.preprocessing.native import is_native, is_native_digit, is_shaded_object
from service.imaging.preprocessing.recipes import Prepared, prepare
from service.imaging.preprocessing.spec import PreprocessSpec
from tests.ci import ON_CI
from tests.service.imaging.pictures import encode, sample

DIGIT, GARMENT, RESIZE = (PreprocessSpec(recipe=recipe) for recipe in ("digit", "garment", "resize"))
SPECS = [DIGIT, GARMENT, RESIZE]
LEAST = DIGIT.min_contrast
EVERY = 1 if ON_CI else 4  # of the test pictures one is looked at
Change = Callable[[NDArray[np.uint8]], NDArray[np.generic]]


def prepared(pixels: NDArray[np.generic], spec: PreprocessSpec, kind: str = "PNG", **options: object) -> Prepared:
    return prepare(decode(encode(pixels, kind, **options), ImageLimits()), spec)


@pytest.mark.parametrize("dataset", ["mnist", "fashion_mnist"])
def test_every_test_picture_is_native_as_it_is_and_inverted(dataset: str) -> None:
    images, _ = read_test_set(dataset)
    assert len(images) == 10_000
    assert all(is_native(image, LEAST) and is_native(255 - image, LEAST) for image in images[::EVERY])


@pytest.mark.parametrize("dataset", ["mnist", "fashion_mnist"])
@pytest.mark.parametrize("quality", [75, 90])
@pytest.mark.parametrize("inverted", [False, True])
def test_a_jpeg_of_a_test_picture_is_native(dataset: str, quality: int, inverted: bool) -> None:
    images, _ = read_test_set(dataset)
    for image in images[:: 7 * EVERY]:
        data = encode(255 - image if inverted else image, "JPEG", quality=quality)
        assert is_native(decode(data, ImageLimits()).pixels, LEAST)


@pytest.mark.parametrize("inverted", [False, True])
def test_a_test_digit_passes_untouched(inverted: bool) -> None:
    images = read_test_set("mnist")[0][::EVERY]
    native = [image for image in images if is_native_digit(image, 20)]
    assert len(native) == len(images)
    for image in native[::5]:
        assert np.array_equal(prepared(255 - image if inverted else image, DIGIT).pixels, image)


def test_a_hairline_of_one_pixel_gets_a_pens_width() -> None:
    thin = np.zeros((28, 28), np.uint8)
    thin[4:24, 14] = 255  # one pixel wide, 20 long, in the middle
    assert not is_native_digit(thin, 20)
    seen = prepared(thin, DIGIT).pixels
    assert np.count_nonzero(seen[14] > 127) >= 2


@pytest.mark.parametrize(("quality", "least"), [(75, 0.997), (90, 0.999)])
def test_a_test_digit_as_jpeg_passes_untouched(quality: int, least: float) -> None:
    native = []
    for image in read_test_set("mnist")[0][::5]:
        decoded = decode(encode(image, "JPEG", quality=quality), ImageLimits()).pixels
        native.append(is_native_digit(decoded, 20))
    assert np.mean(native) >= least


def test_a_garment_of_the_digits_size_is_left_as_it_is() -> None:
    """No strokes: the recipe would make some of it, and the network knows it as it is."""
    images = sample("fashion_mnist")[0]
    as_it_is = [np.array_equal(prepared(image, DIGIT).pixels, image) for image in images]
    assert np.mean(as_it_is) > 0.5
    assert not any(is_shaded_object(image) for image in sample("mnist")[0])


def off_the_middle(digit: NDArray[np.uint8]) -> NDArray[np.generic]:
    left, top, right, bottom = tight(digit > 0)
    shifted = np.zeros_like(digit)
    shifted[1 : 1 + bottom - top, 1 : 1 + right - left] = digit[top:bottom, left:right]
    return shifted


def faint(digit: NDArray[np.uint8]) -> NDArray[np.generic]:
    return 40 + (digit * 0.2).astype(np.uint8)


def small(digit: NDArray[np.uint8]) -> NDArray[np.generic]:
    shrunk = np.asarray(Image.fromarray(digit).resize((16, 16), Image.Resampling.BOX))
    return np.pad(shrunk, 6)


def in_32(digit: NDArray[np.uint8]) -> NDArray[np.generic]:
    return np.pad(digit, ((0, 4), (4, 0)))


@pytest.mark.parametrize("change", [off_the_middle, faint, small, in_32], ids=lambda change: change.__name__)
@pytest.mark.parametrize("inverted", [False, True])
def test_a_persons_own_small_digit_is_made_mnists(change: Change, inverted: bool) -> None:
    images = sample("mnist")[0]
    flat = images.reshape(len(images), -1).astype(np.float32)
    hits = 0
    for index in range(0, 120, 3):
        pixels = change(images[index]).astype(np.uint8)
        shown = prepared(255 - pixels if inverted else pixels, DIGIT)
        assert shown.reason is None
        assert shown.box is not None
        assert is_native_digit(shown.pixels, 20)
        hits += int(np.square(flat - shown.pixels.ravel()).sum(axis=1).argmin()) == index
    assert hits >= 35


@pytest.mark.parametrize("level", [0, 1, 60, 128, 254, 255])
@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.recipe)
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("side", [27, 28, 29])
def test_a_blank_picture_is_empty_at_every_size(level: int, spec: PreprocessSpec, channels: int, side: int) -> None:
    pixels = np.full((side, side, channels), level, np.uint8)
    if channels in (2, 4):
        pixels[..., -1] = 255
    shown = prepared(pixels.squeeze(), spec)
    assert (shown.reason, shown.box) == ("empty", None)
    assert shown.pixels.shape == (28, 28)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.recipe)
def test_mode_none_asks_nothing(spec: PreprocessSpec) -> None:
    blank = decode(encode(np.zeros((28, 28)), "PNG"), ImageLimits())
    assert prepare(blank, spec, "none").reason is None


@pytest.mark.parametrize("paper", [245, 235, 220, 200, 180, 140])
@pytest.mark.parametrize("kind", ["dark", "light", "coloured"])
def test_a_digit_on_paper_goes_through_its_recipe(paper: int, kind: str) -> None:
    """As cv2.resize(photograph, (28, 28)) gives it: of 300 originals the nearest is the one that was drawn."""
    images = sample("mnist")[0]
    flat = images.reshape(len(images), -1).astype(np.float32)
    hits = 0
    for index in range(0, 60, 3):
        ink = images[index] / 255
        pixels = 255 - paper + paper * ink if kind == "light" else paper * (1 - ink)
        if kind == "coloured":
            pixels = np.dstack((pixels, 0.9 * pixels, 0.7 * pixels))
        shown = prepared(pixels, DIGIT)
        assert shown.reason is None
        assert shown.box is not None
        assert shown.polarity == ("light_on_dark" if kind == "light" else "dark_on_light")
        assert np.median(shown.pixels) == 0
        hits += int(np.square(flat - shown.pixels.ravel()).sum(axis=1).argmin()) == index
    assert hits >= 18


@pytest.mark.parametrize("paper", [235, 220, 200])
def test_a_garment_on_grey_goes_through_its_recipe(paper: int) -> None:
    for original in sample("fashion_mnist")[0][:20]:
        shown = prepared(np.where(original > 0, paper * (1 - original / 255), paper), GARMENT)
        assert shown.reason is None
        assert shown.box is not None
        assert shown.pixels[0, 0] == 0


def test_a_low_contrast_is_empty_by_the_packages_own_word() -> None:
    faint = np.zeros((28, 28))
    faint[8:20, 12:16] = 60
    assert prepared(faint, DIGIT).reason is None
    assert prepared(faint, PreprocessSpec(recipe="digit", min_contrast=0.3)).reason == "empty"
    even = PreprocessSpec(recipe="resize", min_contrast=0)
    assert prepared(np.full((28, 28), 9), even).reason == "empty"
    assert prepared(np.eye(28) + 9, even).reason is None


def test_another_own_size_has_the_same_rule() -> None:
    spec = PreprocessSpec(recipe="digit", width=40, height=32)
    original = np.zeros((32, 40), np.uint8)
    original[6:26, 18:21] = 255
    assert np.array_equal(prepared(original, spec).pixels, original)
    assert prepared(0.8 * (255.0 - original), spec).box is not None
