"""Numbers laid over a picture as colour: warm where they are above zero, cold where they are below.

picture uint8 + a number for each window of it -> their mean over each pixel -> RGB
"""

import numpy as np
from numpy.typing import NDArray

from service.imaging.pixels import Pixels

_WARM, _COLD = (255, 112, 16), (32, 128, 255)
_SIDE = 448  # pixels of the drawn picture's longest side, about
_DIMMED = 0.55  # of the picture's own light


def spread(falls: NDArray[np.float64], height: int, width: int, patch: int, stride: int) -> NDArray[np.float64]:
    """The mean of the windows over each pixel, float64 [height, width]; 0 where none lies."""
    total, count = np.zeros((height, width)), np.zeros((height, width))
    for (i, j), fall in np.ndenumerate(falls):
        place = np.s_[i * stride : i * stride + patch, j * stride : j * stride + patch]
        total[place] += fall
        count[place] += 1
    return total / np.maximum(count, 1)


def draw_heat(picture: Pixels, falls: NDArray[np.float64], patch: int, stride: int) -> Pixels:
    """`picture` [H, W] or [H, W, 3], dimmed, with the numbers [rows, columns] of its windows laid over it: uint8
    [H * zoom, W * zoom, 3]. The largest size has the full colour; where all are 0, none."""
    height, width = picture.shape[:2]
    heat = spread(falls, height, width, patch, stride)
    largest = float(np.abs(heat).max()) or 1.0
    ground = np.repeat(picture[..., None], 3, axis=2) if picture.ndim == 2 else picture
    share = (np.abs(heat) / largest)[..., None]
    colour = np.where(heat[..., None] >= 0, _WARM, _COLD)
    drawn = np.rint(ground * _DIMMED * (1 - share) + colour * share).astype(np.uint8)
    zoom = max(1, _SIDE // max(height, width))
    return drawn.repeat(zoom, axis=0).repeat(zoom, axis=1)
