"""Copies of a picture with a patch of it covered: how much of an answer hangs on each place.

    tensor [1, ...] + Windows -> covered copies, a batch at a time -> the class's probability of each -> map of falls

After M. D. Zeiler and R. Fergus, "Visualizing and understanding convolutional networks" (2014), section 4.2.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.errors import InvalidInput, PayloadTooLarge
from service.imaging.pixels import FloatArray
from service.imaging.preprocessing.spec import PreprocessSpec, from_colour

MAX_PATCHES = 1024  # covered copies of a picture, each a row of work for the model
_SHARE = 7  # a patch is so small a part of the shorter side, where none is given
_MIDDLE_GREY = 127.5


@dataclass(frozen=True, slots=True)
class Windows:
    """Where patches lie: `patch` and `stride` in pixels of the model's input, only places where a whole patch fits."""

    height: int
    width: int
    patch: int
    stride: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the map: (side - patch) / stride + 1 of each, rounded down."""
        return (self.height - self.patch) // self.stride + 1, (self.width - self.patch) // self.stride + 1

    def corners(self) -> NDArray[np.int64]:
        """Top and left of each patch, int64 [n, 2], in the order of the map's numbers."""
        rows, columns = self.shape
        return np.indices((rows, columns)).reshape(2, -1).T * self.stride


def windows(spec: PreprocessSpec, patch: int | None, stride: int | None) -> Windows:
    """The windows that are asked for; without them a seventh of the shorter side, half of it apart: 4 and 2 of 28
    pixels. Raises InvalidInput where a patch does not fit, PayloadTooLarge where there are too many of them."""
    side = min(spec.height, spec.width)
    patch = patch or max(1, round(side / _SHARE))
    if patch > side:
        raise InvalidInput(f"A patch of {patch} pixels does not fit into the model's input of {side}.")
    found = Windows(spec.height, spec.width, patch, stride or max(1, patch // 2))
    count = found.shape[0] * found.shape[1]
    if count > MAX_PATCHES:
        raise PayloadTooLarge(
            f"That is {count} patches; at most {MAX_PATCHES} are covered. A larger stride makes fewer.",
            limit=MAX_PATCHES,
            actual=count,
        )
    return found


def cover_of(spec: PreprocessSpec) -> float:
    """The grey, 0..255, that a patch is covered with: what is no ink, where the recipe knows, which is then no new
    edge; else the middle, as in the paper."""
    if spec.recipe in ("digit", "garment", "garment_photo"):
        return 0.0 if spec.polarity == "light_on_dark" else 255.0
    return _MIDDLE_GREY


def covered(tensor: FloatArray, spec: PreprocessSpec, places: Windows, size: int) -> Iterator[FloatArray]:
    """Copies of [1, *tensor_shape], each with one patch covered: batches of up to `size` in the map's order."""
    grey = np.full((1, 1, 1, spec.channels), cover_of(spec), np.float32)
    fill = from_colour(grey, spec)[0]
    corners = places.corners()
    for first in range(0, len(corners), size):
        batch = corners[first : first + size]
        copies = np.repeat(tensor, len(batch), axis=0)
        for copy, (top, left) in zip(copies, batch, strict=True):
            plane = copy if spec.layout == "NHWC" else copy.transpose(1, 2, 0)
            plane[top : top + places.patch, left : left + places.patch] = fill.reshape(spec.channels)
        yield copies
