"""A confusion matrix as a picture: mistakes coloured, whatever the number of classes."""

import numpy as np
import pytest

from service.imaging.drawing.confusion_matrix import draw_confusion


def coloured(picture: np.ndarray) -> np.ndarray:
    """Which pixels are a mistake's: bool [H, W]."""
    found: np.ndarray = (picture[..., 0].astype(int) - picture[..., 2]) > 30
    return found


def test_only_mistakes_are_coloured_each_in_its_cell() -> None:
    counts = np.diag([90, 80, 70]).tolist()
    assert not coloured(draw_confusion(("red", "green", "blue"), counts)).any()
    counts[0][2] = 5
    marked = coloured(draw_confusion(("red", "green", "blue"), counts))
    rows, columns = np.nonzero(marked)
    assert [int(np.ptp(rows)), int(np.ptp(columns))] == [43, 43]  # one cell
    counts[2][0] = 5
    both = coloured(draw_confusion(("red", "green", "blue"), counts))
    others = np.nonzero(both & ~marked)
    assert others[0].min() - rows.min() == 88  # two rows further down
    assert columns.min() - others[1].min() == 88


def test_more_mistakes_are_darker() -> None:
    picture = draw_confusion(("a", "b"), [[1, 9], [3, 1]])
    greens = [int(picture[..., 1][coloured(picture)].min()), int(picture[..., 1][coloured(picture)].max())]
    assert greens[0] < greens[1]


@pytest.mark.parametrize("classes", [2, 30, 100, 700, 2000])
def test_any_number_of_classes_fits(classes: int) -> None:
    labels = tuple(f"a class with a long name {i}" for i in range(classes))
    picture = draw_confusion(labels, np.eye(classes, dtype=int).tolist())
    assert max(picture.shape) <= max(1600, classes) + 250
    assert picture.dtype == np.uint8
