"""Pictures of exactly a model's own size: the data sets' own pass untouched, and all others go through the recipe."""

import numpy as np
import pytest
from numpy.typing import NDArray

from service.datasets import read_test_set
from service.imaging.codec.files import ImageLimits, decode
from service.imaging.preprocessing.native import is_native
from service.imaging.preprocessing.recipes import Prepared, prepare
from service.imaging.preprocessing.spec import PreprocessSpec
from tests.service.imaging.pictures import encode, sample

DIGIT, GARMENT, RESIZE = (PreprocessSpec(recipe=recipe) for recipe in ("digit", "garment", "resize"))
SPECS = [DIGIT, GARMENT, RESIZE]
LEAST = DIGIT.min_contrast


def prepared(pixels: NDArray[np.generic], spec: PreprocessSpec, kind: str = "PNG", **options: object) -> Prepared:
    return prepare(decode(encode(pixels, kind, **options), ImageLimits()), spec)


@pytest.mark.parametrize("dataset", ["mnist", "fashion_mnist"])
def test_every_test_picture_is_native_as_it_is_and_inverted(dataset: str) -> None:
    images, _ = read_test_set(dataset)
    assert len(images) == 10_000
    assert all(is_native(image, LEAST) and is_native(255 - image, LEAST) for image in images)


@pytest.mark.parametrize("dataset", ["mnist", "fashion_mnist"])
@pytest.mark.parametrize("quality", [75, 90])
@pytest.mark.parametrize("inverted", [False, True])
def test_a_jpeg_of_a_test_picture_is_native(dataset: str, quality: int, inverted: bool) -> None:
    images, _ = read_test_set(dataset)
    for image in images[::7]:
        data = encode(255 - image if inverted else image, "JPEG", quality=quality)
        assert is_native(decode(data, ImageLimits()).pixels, LEAST)


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
