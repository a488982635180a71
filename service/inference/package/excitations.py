"""Which test pictures excite a filter most, as the training found them.

excitations.json -> Excited a layer -> Excitation: picture, value, place in the map, box in the picture
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FILE = "excitations.json"
STRONGEST = 9  # pictures a filter


@dataclass(frozen=True, slots=True)
class Excitation:
    """A test picture and where its filter answered most: `row`, `column` of the map."""

    index: int
    value: float
    row: int
    column: int


@dataclass(frozen=True, slots=True)
class Excited:
    """A convolution's filters. A place p of its map sees the pixels from `start + p * jump`, `size` of them, on
    both axes; what lies outside the picture is padding."""

    name: str
    size: int
    jump: int
    start: int
    filters: tuple[tuple[Excitation, ...], ...]

    def box(self, excitation: Excitation, height: int, width: int) -> tuple[int, int, int, int]:
        """What the filter saw, as x, y, width, height within a picture of this size."""
        x, y = (self.start + place * self.jump for place in (excitation.column, excitation.row))
        left, top = max(0, x), max(0, y)
        return left, top, min(x + self.size, width) - left, min(y + self.size, height) - top

    def patch(self, excitation: Excitation, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The same as uint8 [size, size], with the zeros that the padding puts around the picture."""
        x, y, width, height = self.box(excitation, *image.shape)
        patch = np.zeros((self.size, self.size), np.uint8)
        left = x - self.start - excitation.column * self.jump
        top = y - self.start - excitation.row * self.jump
        patch[top : top + height, left : left + width] = image[y : y + height, x : x + width]
        return patch

    def patches(self, index: int, images: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The patches of a filter in the test pictures [n, H, W]: uint8 [9, size, size]."""
        return np.stack([self.patch(one, images[one.index]) for one in self.filters[index]])


def parse_excitations(document: Mapping[str, Any]) -> dict[str, Excited]:
    """The layers by name, in the network's order, of the JSON that `training/excitation.py` writes."""
    return {
        layer["name"]: Excited(
            layer["name"],
            layer["size"],
            layer["jump"],
            layer["start"],
            tuple(tuple(Excitation(*row) for row in rows[:STRONGEST]) for rows in layer["filters"]),
        )
        for layer in document["layers"]
    }
