"""Numbers of any sign as grey: feature maps, kernels.

values -> tones(scale) -> uint8, and the numbers that black and white stand for

A negative number cut to black looks like a zero, so zero is middle grey wherever there is one.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from service.imaging.pixels import Pixels

Scale = Literal["clip", "abs", "centre", "minmax"]


@dataclass(frozen=True, slots=True)
class Tones:
    """Grey pixels, and the values that 0 (`black`) and 255 (`white`) stand for, linear in between.

    With `abs` they are magnitudes. Where both are the same, every value is.
    """

    pixels: Pixels
    black: float
    white: float


def fitting_scale(values: NDArray[Any]) -> Scale:
    """`centre` where a value is negative, else `clip`, which then loses nothing."""
    return "centre" if values.min(initial=0) < 0 else "clip"


def tones(values: NDArray[Any], scale: Scale) -> Tones:
    """The values as grey of the same shape.

    `clip`: zero and less is black, the greatest white. `abs`: the same of the magnitudes. `centre`: zero is
    128, the greatest magnitude 0 or 255. `minmax`: the least is black, the greatest white.
    """
    numbers = np.abs(values) if scale == "abs" else values
    least, greatest = float(numbers.min()), float(numbers.max())
    if scale == "centre":
        greatest = max(-least, greatest)
        least = -greatest
    elif scale != "minmax":
        least, greatest = 0.0, max(0.0, greatest)
    if least == greatest:
        return Tones(np.zeros(values.shape, np.uint8) + np.uint8(128 * (scale == "centre")), least, greatest)
    share = (numbers.astype(np.float64) - least) / (greatest - least)
    return Tones(np.rint(share.clip(0, 1) * 255).astype(np.uint8), least, greatest)
