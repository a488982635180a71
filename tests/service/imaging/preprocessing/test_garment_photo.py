"""The `garment_photo` recipe: a garment found on any ground, on an even one as the `garment` recipe finds it."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from service.datasets.idx import read_idx
from service.imaging.codec.files import ImageLimits, decode, encode
from service.imaging.pixels import Picture, Pixels, resize, to_grey
from service.imaging.preprocessing.explain import Overrides
from service.imaging.preprocessing.garment_mask import MASK_SIDE, garment_mask, smooth
from service.imaging.preprocessing.garment_photo import find_anywhere
from service.imaging.preprocessing.recipes import prepare
from service.imaging.preprocessing.spec import PreprocessSpec
from tests.paths import DATA

PHOTO, GARMENT = PreprocessSpec(recipe="garment_photo"), PreprocessSpec(recipe="garment")
TWICE = replace(PHOTO, whole_view=True)
BODY = (slice(60, 200), slice(70, 170))


def shirt(height: int = 256, width: int = 240) -> NDArray[np.bool_]:
    mask = np.zeros((height, width), bool)
    mask[BODY] = True
    mask[60:100, 40:200] = True  # sleeves
    return mask


def on_ground(ground: NDArray[np.float64], colour: tuple[int, int, int], seed: int = 0) -> Pixels:
    rng = np.random.default_rng(seed)
    pixels = np.where(shirt()[..., None], colour, ground) + rng.normal(0, 6, (256, 240, 3))
    return np.clip(pixels, 0, 255).astype(np.uint8)


def boards(seed: int = 0) -> NDArray[np.float64]:
    """A floor of boards in browns from dark to light."""
    rng = np.random.default_rng(seed)
    rows = np.repeat(rng.uniform(0.5, 1.4, 16), 16)
    floor: NDArray[np.float64] = rows[:, None, None] * np.array([120.0, 85, 55]) * np.ones((256, 240, 1))
    return floor


def picture(pixels: Pixels) -> Picture:
    return Picture(pixels, pixels.shape[1], pixels.shape[0], "PNG", exif_rotated=False)


@pytest.mark.parametrize("colour", [(40, 60, 160), (200, 60, 120), (235, 235, 230), (20, 20, 24)])
@pytest.mark.parametrize("seed", [0, 1])
def test_a_garment_is_found_on_a_floor_of_many_levels(colour: tuple[int, int, int], seed: int) -> None:
    found = find_anywhere(on_ground(boards(seed), colour, seed), 0.1)
    assert not isinstance(found, str)
    true = shirt()[:: found.factor, :: found.factor][: found.mask.shape[0], : found.mask.shape[1]]
    assert (found.mask & true).sum() / (found.mask | true).sum() > 0.8
    assert np.isnan(found.background)


def test_its_outline_and_a_floor_of_grey_are_kept() -> None:
    seen = prepare(picture(on_ground(boards(), (40, 60, 160))), PHOTO)
    assert seen.reason is None
    assert seen.box is not None
    x, y, w, h = seen.box
    assert abs(x - 40) < 12
    assert abs(y - 60) < 12
    assert abs(w - 160) < 20
    assert abs(h - 140) < 20
    inside = seen.pixels[seen.pixels > 0]
    assert inside.min() >= 50
    assert inside.max() == 255
    assert (seen.pixels == 0).mean() > 0.2


def test_on_an_even_ground_it_is_the_garment_recipe() -> None:
    white = on_ground(np.full((256, 240, 3), 250.0), (90, 30, 40))
    ours, theirs = (prepare(picture(white), spec) for spec in (PHOTO, GARMENT))
    assert np.array_equal(ours.pixels, theirs.pixels)
    assert ours.box == theirs.box
    assert ours.polarity == theirs.polarity


def test_on_an_uneven_ground_the_whole_picture_is_a_second_view_where_it_is_asked_for() -> None:
    shown = picture(on_ground(boards(), (40, 60, 160)))
    once, twice = (prepare(shown, spec) for spec in (PHOTO, TWICE))
    assert once.views == ()
    assert np.array_equal(once.pixels, twice.pixels)
    (whole,) = twice.views
    assert np.array_equal(whole, 255 - resize(to_grey(shown.pixels), (28, 28)))
    (light,) = prepare(shown, TWICE, overrides=Overrides(polarity="light_on_dark")).views
    assert np.array_equal(light, 255 - whole)
    (part,) = prepare(shown, TWICE, overrides=Overrides(box=(20, 30, 200, 200))).views
    assert not np.array_equal(part, whole)


def test_elsewhere_a_picture_is_seen_once() -> None:
    native = np.zeros((28, 28), np.uint8)
    native[5:24, 8:20] = np.linspace(60, 255, 12).astype(np.uint8)
    even = on_ground(np.full((256, 240, 3), 250.0), (90, 30, 40))
    for pixels in (native, even, np.full((90, 60, 3), 128, np.uint8)):
        assert prepare(picture(pixels), TWICE).views == ()
    assert prepare(picture(on_ground(boards(), (40, 60, 160))), TWICE, "none").views == ()


def test_the_second_view_is_a_step_of_its_own() -> None:
    steps: list = []  # type: ignore[type-arg]
    seen = prepare(picture(on_ground(boards(), (40, 60, 160))), TWICE, steps=steps)
    assert [step.name for step in steps] == ["picture", "ground", "whole", "trim", "input"]
    assert np.array_equal(steps[2].pixels, seen.views[0])
    assert np.array_equal(steps[-1].pixels, seen.pixels)


@pytest.mark.parametrize("shape", [(1, 1, 3), (2, 300, 3), (300, 2, 3), (5, 5), (40, 28, 3), (257, 31)])
def test_any_size_is_read_without_a_fault(shape: tuple[int, ...]) -> None:
    pixels = np.random.default_rng(3).integers(0, 256, shape, dtype=np.uint8)
    assert prepare(picture(pixels), PHOTO).pixels.shape == (28, 28)


def test_a_picture_without_contrast_is_empty_on_any_ground() -> None:
    pixels = np.full((120, 90, 3), 128, np.uint8)
    pixels[::2] = 132
    assert prepare(picture(pixels), PHOTO).reason == "empty"


def test_real_photographs_are_read_quickly_in_stages() -> None:
    paths = sorted((DATA / "clothing" / "train").rglob("*.jpg"))
    kinds = set()
    for path in paths:
        steps: list = []  # type: ignore[type-arg]
        seen = prepare(decode(path.read_bytes(), ImageLimits()), PHOTO, steps=steps)
        assert seen.pixels.shape == (28, 28)
        kinds.add("level" in {fact for step in steps for fact in step.facts})
        assert steps[-1].name == "input"
    assert kinds == {True, False}  # grounds that are even and that are not


@pytest.mark.parametrize("side", [48, 64, 280])
@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("media_type", ["image/png", "image/jpeg"])
def test_one_of_the_training_sets_own_is_known_at_another_size(side: int, inverted: bool, media_type: str) -> None:
    """Its garment covers much of the rim, but the rest is black, or white: no ground to be told by colours."""
    originals = read_idx(DATA / "fashion_mnist" / "t10k-images-idx3-ubyte.gz")[:60]
    polarity = "dark_on_light" if inverted else "light_on_dark"
    alike = []
    for original in originals:
        shown = resize(255 - original if inverted else original, (side, side))
        seen = prepare(decode(encode(shown, media_type), ImageLimits()), TWICE)
        assert seen.polarity == polarity
        assert not seen.views
        alike.append(float(np.corrcoef(seen.pixels.ravel(), original.ravel())[0, 1]))
    assert np.median(alike) > 0.9
    assert np.quantile(alike, 0.1) > 0.7


@pytest.mark.parametrize("colour", [(235, 235, 235), (180, 180, 180), (70, 150, 155)])
def test_light_that_falls_off_smoothly_is_an_even_ground(colour: tuple[int, int, int]) -> None:
    """A wall, or a studio's: a third darker at the foot."""
    ground = np.linspace(1, 0.7, 256)[:, None, None] * np.array(colour) * np.ones((256, 240, 1))
    pixels = on_ground(ground, (40, 30, 60))
    pixels[~shirt()] = np.clip(ground + np.random.default_rng(1).normal(0, 1.5, ground.shape), 0, 255)[~shirt()]
    found = find_anywhere(pixels, 0.1)
    assert not isinstance(found, str)
    assert not np.isnan(found.background)
    true = shirt()[:: found.factor, :: found.factor]
    assert (found.mask & true).sum() / (found.mask | true).sum() > 0.95


def test_a_banner_in_colour_under_a_shirt_is_no_ground() -> None:
    """White all around but for the banner."""
    pixels = on_ground(np.full((256, 240, 3), 255.0), (60, 80, 90))
    pixels[~shirt()] = 255
    pixels[226:] = (200, 20, 40)
    seen = prepare(picture(pixels), PHOTO)
    assert seen.box is not None
    assert seen.box[1] + seen.box[3] < 226


def test_smooth_is_the_mean_around() -> None:
    values = np.random.default_rng(0).random((9, 7)).astype(np.float32)
    padded = np.pad(values, 2, mode="edge")
    expected = np.array([[padded[y : y + 5, x : x + 5].mean() for x in range(7)] for y in range(9)])
    assert np.abs(smooth(values, 2) - expected).max() < 1e-6


def test_the_mask_is_of_the_small_copy() -> None:
    mask = garment_mask(on_ground(boards(), (40, 60, 160)))
    assert mask.shape == (MASK_SIDE, 90)
    assert 0.1 < mask.mean() < 0.6
