import os
from pathlib import Path

import numpy as np
import pytest

from service.datasets.idx import read_idx
from service.imaging.preprocessing.background import contrast, find_background, find_polarity, rim_polarity, survey
from tests.service.imaging.pictures import paper, place, sample, stroke_mask

PARTS = [(dataset, part) for dataset in ("mnist", "fashion_mnist") for part in ("train", "t10k")]


def wrong_polarities(images: np.ndarray) -> int:
    """How many originals, which are light on dark, and how many of their negatives are taken for the other."""
    return sum(rim_polarity(image) != "light_on_dark" for image in images) + sum(
        rim_polarity(255 - image) != "dark_on_light" for image in images
    )


@pytest.mark.parametrize(("dataset", "part"), PARTS)
def test_no_original_of_the_sample_is_taken_for_its_negative(dataset: str, part: str) -> None:
    assert wrong_polarities(sample(dataset, part)[0]) == 0


@pytest.mark.full_data
@pytest.mark.skipif("FEATUREMAP_DATA" not in os.environ, reason="FEATUREMAP_DATA names no data")
@pytest.mark.parametrize(("dataset", "part"), PARTS)
def test_no_original_of_the_full_sets_is_taken_for_its_negative(dataset: str, part: str) -> None:
    images = read_idx(Path(os.environ["FEATUREMAP_DATA"]) / dataset / f"{part}-images-idx3-ubyte.gz")
    assert wrong_polarities(images) == 0


def test_an_even_rim_has_no_polarity() -> None:
    half = np.zeros((28, 28), np.uint8)
    half[:, 14:] = 255
    assert rim_polarity(half) is None


def test_a_rim_of_greys_is_parted_in_the_middle() -> None:
    grey = np.full((28, 28), 180, np.uint8)
    grey[10:20, 10:20] = 20
    assert rim_polarity(grey) == "dark_on_light"
    assert rim_polarity(255 - grey) == "light_on_dark"


@pytest.mark.parametrize("shadow", [0.0, 0.5])
@pytest.mark.parametrize("side", [60, 150])
def test_polarity_of_digits_on_paper_in_light_and_shadow(side: int, shadow: float) -> None:
    rng = np.random.default_rng(3)
    for digit in sample("mnist")[0][:12]:
        ink = place(stroke_mask(digit, side), 256, 192, int(rng.integers(90)), int(rng.integers(30)))
        grey = np.clip(paper(ink, rng, shadow=shadow).mean(axis=2), 0, 255).astype(np.uint8)
        assert find_polarity(grey, 67) == "dark_on_light"
        assert find_polarity(255 - grey, 67) == "light_on_dark"


def test_polarity_of_a_tight_crop_whose_ink_covers_half() -> None:
    for digit in sample("mnist")[0][:12]:
        mask = np.pad(stroke_mask(digit, 120), 3)
        grey = (230 - 200 * mask).astype(np.uint8)
        window = int(0.3 * np.sqrt(grey.size)) | 1
        assert find_polarity(grey, window) == "dark_on_light"
        assert find_polarity(255 - grey, window) == "light_on_dark"


def test_the_ground_is_the_light_without_the_ink() -> None:
    light = np.add.outer(np.linspace(240, 150, 90), np.zeros(120)).astype(np.uint8)
    inked = light.copy()
    inked[30:60, 50:58] = 20
    background = find_background(inked, 31, "dark_on_light").astype(int)
    inside = (slice(16, 74), slice(16, 104))  # at the rim a closing knows less
    assert np.abs(background[inside] - light[inside]).max() <= 2
    assert (
        np.abs(find_background(255 - inked, 31, "light_on_dark").astype(int)[inside] - 255 + light[inside]).max() <= 2
    )


def test_ink_wider_than_the_window_is_no_ground() -> None:
    grey = np.full((60, 60), 220, np.uint8)
    grey[10:50, 10:50] = 30
    assert find_background(grey, 21, "dark_on_light").min() == 220


def test_contrast_is_the_same_in_the_shadow() -> None:
    background = np.array([[240, 120]], np.uint8)
    assert contrast(background // 4, background, "dark_on_light").tolist() == [[0.75, 0.75]]
    assert contrast(255 - background // 4, 255 - background, "light_on_dark").tolist() == [[0.75, 0.75]]


def test_contrast_counts_the_other_side_as_nothing() -> None:
    background = np.full((1, 2), 100, np.uint8)
    assert contrast(np.array([[200, 100]], np.uint8), background, "dark_on_light").tolist() == [[0, 0]]


def test_coloured_ink_counts_by_the_channel_that_changes() -> None:
    background = np.full((1, 1, 3), 240, np.uint8)
    assert contrast(np.array([[[240, 60, 240]]], np.uint8), background, "dark_on_light").tolist() == [[0.75]]


def test_a_survey_sees_a_line_that_an_average_would_lose() -> None:
    pixels = np.full((600, 800), 230, np.uint8)
    pixels[300:302, 100:700] = 120
    seen = survey(pixels)
    assert max(seen.contrast.shape) <= 160
    assert seen.factor == 6
    line = seen.contrast.max(axis=0)[100 // seen.factor + 2 : 700 // seen.factor - 2]
    assert line.min() > 0.3  # an average over 6 pixels would leave 2/6 of 110/230: 0.16
