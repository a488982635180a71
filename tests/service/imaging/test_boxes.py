"""Boxes: left, top, right, bottom, the last two not included."""

import pytest

from service.imaging.boxes import Box, around, gap, grown, height, longest, scaled, width

A: Box = (2, 3, 10, 7)


def test_sides() -> None:
    assert (width(A), height(A), longest(A), longest((0, 0, 1, 9))) == (8, 4, 8, 9)


def test_around_holds_both_and_no_more() -> None:
    assert around(A, (0, 5, 4, 20)) == around((0, 5, 4, 20), A) == (0, 3, 10, 20)


@pytest.mark.parametrize(
    ("other", "apart"),
    [((10, 3, 12, 7), 0), ((13, 3, 15, 7), 3), ((4, 12, 6, 20), 5), ((15, 12, 16, 13), 5), ((4, 4, 5, 5), 0)],
)
def test_a_gap_is_the_same_from_both_sides(other: Box, apart: int) -> None:
    assert gap(A, other) == gap(other, A) == apart


def test_a_box_grows_as_far_as_the_picture_and_scales_with_it() -> None:
    assert grown(A, 2, (40, 50)) == (0, 1, 12, 9)
    assert grown(A, 100, (40, 50, 3)) == (0, 0, 50, 40)
    assert scaled(A, 3) == (6, 9, 30, 21)
