"""A paper on a table is found; pictures without one stay as they are."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from service.imaging.preprocessing.paper import find_paper


def scene(turn: float = 0.0, paper: int = 225, table: tuple[int, int, int] = (110, 80, 50)) -> Image.Image:
    """A paper with a cross on a wooden table, with a book and a pen beside it."""
    written = Image.new("RGBA", (240, 200), (paper, paper, paper - 8, 255))
    draw = ImageDraw.Draw(written)
    draw.line((90, 60, 150, 140), (30, 30, 40), 10)
    draw.line((150, 60, 90, 140), (30, 30, 40), 10)
    picture = Image.new("RGB", (400, 300), table)
    ImageDraw.Draw(picture).rectangle((330, 20, 390, 120), fill=(40, 70, 150))
    ImageDraw.Draw(picture).line((20, 30, 60, 270), fill=(20, 20, 20), width=8)
    turned = written.rotate(turn, Image.Resampling.BICUBIC, expand=True)
    picture.paste(turned, (80, 40), turned)
    return picture


def pixels(image: Image.Image) -> NDArray[np.uint8]:
    return np.asarray(image)


@pytest.mark.parametrize("turn", [-8, 0, 5])
def test_only_what_is_written_on_the_sheet_stands_out(turn: float) -> None:
    paper = find_paper(pixels(scene(turn)))
    assert paper is not None
    found = paper.pixels
    assert found.shape == (300, 400, 3)
    dark = found.min(axis=2) < 150
    rows, columns = np.flatnonzero(dark.any(1)), np.flatnonzero(dark.any(0))
    assert 60 < rows[0] < rows[-1] < 230
    assert 120 < columns[0] < columns[-1] < 280
    assert dark.sum() == pytest.approx((pixels(scene(turn))[80:210, 140:260].min(axis=2) < 150).sum(), rel=0.25)


def test_grey_pictures_too() -> None:
    found = find_paper(pixels(scene().convert("L")))
    assert found is not None
    assert found.pixels.ndim == 2


@pytest.mark.parametrize("name", ["page", "glyph", "soft light", "bare sheet", "tiny"])
def test_without_a_sheet_nothing_is_touched(name: str) -> None:
    y, x = np.mgrid[0:300, 0:400].astype(float)
    glyph = Image.new("L", (300, 300))
    ImageDraw.Draw(glyph).ellipse((60, 40, 240, 260), fill=255, width=60)
    pictures = {
        "page": np.asarray(scene().crop((100, 60, 300, 220))),
        "glyph": np.asarray(glyph),
        "soft light": (60 + 180 * np.exp(-((x - 200) ** 2 + (y - 150) ** 2) / 2e4)).astype(np.uint8),
        "bare sheet": np.asarray(scene(table=(220, 220, 215))),
        "tiny": np.full((3, 2), 200, np.uint8),
    }
    assert find_paper(pictures[name]) is None


@pytest.mark.parametrize("turn", [-25, 20])
def test_a_sheet_may_lie_askew_and_its_table_be_nearly_as_light(turn: float) -> None:
    found = find_paper(pixels(scene(turn, paper=235, table=(205, 200, 190))))
    assert found is not None
    grey = found.pixels.min(axis=2)
    assert grey[:15].min() > 150  # the book and the pen are gone
    assert grey[:, :15].min() > 150


def test_what_is_written_close_to_the_edge_stays_whole() -> None:
    picture = scene()
    ImageDraw.Draw(picture).line((90, 60, 90, 200), (30, 30, 40), 8)  # the paper begins at 80
    found = find_paper(pixels(picture))
    assert found is not None
    assert (found.pixels[70:190, 87:93].max(axis=2) < 100).mean() > 0.9


def test_the_edge_of_a_shadow_is_not_that_of_a_sheet() -> None:
    picture = Image.new("RGB", (400, 300), (225, 225, 220))
    ImageDraw.Draw(picture).line((150, 60, 260, 240), (30, 30, 40), 14)
    lit = pixels(picture).astype(float)
    y, x = np.mgrid[0:300, 0:400]
    lit[(x > 230) | (y > 180)] *= 0.6
    assert find_paper(lit.astype(np.uint8)) is None


def test_a_lamps_circle_is_no_sheet() -> None:
    """What is written outside it would be painted over."""
    y, x = np.mgrid[-1:1:306j, -1:1:408j]
    lamp = 105 + 85 / (1 + np.exp((np.hypot(x, 1.1 * y) - 0.7) * 9))
    ink = np.zeros(lamp.shape, bool)
    for column in (30, 110, 190, 270, 350):
        ink[60:110, column : column + 6] = True
        ink[190:240, column : column + 6] = True
    photo = np.where(ink, 0.3 * lamp, lamp) + np.random.default_rng(0).normal(0, 1, lamp.shape)
    assert find_paper(np.clip(photo, 0, 255).astype(np.uint8)) is None
