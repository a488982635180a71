"""Which test pictures excite a filter most, as the training found them.

excitations.json -> Excited a layer -> Excitation: picture, value, place in the map, box in the picture
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.errors import PackageError
from service.inference.package.documents import ExcitedLayer, ExcitedLayers

FILE = "excitations.json"
STRONGEST = 9  # pictures a filter
LARGEST_FIELD = 4  # sides of a picture that a filter may see; what lies outside is padding


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


def excited_layers(document: ExcitedLayers, shape: tuple[int, int, int]) -> dict[str, Excited]:
    """The layers by name, in the network's order, of the JSON that `training/excitation.py` writes.

    `shape` is that of the test pictures, [n, H, W]. Raises PackageError where the document tells of pictures or
    places that are not there.
    """
    return {layer.name: _excited(layer, shape) for layer in document.layers}


def _excited(layer: ExcitedLayer, shape: tuple[int, int, int]) -> Excited:
    filters = tuple(tuple(Excitation(*row) for row in rows[:STRONGEST]) for rows in layer.filters)
    excited = Excited(layer.name, layer.size, layer.jump, layer.start, filters)
    count, height, width = shape
    if layer.size > LARGEST_FIELD * max(height, width):
        raise PackageError(f"{FILE}: a filter of {layer.name} sees {layer.size} pixels of a side of {width}")
    for one in (one for strongest in filters for one in strongest):
        if one.index >= count:
            raise PackageError(f"{FILE}: {layer.name} names picture {one.index}; the test set has 0 to {count - 1}")
        if min(excited.box(one, height, width)[2:]) <= 0:
            raise PackageError(f"{FILE}: {layer.name} names a place in its map that sees nothing of the picture")
    return excited
