"""Grounds that are noise all over, in colours of which ink is lighter in one channel and darker in another."""

import numpy as np
import pytest

from service.imaging.pixels import Pixels
from service.imaging.preprocessing.look import look
from service.imaging.preprocessing.noise import without_noise
from tests.service.imaging.pictures import place, sample, stroke_mask

COLOURS = {
    "yellow on blue": ((60, 120, 210), (200, 190, 110)),
    "pink on purple": ((140, 30, 180), (220, 50, 170)),
    "grey on green": ((110, 170, 120), (90, 110, 105)),
}


def ink() -> np.ndarray:
    images, _ = sample("mnist")
    drawn = np.zeros((64, 160))
    for number in range(3):
        drawn = np.maximum(drawn, place(stroke_mask(images[number], 30), 160, 64, 15 + 45 * number, 15))
    return drawn


def captcha(colours: str, noise: float) -> Pixels:
    ground, pen = (np.array(colour, float) for colour in COLOURS[colours])
    pixels = ground + (pen - ground) * ink()[..., None]
    noisy: Pixels = np.clip(pixels + np.random.default_rng(3).normal(0, noise, pixels.shape), 0, 255).astype(np.uint8)
    return noisy


@pytest.mark.parametrize("colours", COLOURS)
def test_ink_on_coloured_noise_is_dark_on_light(colours: str) -> None:
    quiet = without_noise(captcha(colours, 14))
    assert quiet is not None
    drawn = ink()
    assert quiet.shape == drawn.shape
    assert quiet[drawn > 0.9].mean() < 90
    assert quiet[drawn == 0].mean() > 170
    pixels, _, found = look(captcha(colours, 14), None, 0.1, None)
    assert isinstance(found, list)
    assert len(found) == 3
    assert pixels.ndim == 2


@pytest.mark.parametrize("colours", COLOURS)
def test_a_quiet_ground_is_left_as_it_is(colours: str) -> None:
    assert without_noise(captcha(colours, 2)) is None


def test_what_is_noise_in_one_half_only_is_not_noise_all_over() -> None:
    half = captcha("grey on green", 20)
    half[:, 80:] = COLOURS["grey on green"][0]
    assert without_noise(half) is None


def test_noise_alone_holds_no_digits() -> None:
    noise = np.clip(np.random.default_rng(5).normal(120, 20, (64, 160, 3)), 0, 255).astype(np.uint8)
    _, _, found = look(noise, None, 0.1, None)
    assert isinstance(found, str)
