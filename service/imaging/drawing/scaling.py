"""Numbers of any sign and size as grey: what a filter made of a picture, feature maps, kernels.

values -> least and greatest -> the numbers that black and white stand for (`Scale`) -> uint8, linear in between

A negative number cut to black looks like a zero, so `centre` makes zero middle grey.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from service.imaging.pixels import Pixels

Scale = Literal["clip", "abs", "centre", "minmax"]

_BLOCK = 2**15  # numbers at a time: they stay in the cache, and no second copy of a large picture is held


@dataclass(frozen=True, slots=True)
class Scaled:
    """Pixels, uint8, and the values that 0 (`black`) and 255 (`white`) stand for, linear in between.

    With `abs` they are magnitudes. Where both are the same, every value is.
    """

    pixels: Pixels
    black: float
    white: float


def fitting_scale(values: NDArray[Any]) -> Scale:
    """`centre` where a value is negative, else `clip`, which then loses nothing."""
    return "centre" if values.min(initial=0) < 0 else "clip"


def to_pixels(values: NDArray[Any], scale: Scale, white: float | None = None) -> Scaled:
    """Values [H, ...] as uint8 of the same shape, rounded, a half to the even number.

    `clip`: zero and less is black, `white` and more is white. `abs`: the same of the magnitudes. `centre`: zero is
    middle grey (128), the greatest magnitude black or white. `minmax`: the least is black, the greatest white.
    `white` is 255 where values are grey levels; None, where they have no such level, takes the greatest of them.
    """
    black, white = _ends(values, scale, white)
    if black == white:
        return Scaled(np.full(values.shape, 128 if scale == "centre" else 0, np.uint8), black, white)
    pixels = np.empty(values.shape, np.uint8)
    rows = max(1, _BLOCK * len(values) // values.size)
    for first in range(0, len(values), rows):
        block = values[first : first + rows]
        if scale == "abs":
            block = np.abs(block)
        levels = block if (black, white) == (0, 255) else _to_levels(block, black, white)
        levels = np.rint(levels, out=None if levels is block else levels)
        np.clip(levels, 0, 255, out=levels)
        pixels[first : first + rows] = levels
    return Scaled(pixels, black, white)


def _ends(values: NDArray[Any], scale: Scale, white: float | None) -> tuple[float, float]:
    """What black and white stand for."""
    if scale in ("clip", "abs") and white is not None:
        return 0.0, white
    least, greatest = float(values.min()), float(values.max())
    most = max(-least, greatest)
    if scale == "minmax":
        return least, greatest
    if scale == "centre":
        return -most, most
    return 0.0, most if scale == "abs" else max(0.0, greatest)


def _to_levels(block: NDArray[Any], black: float, white: float) -> NDArray[np.float64]:
    """The block from `black` to `white` as 0 to 255.

    In float64: a float32 cannot hold 255 divided by its own least numbers. Multiplied first, a half stays a half.
    """
    levels: NDArray[np.float64] = np.subtract(block, black, dtype=np.float64)
    levels *= 255
    levels /= white - black
    return levels
