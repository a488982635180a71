"""Outliers are no digits: nothing that may be a 1 is among them."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from training.data.sets import Dataset
from training.robust.outliers import like_one, outliers, raw


def stroke(start: tuple[int, int], end: tuple[int, int], width: int) -> np.ndarray:
    image = Image.new("L", (28, 28))
    ImageDraw.Draw(image).line([start, end], 255, width)
    return np.asarray(image)


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("lean", [-10, -5, 0, 5, 10])
def test_upright_strokes_may_be_ones(width: int, lean: int) -> None:
    assert like_one(stroke((14 + lean // 2, 4), (14 - lean // 2, 24), width))


@pytest.mark.parametrize(("start", "end"), [((4, 14), (24, 14)), ((4, 10), (24, 18))])
def test_lying_strokes_are_none(start: tuple[int, int], end: tuple[int, int]) -> None:
    assert not like_one(stroke(start, end, 3))


def test_most_real_ones_look_like_one_and_other_digits_do_not(mnist: Dataset) -> None:
    told = np.array([like_one(picture) for picture in mnist.train_images])
    assert told[mnist.train_labels == 1].mean() > 0.7
    assert told[~np.isin(mnist.train_labels, (1, 7))].mean() < 0.03
    assert not like_one(np.zeros((28, 28), np.uint8))


def test_no_outlier_of_digits_may_be_a_one(fashion: Dataset) -> None:
    drawn = outliers("digits", fashion.train_images, 180, seed=2)
    assert not any(like_one(picture) for picture in drawn)
    assert len(drawn) >= 180


def test_raw_frames_are_whole_and_of_any_range() -> None:
    generator = np.random.default_rng(0)
    frames = np.stack([raw(generator) for _ in range(60)])
    assert frames.shape == (60, 28, 28)
    assert frames.dtype == np.uint8
    assert (np.ptp(frames, axis=(1, 2)) > 0).mean() > 0.9
    assert (frames[:, 0].mean(1) > 20).mean() > 0.3  # they reach the rim
