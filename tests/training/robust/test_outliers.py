"""Outliers differ, come again by seed, and are no digits: nothing that may be a 1 is among them."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from training.data.sets import Dataset
from training.robust.outliers import like_one, outliers, pairs, raw


def stroke(start: tuple[int, int], end: tuple[int, int], width: int) -> np.ndarray:
    image = Image.new("L", (28, 28))
    ImageDraw.Draw(image).line([start, end], 255, width)
    return np.asarray(image)


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("lean", [-10, -5, 0, 5, 10])
def test_upright_strokes_may_be_ones(width: int, lean: int) -> None:
    assert like_one(stroke((14 + lean // 2, 4), (14 - lean // 2, 24), width))


@pytest.mark.parametrize(("length", "told"), [(22, True), (18, False)])
def test_a_bar_may_be_a_one_from_three_and_a_half_times_its_width_on(length: int, told: bool) -> None:
    bar = np.zeros((28, 28), np.uint8)
    bar[3 : 3 + length, 11:17] = 255
    assert like_one(bar) == told


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


@pytest.mark.parametrize("kind", ["digits", "clothes"])
def test_outliers_differ_have_ink_and_come_again_by_seed(kind: str, mnist: Dataset, fashion: Dataset) -> None:
    others = (fashion if kind == "digits" else mnist).train_images
    drawn = outliers(kind, others, 45, seed=3)
    assert drawn.shape[1:] == (28, 28)
    assert len(drawn) >= 45
    assert drawn.dtype == np.uint8
    assert len({image.tobytes() for image in drawn}) > 0.9 * len(drawn)
    assert (np.ptp(drawn, axis=(1, 2)) > 0).sum() > 42
    assert np.array_equal(drawn, outliers(kind, others, 45, seed=3))


def test_pairs_hold_two_digits_within_the_box(mnist: Dataset) -> None:
    two = pairs(mnist.train_images, 20, seed=1)
    assert two.shape == (20, 28, 28)
    wide = [np.ptp(np.flatnonzero(image.any(0))) for image in two]
    assert np.mean(wide) > 14
