"""Numbers as grey: what each scale shows, and that the answer says what its grey means."""

import numpy as np
import pytest
from numpy.typing import NDArray

from service.imaging.drawing.scaling import Scale, fitting_scale, tones

SIGNED = np.array([[-2.0, -1.0], [0.0, 1.0]], np.float32)


@pytest.mark.parametrize(
    ("scale", "expected", "black", "white"),
    [
        ("clip", [[0, 0], [0, 255]], 0, 1),
        ("abs", [[255, 128], [0, 128]], 0, 2),
        ("centre", [[0, 64], [128, 191]], -2, 2),
        ("minmax", [[0, 85], [170, 255]], -2, 1),
    ],
)
def test_each_scale(scale: Scale, expected: list[list[int]], black: float, white: float) -> None:
    drawn = tones(SIGNED, scale)
    assert drawn.pixels.tolist() == expected
    assert (drawn.black, drawn.white) == (black, white)
    assert drawn.pixels.dtype == np.uint8


@pytest.mark.parametrize("scale", ["centre", "minmax"])
def test_grey_leads_back_to_the_value(scale: Scale) -> None:
    values = np.random.default_rng(0).normal(0, 3, (9, 7)).astype(np.float32)
    drawn = tones(values, scale)
    back = drawn.black + drawn.pixels / 255 * (drawn.white - drawn.black)
    assert np.abs(back - values).max() <= (drawn.white - drawn.black) / 255 / 2 + 1e-6


@pytest.mark.parametrize("value", [0.0, 3.0, -3.0])
@pytest.mark.parametrize("scale", ["clip", "abs", "centre", "minmax"])
def test_a_map_of_one_value_has_one_tone(scale: Scale, value: float) -> None:
    drawn = tones(np.full((3, 2), value, np.float32), scale)
    assert len(np.unique(drawn.pixels)) == 1
    if value == 0:
        assert drawn.pixels[0, 0] == (128 if scale == "centre" else 0)


@pytest.mark.parametrize(("values", "scale"), [(SIGNED, "centre"), (np.abs(SIGNED), "clip"), (SIGNED * 0, "clip")])
def test_what_has_negative_values_is_centred(values: NDArray[np.float32], scale: Scale) -> None:
    assert fitting_scale(values) == scale
