"""The named kernels: the lecture's four, and the usual ones of image editors and vision."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.errors import NotFound

Rows = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """A kernel with its divisor. `signed`: the numbers that it gives lie on both sides of zero."""

    name: str
    title: str
    kernel: Rows
    divisor: float
    description: str
    signed: bool = False

    def weights(self) -> NDArray[np.float32]:
        """The kernel as it is, without its divisor: float32 [h, w]."""
        return np.array(self.kernel, np.float32)


def _outer(column: tuple[float, ...], row: tuple[float, ...]) -> Rows:
    return tuple(tuple(a * b for b in row) for a in column)


_BINOMIAL = (1.0, 4.0, 6.0, 4.0, 1.0)
_GAUSSIAN = _outer(_BINOMIAL, _BINOMIAL)
_UNSHARP = tuple(tuple(476.0 if (i, j) == (2, 2) else -_GAUSSIAN[i][j] for j in range(5)) for i in range(5))
_AROUND = ((-1.0, -1.0, -1.0), (-1.0, 8.0, -1.0), (-1.0, -1.0, -1.0))

FILTERS: dict[str, Filter] = {
    item.name: item
    for item in (
        Filter("identity", "Identity", ((0, 0, 0), (0, 1, 0), (0, 0, 0)), 1, "Changes nothing."),
        Filter("box_blur", "Box blur", ((1, 1, 1),) * 3, 9, "The mean of a pixel and its eight neighbours."),
        Filter("edge_detection", "Edge detection", _AROUND, 1, "Nothing where all is even; large at edges.", True),
        Filter("sharpen", "Sharpen", ((0, -1, 0), (-1, 5, -1), (0, -1, 0)), 1, "Raises what differs from its sides."),
        Filter("gaussian_blur", "Gaussian blur", _outer((1, 2, 1), (1, 2, 1)), 16, "A mean that the centre leads."),
        Filter("gaussian_blur_5", "Gaussian blur, 5 wide", _GAUSSIAN, 256, "The same over two pixels to each side."),
        Filter(
            "sobel_x", "Sobel, across", _outer((1, 2, 1), (-1, 0, 1)), 1, "The slope from left to right; smooth.", True
        ),
        Filter(
            "sobel_y", "Sobel, down", _outer((-1, 0, 1), (1, 2, 1)), 1, "The slope from top to bottom; smooth.", True
        ),
        Filter("prewitt_x", "Prewitt, across", _outer((1, 1, 1), (-1, 0, 1)), 1, "The slope from left to right.", True),
        Filter("prewitt_y", "Prewitt, down", _outer((-1, 0, 1), (1, 1, 1)), 1, "The slope from top to bottom.", True),
        Filter(
            "laplacian",
            "Laplacian",
            ((0, 1, 0), (1, -4, 1), (0, 1, 0)),
            1,
            "The second derivative: zero on slopes, both signs at an edge.",
            True,
        ),
        Filter("emboss", "Emboss", ((-2, -1, 0), (-1, 1, 1), (0, 1, 2)), 1, "Light from the upper left on a relief."),
        Filter("outline", "Outline", _AROUND, 1, "What editors call edge detection: the same kernel.", True),
        Filter("unsharp", "Unsharp mask", _UNSHARP, 256, "The picture and what a Gaussian blur took from it."),
    )
}


def find_filter(name: str) -> Filter:
    """The filter of this name; raises NotFound that lists the known ones."""
    if name not in FILTERS:
        raise NotFound(f"There is no filter of this name. There are: {', '.join(FILTERS)}.")
    return FILTERS[name]
