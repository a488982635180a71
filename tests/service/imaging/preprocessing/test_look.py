"""What is looked for once more, in the other polarity, is ink and not the paper between lines."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from service.imaging.pixels import Pixels
from service.imaging.preprocessing.look import look
from service.imaging.preprocessing.spec import PreprocessSpec

_MIN_CONTRAST = PreprocessSpec(recipe="digit").min_contrast


def page(seed: int, lines: int) -> Pixels:
    """Lines of signs of three strokes each, black on white, 1,200 pixels wide and high."""
    rng, image = np.random.default_rng(seed), Image.new("RGB", (1200, 1200), "white")
    draw, pitch = ImageDraw.Draw(image), 1140 // lines
    high, wide = pitch * 0.55, pitch * 0.33
    for top in range(30, 30 + lines * pitch, pitch):
        left = int(rng.integers(30, 100))
        while left < 1200 * rng.uniform(0.4, 0.95) - 60:
            for _ in range(3):
                ends = [(left + rng.uniform(0, wide), top + rng.uniform(0, high)) for _ in range(2)]
                draw.line(ends, fill="black", width=3)
            left += int(wide * 1.5)
    return np.asarray(image)


@pytest.mark.parametrize(("seed", "lines"), [(0, 24), (1, 12), (1, 24), (2, 24), (3, 32)])
def test_of_a_page_with_too_many_signs_the_paper_between_them_is_no_digit(seed: int, lines: int) -> None:
    """These had one or two light "objects" on a dark ground, and the ink was left out in silence."""
    _, seen, found = look(page(seed, lines), None, _MIN_CONTRAST, None)
    assert (seen.polarity, found) == ("dark_on_light", "no_object")
    _, seen, found = look(255 - page(seed, lines), None, _MIN_CONTRAST, None)
    assert (seen.polarity, found) == ("light_on_dark", "no_object")
