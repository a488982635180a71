"""A straight 1, as a ruler or a mouse draws it: no stroke is as sharp, and yet it is a digit."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from service.inference.answers import Classification
from tests.service.imaging.pictures import encode
from tests.service.imaging.preprocessing.test_metamorphic import read

SIDE = 280  # pixels of the page's pad


def drawn(length: int, width: int, lean: float, round_ends: bool) -> Classification:
    large = Image.new("L", (2 * SIDE, 2 * SIDE), 255)
    pen, across = ImageDraw.Draw(large), float(np.tan(np.radians(lean))) * length
    ends = (SIDE + across, SIDE - length), (SIDE - across, SIDE + length)
    pen.line(ends, 0, 2 * width)
    if round_ends:
        for x, y in ends:
            pen.ellipse((x - width, y - width, x + width, y + width), 0)
    return read(encode(np.asarray(large.resize((SIDE, SIDE), Image.Resampling.BOX)), "PNG"))


@pytest.mark.parametrize("lean", [0, 0.5, -3])
@pytest.mark.parametrize("round_ends", [True, False])
def test_a_straight_one_is_read(lean: float, round_ends: bool) -> None:
    """At least four times as long as wide: `training/robust/outliers.py` has nothing like it from 3.5 times on."""
    told = [drawn(length, width, lean, round_ends) for width in (8, 14, 20, 28) for length in (120, 160, 200)]
    assert [each.label for each in told].count("1") == len(told)
    assert [each.accepted for each in told].count(True) >= len(told) - 1
