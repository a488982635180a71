"""Ruled lines as dark as the ink: found by what they are, and painted over without the digits that they cross."""

import numpy as np
import pytest

from service.imaging.pixels import Pixels
from service.imaging.preprocessing.background import survey
from service.imaging.preprocessing.objects import find_objects
from service.imaging.preprocessing.rules import find_rules, without_rules
from tests.service.imaging.pictures import place, sample, stroke_mask

PAPER, PEN = 230, 40
TOPS = (30, 80, 130)


def row(lean: float = 0.0, ruled: bool = True) -> Pixels:
    """Four digits of 60 pixels on rules of two; the middle one and the lower one cross them."""
    images, _ = sample("mnist")
    ink = np.zeros((160, 400))
    for number in range(4):
        ink = np.maximum(ink, place(stroke_mask(images[number], 60), 400, 160, 40 + 85 * number, 70))
    down, across = np.mgrid[:160, :400]
    for top in TOPS if ruled else ():
        ink = np.maximum(ink, np.clip(1.5 - np.abs(down - top - lean * (across - 200)), 0, 1))
    return (PAPER - (PAPER - PEN) * ink).astype(np.uint8)


@pytest.mark.parametrize("lean", [0.0, 0.01, -0.02])
@pytest.mark.parametrize("polarity", ["dark_on_light", "light_on_dark"])
def test_rules_are_found_where_they_lie(lean: float, polarity: str) -> None:
    pixels = row(lean)
    seen = survey(pixels if polarity == "dark_on_light" else 255 - pixels)
    assert seen.polarity == polarity
    rules = find_rules(seen, 0.1)
    assert [rule.upright for rule in rules] == [False] * 3
    for rule, top in zip(sorted(rules, key=lambda rule: rule.start), TOPS, strict=True):
        for across in (20, 200, 380):
            middle = rule.slope * across + (rule.start + 0.5) * seen.factor
            assert middle == pytest.approx(top + 0.5 + lean * (across - 200), abs=seen.factor / 2)


def test_upright_rules_are_those_of_the_picture_on_its_side() -> None:
    pixels = np.ascontiguousarray(row().T)
    seen = survey(pixels)
    rules = find_rules(seen, 0.1)
    assert [rule.upright for rule in rules] == [True] * 3
    assert np.array_equal(
        without_rules(pixels, seen, rules), without_rules(row(), survey(row()), find_rules(survey(row()), 0.1)).T
    )


def test_paper_without_rules_has_the_digits_and_hardly_a_line() -> None:
    ruled, plain = row(), row(ruled=False)
    seen = survey(ruled)
    clear = without_rules(ruled, seen, find_rules(seen, 0.1))
    ink = plain < 150
    assert np.count_nonzero(clear[ink] < 150) > 0.9 * np.count_nonzero(ink)
    # Close beside a stroke a rule stays.
    left = (clear < 150) & (plain > 200)
    assert np.count_nonzero(left) < 0.2 * np.count_nonzero((ruled < 150) & (plain > 200))
    found = find_objects(survey(clear), 0.1)
    assert isinstance(found, list)
    assert len(found) == 4
    assert np.array_equal(row(), ruled)  # what was given is as it was


def test_a_digits_own_strokes_are_no_rules() -> None:
    images, _ = sample("mnist")
    for image in images[:60]:
        mask = stroke_mask(image, 100)
        ink = mask[np.ix_(mask.any(axis=1), mask.any(axis=0))]  # cut at the ink: strokes reach from rim to rim
        assert find_rules(survey((PAPER - (PAPER - PEN) * ink).astype(np.uint8), "dark_on_light"), 0.1) == []


def test_the_bars_of_a_seven_segment_digit_are_no_rules() -> None:
    eight = np.zeros((140, 80))
    for top in (0, 64, 128):
        eight[top : top + 12] = 1
    eight[:, :12] = eight[:, -12:] = 1
    assert find_rules(survey((PAPER - (PAPER - PEN) * eight).astype(np.uint8), "dark_on_light"), 0.1) == []


def test_the_stems_of_a_row_cut_at_its_ink_are_no_rules() -> None:
    ones = np.zeros((60, 240))
    for left in (0, 50, 100, 150, 200):
        ones[:, left + 20 : left + 23] = 1
        ones[:3, left : left + 23] = 1  # sevens
    seen = survey((PAPER - (PAPER - PEN) * ones).astype(np.uint8), "dark_on_light")
    assert find_rules(seen, 0.1) == []
