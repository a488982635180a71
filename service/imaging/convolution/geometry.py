"""How a window slides over a picture: the lecture's size formula, padding, and what stands outside.

size, window, stride, padding -> Axis (before, after, output) -> where each padded place comes from
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from service.errors import InvalidInput

Pair = tuple[int, int]  # x, y
PadMode = Literal["zeros", "edge", "reflect"]
Padding = Literal["same", "valid"] | int


@dataclass(frozen=True, slots=True)
class Axis:
    """How a window slides along one axis. `before` and `after` are the padding, `output` the number of places."""

    size: int
    window: int
    stride: int
    before: int
    after: int
    output: int

    @property
    def padding(self) -> int:
        """Of both sides together: the lecture's P."""
        return self.before + self.after

    def source(self, first: int, count: int, mode: PadMode) -> NDArray[np.intp]:
        """Where the padded places first, first + 1, ... come from: indices of the picture, -1 for a zero."""
        places = np.arange(first - self.before, first - self.before + count)
        if mode == "zeros":
            return np.where((places >= 0) & (places < self.size), places, -1)
        if mode == "edge":
            return np.clip(places, 0, self.size - 1)
        period = max(2 * (self.size - 1), 1)  # mirrored about the outermost pixel, again and again
        places %= period
        return np.minimum(places, period - places) if self.size > 1 else np.zeros(count, np.intp)


def plan_axis(name: str, size: int, window: int, stride: int, padding: Padding) -> Axis:
    """The geometry of one axis, `name` (width, height) for the error. An odd total pads one more at the end.

    Raises InvalidInput, with the formula in numbers, where nothing comes out.
    """
    if padding == "same":
        output = math.ceil(size / stride)
        total = max((output - 1) * stride + window - size, 0)
    else:
        total = 0 if padding == "valid" else padding
        output = (size - window + total) // stride + 1
    if output < 1:
        raise InvalidInput(
            f"Nothing comes out: {name} {size}, window {window}, padding {total}, stride {stride} give "
            f"floor(({size} - {window} + {total}) / {stride}) + 1 = {output}. "
            f"Take a window of at most {size + total}, or more padding."
        )
    return Axis(size, window, stride, total // 2, total - total // 2, output)


def straight(axis: Axis) -> Axis:
    """The axis of what one pass gave: no window and no step are left."""
    return Axis(axis.output, 1, 1, 0, 0, axis.output)
