"""Digits from every kind of picture come back as MNIST has them; a picture of no digit says so."""

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw

from service.imaging.preprocessing.recipes import prepare
from service.imaging.preprocessing.spec import PreprocessSpec
from tests.ci import sampled
from tests.service.imaging.pictures import encode, paper, place, sample, stroke_mask
from tests.service.imaging.preprocessing.preparing import DIGIT, GARMENT, centre_of_mass, from_file, picture


def on_white(ink: np.ndarray) -> bytes:
    return encode(255 - 255 * ink, "PNG")


def on_black(ink: np.ndarray) -> bytes:
    return encode(255 * ink, "PNG")


def photographed(ink: np.ndarray) -> bytes:
    return encode(paper(ink, np.random.default_rng(1)), "JPEG", quality=85)


def in_shadow(ink: np.ndarray) -> bytes:
    return encode(paper(ink, np.random.default_rng(2), shadow=0.5), "JPEG", quality=85)


def in_red(ink: np.ndarray) -> bytes:
    return encode(paper(ink, np.random.default_rng(3), pen=(200, 40, 50)), "WEBP", quality=85)


def blue_on_yellow(ink: np.ndarray) -> bytes:
    rng = np.random.default_rng(4)
    return encode(paper(ink, rng, pen=(40, 60, 170), background=(240, 220, 110)), "JPEG", quality=85)


def in_pencil(ink: np.ndarray) -> bytes:
    return encode(paper(ink, np.random.default_rng(5), pen=(150, 150, 150)), "JPEG", quality=85)


def in_chalk(ink: np.ndarray) -> bytes:
    rng = np.random.default_rng(6)
    return encode(paper(ink, rng, pen=(225, 225, 220), background=(45, 70, 60)), "JPEG", quality=85)


def dark_with_alpha(ink: np.ndarray) -> bytes:
    return encode(np.dstack((np.zeros((*ink.shape, 3)), 255 * ink)), "PNG")


def light_with_alpha(ink: np.ndarray) -> bytes:
    return encode(np.dstack((np.full((*ink.shape, 3), 255), 255 * ink)), "PNG")


def in_16_bit(ink: np.ndarray) -> bytes:
    return encode(Image.fromarray((60_000 - 50_000 * ink).astype(np.uint16)), "PNG")


def in_a_palette(ink: np.ndarray) -> bytes:
    return encode(Image.fromarray((230 - 200 * ink).astype(np.uint8)).quantize(8), "GIF")


RENDERERS = [on_white, on_black, photographed, in_shadow, in_red, blue_on_yellow, in_pencil, in_chalk,
             dark_with_alpha, light_with_alpha, in_16_bit, in_a_palette]  # fmt: skip


@pytest.mark.parametrize("render", sampled(RENDERERS, 3), ids=lambda render: render.__name__)
def test_a_large_digit_comes_back_as_mnist_has_it(render: Callable[[np.ndarray], bytes]) -> None:
    """Of 300 originals the nearest to what was prepared is the one that was rendered."""
    images = sample("mnist")[0]
    flat = images.reshape(len(images), -1).astype(np.float32)
    hits = 0
    for index in range(0, 60, 3):
        ink = place(stroke_mask(images[index], 240), 640, 480, 40 + 5 * index, 60 + 2 * index)
        shown = from_file(render(ink))
        assert shown.reason is None
        assert shown.polarity == ("light_on_dark" if render in (on_black, in_chalk, light_with_alpha) else
                                  "dark_on_light")  # fmt: skip
        hits += int(np.square(flat - shown.pixels.ravel()).sum(axis=1).argmin()) == index
    assert hits >= 19


@pytest.mark.parametrize("side", [30, 90, 240])
def test_a_prepared_digit_has_mnists_geometry(side: int) -> None:
    centres = np.array([centre_of_mass(digit) for digit in sample("mnist", "train")[0]])
    assert np.abs(centres - 14).max() <= 0.51
    for digit in sample("mnist")[0][:20]:
        ink = place(stroke_mask(digit, side), 640, 480, 300, 90)
        shown = from_file(photographed(ink)).pixels
        rows, columns = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
        assert max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1 == 20
        assert np.abs(np.array(centre_of_mass(shown)) - 14).max() <= 0.51
        assert shown.max() == 255


@pytest.mark.parametrize("pen", [2, 6, 20, 36])
def test_strokes_of_a_drawing_come_to_mnists_width(pen: int) -> None:
    image = Image.new("L", (280, 280))
    ImageDraw.Draw(image).line([(70, 40), (210, 40), (120, 240)], fill=255, width=pen, joint="curve")
    shown = from_file(encode(image, "PNG")).pixels
    bar = shown[:, 15].astype(float) / 255  # one column through the upper stroke
    assert 1.5 <= bar[: len(bar) // 2].sum() <= 4.5


def test_the_box_is_in_the_original_pictures_pixels() -> None:
    ink = np.zeros((1536, 2048), np.float32)
    ink[300:900, 1000:1400] = 1
    ink[400:800, 1100:1300] = 0  # a frame, as a zero
    shown = from_file(encode(255 - 255 * ink, "JPEG"))
    assert shown.box is not None
    assert np.abs(np.array(shown.box) - (1000, 300, 400, 600)).max() <= 32


def test_a_speck_beside_the_digit_does_not_move_it() -> None:
    ink = place(stroke_mask(sample("mnist")[0][4], 200), 640, 480, 200, 100)
    dirty = ink.copy()
    dirty[20:26, 600:606] = 1
    dirty[440:444, 30:34] = 1
    assert np.array_equal(from_file(on_white(dirty)).pixels, from_file(on_white(ink)).pixels)


def test_parts_near_each_other_are_one_digit() -> None:
    ink = np.zeros((480, 640), np.float32)
    ink[100:120, 220:320] = 1  # the bar of a five, not joined
    ink[130:300, 210:232] = 1
    ink[290:312, 210:330] = 1
    shown = from_file(on_white(ink))
    assert shown.box is not None
    assert abs(shown.box[1] - 100) <= 4
    assert abs(shown.box[3] - 212) <= 8


def noise(rng: np.random.Generator) -> np.ndarray:
    return rng.uniform(0, 255, (300, 400))


def faint_noise(rng: np.random.Generator) -> np.ndarray:
    return rng.normal(200, 5, (300, 400))


def blank_paper(rng: np.random.Generator) -> np.ndarray:
    return paper(np.zeros((480, 640), np.float32), rng)


def even(rng: np.random.Generator) -> np.ndarray:
    return np.full((200, 300), rng.integers(256))


def slope(rng: np.random.Generator) -> np.ndarray:
    return np.linspace(0, 255, 400)[None, :].repeat(300, axis=0) + rng.normal(0, 1, (300, 400))


def spotlight(rng: np.random.Generator) -> np.ndarray:
    y, x = np.linspace(-1, 1, 300)[:, None], np.linspace(-1, 1, 400)
    return 120 + 80 * np.exp(-3 * (x * x + y * y)) + rng.normal(0, 1, (300, 400))


def transparent(rng: np.random.Generator) -> np.ndarray:
    return np.dstack((rng.uniform(0, 255, (100, 100, 3)), np.zeros((100, 100))))


@pytest.mark.parametrize(
    "draw", [noise, faint_noise, blank_paper, even, slope, spotlight, transparent], ids=lambda draw: draw.__name__
)
def test_a_picture_of_no_digit_says_so(draw: Callable[[np.random.Generator], np.ndarray]) -> None:
    for seed in range(5):
        shown = from_file(encode(draw(np.random.default_rng(seed)), "PNG"))
        assert shown.reason in ("empty", "no_object")
        assert shown.box is None
        assert shown.pixels.shape == (28, 28)


def test_an_even_picture_is_empty() -> None:
    for spec in (DIGIT, GARMENT):
        assert prepare(picture(np.full((90, 70, 3), 77)), spec).reason == "empty"


def test_min_contrast_is_the_least_that_counts_as_ink() -> None:
    ink = place(stroke_mask(sample("mnist")[0][0], 150), 256, 256, 60, 50)
    faint = picture(200 - 200 * 0.15 * ink)
    assert prepare(faint, DIGIT).reason is None
    assert prepare(faint, PreprocessSpec(recipe="digit", min_contrast=0.3)).reason == "empty"


def test_a_shadow_that_touches_the_digit_is_no_part_of_it() -> None:
    mask = stroke_mask(sample("mnist")[0][0], 90)
    ink = place(mask, 400, 300, 150, 100)
    y, x = np.mgrid[0:300, 0:400]
    shadow = 1 - 0.45 / (1 + np.exp((np.hypot((x - 130) / 1.3, y - 190) - 55) / 2))
    photo = (230 - 195 * ink) * shadow
    shown = from_file(encode(np.rint(photo).astype(np.uint8), "PNG"))
    assert shown.reason is None
    assert shown.box is not None
    left, top, width, height = shown.box
    found, true = np.array([left, top, width, height]), np.array([150, 100, mask.shape[1], mask.shape[0]])
    assert np.abs(found - true).max() < 12


def test_a_lamp_in_a_whiteboard_is_not_the_ink() -> None:
    ink = place(stroke_mask(sample("mnist")[0][0], 110), 400, 300, 40, 130)
    y, x = np.mgrid[0:300, 0:400]
    lamp = 90 * np.exp(-(((x - 250) / 60) ** 2 + ((y - 120) / 60) ** 2))
    shown = from_file(encode(np.clip(165 - 70 * ink + lamp, 0, 255).astype(np.uint8), "PNG"))
    assert shown.polarity == "dark_on_light"
    assert shown.box is not None
    assert shown.box[0] < 60


def test_the_ground_in_a_ring_beside_a_lamp_is_not_the_ink() -> None:
    """In the lamp's light the first look finds the lamp, and the second one the ring and the lighter ground in it."""
    y, x = np.mgrid[0:240, 0:320]
    ring = np.abs(np.hypot(x - 90, y - 120) - 20) < 3.5
    photo = np.where(ring, 40, 120 + 110 * np.exp(-(((x - 200) / 85) ** 2 + ((y - 120) / 85) ** 2)))
    shown = from_file(encode(photo.astype(np.uint8), "PNG"))
    assert shown.polarity == "dark_on_light"
    assert shown.box == pytest.approx((66, 96, 48, 48), abs=4)
