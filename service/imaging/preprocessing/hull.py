"""The convex hull of a connected part, its mask, and the least rectangle around it: is it a sheet of paper?"""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from service.imaging.pixels import Mask
from service.imaging.preprocessing.components import Component

Point = tuple[int, int]


def convex_hull(part: Component) -> list[Point]:
    """The corners x, y of the hull of a part's pixels, in order around it (Andrew's monotone chain)."""
    rows, first = np.unique(part.runs[:, 0], return_index=True)
    left = np.minimum.reduceat(part.runs[:, 1], first)
    right = np.maximum.reduceat(part.runs[:, 2], first) - 1
    ends = list(zip(rows.tolist(), left.tolist(), right.tolist(), strict=True))
    down = _chain([(x, y) for y, x, _ in ends])
    up = _chain([(x, y) for y, _, x in reversed(ends)])
    return down + up


def _chain(points: Sequence[Point]) -> list[Point]:
    kept: list[Point] = []
    for x, y in points:
        while len(kept) > 1 and _turn(kept[-2], kept[-1], (x, y)) >= 0:
            kept.pop()
        kept.append((x, y))
    return kept


def _turn(a: Point, b: Point, c: Point) -> int:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def fill_polygon(corners: Sequence[Point], shape: tuple[int, ...]) -> Mask:
    """The mask [H, W] of a polygon, its outline included."""
    image = Image.new("L", (shape[1], shape[0]))
    ImageDraw.Draw(image).polygon(corners, fill=1, outline=1)
    return np.asarray(image).astype(bool)


def least_rectangle(corners: Sequence[Point]) -> float:
    """The area in pixels of the least rectangle, turned as it may be, around the pixels of a convex polygon.

    A side of it lies along a side of the polygon (Freeman and Shapira, 1975).
    """
    points = np.array(corners, float)
    sides = np.roll(points, -1, axis=0) - points
    sides = sides[(sides != 0).any(axis=1)]
    if not len(sides):
        return 1.0
    sides /= np.hypot(*sides.T)[:, None]
    along, across = points @ sides.T, points @ (sides[:, ::-1] * (-1, 1)).T
    areas = (np.ptp(along, axis=0) + 1) * (np.ptp(across, axis=0) + 1)
    return float(areas.min())
