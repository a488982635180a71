"""Numbers over a picture: the mean of the windows on each pixel, warm above zero and cold below."""

import numpy as np

from service.imaging.drawing.heat import draw_heat, spread


def test_a_pixel_has_the_mean_of_the_windows_over_it() -> None:
    heat = spread(np.array([[1.0, 3.0]]), height=2, width=4, patch=2, stride=1)
    np.testing.assert_allclose(heat, [[1, 2, 3, 0], [1, 2, 3, 0]])


def test_above_zero_is_warm_below_cold_and_nothing_keeps_the_picture() -> None:
    drawn = draw_heat(np.full((4, 4), 200, np.uint8), np.array([[1.0, 0.0], [0.0, -1.0]]), patch=2, stride=2)
    assert drawn.shape == (448, 448, 3)
    warm, plain, cold = drawn[0, 0], drawn[0, -1], drawn[-1, -1]
    assert warm[0] > 200 > warm[2]
    assert cold[2] > 200 > cold[0]
    assert set(plain.tolist()) == {110}


def test_a_picture_in_colour_on_which_nothing_hangs_is_only_dimmed() -> None:
    picture = np.zeros((448, 448, 3), np.uint8)
    picture[..., 1] = 100
    drawn = draw_heat(picture, np.zeros((2, 2)), patch=224, stride=224)
    np.testing.assert_array_equal(drawn[0, 0], [0, 55, 0])
