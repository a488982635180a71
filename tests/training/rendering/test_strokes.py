"""Pen strokes: pen lifts are cut, straight 1s stand upright, every sign and digit is a file that the service reads."""

import numpy as np
import pytest

from service.imaging.codec.files import ImageLimits, decode
from service.imaging.preprocessing.recipes import prepare
from service.imaging.preprocessing.spec import PreprocessSpec
from training.data.sets import Dataset
from training.rendering.draw import Draw
from training.rendering.sources import Source
from training.rendering.strokes import SIGNS, lay_out, pen_lines, ruled_one, sign, straight_one, write


def row(label: int, *points: tuple[int, int]) -> np.ndarray:
    return np.array([value for point in points for value in point] + [label], np.uint8)


# Down the stroke, through the air to the bar, along the bar: x, y of the pen, y upwards.
FIVE = ((40, 90), (20, 60), (60, 50), (70, 20), (20, 0), (25, 45), (40, 95), (100, 100))
SEVEN = ((0, 100), (60, 100), (100, 95), (70, 50), (40, 0), (20, 50), (60, 52), (100, 55))
S_FIVE = ((100, 100), (20, 95), (10, 60), (60, 55), (90, 30), (70, 5), (30, 0), (0, 10))


@pytest.mark.parametrize(
    ("label", "points", "parts"),
    [(5, FIVE, [5, 2]), (7, SEVEN, [5, 3]), (5, S_FIVE, [8]), (6, FIVE, [8]), (4, SEVEN, [8])],
)
def test_the_leg_through_the_air_is_cut_of_5_and_7_alone(
    label: int, points: tuple[tuple[int, int], ...], parts: list[int]
) -> None:
    lines = pen_lines(row(label, *points))
    assert [len(line) for line in lines] == parts
    kept = {point for line in lines for point in line}
    assert kept <= {(x / 100, 1 - y / 100) for x, y in points}
    assert lines[0][0] == (points[0][0] / 100, 1 - points[0][1] / 100)


def test_of_real_digits_most_bars_are_cut_and_nothing_else(mnist: Dataset) -> None:
    table = mnist.hands["pendigits"]
    cut = {digit: [len(pen_lines(r)) > 1 for r in table if r[-1] == digit] for digit in range(10)}
    assert np.mean(cut[5] + cut[7]) > 0.3
    assert not any(any(cut[digit]) for digit in set(range(10)) - {5, 7})


def test_straight_ones_lean_little() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        ((top, _, bottom),) = straight_one(rng)
        assert abs(np.degrees(np.arctan2(top[0] - bottom[0], bottom[1] - top[1]))) <= 12.001


@pytest.mark.parametrize("name", SIGNS)
def test_every_sign_is_read_as_one_object(name: str, source: Source) -> None:
    found = 0
    for index in range(4):
        draw = Draw(np.random.default_rng([5, index]), source)
        data = lay_out(write(sign(name, draw.rng), draw), draw)
        seen = prepare(decode(data, ImageLimits()), PreprocessSpec(recipe="digit"))
        assert seen.pixels.shape == (28, 28)
        found += seen.reason is None
    assert found >= (0 if name == "equals" else 2)  # its two lines may be two objects


@pytest.mark.parametrize("seed", range(6))
def test_a_ruled_one_is_upright_and_of_an_even_width(seed: int, source: Source) -> None:
    ink = ruled_one(Draw(np.random.default_rng(seed), source))
    assert 3 <= len(ink) / ink.shape[1] <= 27
    middle = ink[len(ink) // 4 : -len(ink) // 4]
    assert (middle == middle[0]).all()
    assert np.array_equal(ink, ink[:, ::-1])
    assert np.array_equal(ink, ink[::-1])
