"""A thin even frame around a picture, as a screenshot's border or the edge of an exported canvas: found, to be cut off.

pixels -> the rim is of one level -> rings inwards, until one is of another -> is most of what is left of that level?

Where it stays, the frame's shade is taken for the ground's, and the ground for ink.
"""

import numpy as np

from service.imaging.boxes import Box
from service.imaging.pixels import Mask, Pixels, quantile, rim, to_grey

_EVEN = 12  # grey levels: a frame's levels lie within so many of its middle, and the ground does not
_EVEN_SHARE = 0.95  # of the rim
_WIDEST = (8, 0.06)  # pixels, or a share of the shorter side if that is more
_MOST = 0.25  # of the shorter side all the same
_GROUND = 0.65  # of the ring where the ground begins is of its level: ink may cross it


def find_frame(pixels: Pixels) -> Box | None:
    """What is inside the frame of grey or RGB pixels; None where there is none."""
    height, width = pixels.shape[:2]
    shorter = min(height, width)
    widest = min(max(_WIDEST[0], round(_WIDEST[1] * shorter)), int(_MOST * shorter))
    if widest < 1:
        return None
    edge = to_grey(rim(pixels)[None])[0]
    level = quantile(edge, 0.5)
    if np.count_nonzero(_near(edge, level)) < _EVEN_SHARE * len(edge):
        return None
    grey = to_grey(pixels)
    depth, ground = _ground(grey, level, widest)
    if depth == 0:
        return None
    inside = quantile(grey[depth:-depth:2, depth:-depth:2], 0.5)
    if abs(inside - ground) >= abs(inside - level):
        return None  # most of what is inside is as the rim: no frame, but a digit's strokes along it
    return depth, depth, width - depth, height - depth


def _ground(grey: Pixels, level: float, widest: int) -> tuple[int, float]:
    """At how many pixels from the rim the ground begins, and its level; 0 where all is of the frame's."""
    if abs(quantile(rim(grey[widest:-widest, widest:-widest]), 0.5) - level) <= _EVEN:
        return 0, level  # most pictures end here: their ground reaches the rim
    for depth in range(1, widest + 1):
        ring = rim(grey[depth:-depth, depth:-depth])
        own = int(np.count_nonzero(_near(ring, level)))
        if own >= _EVEN_SHARE * len(ring):
            continue
        inner = rim(grey[depth + 1 : -depth - 1, depth + 1 : -depth - 1])
        ground = quantile(inner, 0.5)  # a ring between the two may be half of each
        if abs(ground - level) <= _EVEN or np.count_nonzero(_near(inner, ground)) < _GROUND * len(inner):
            return 0, level  # no sharp edge all around: something that lies in the picture
        return (depth if np.count_nonzero(_near(ring, ground)) >= _GROUND * len(ring) else depth + 1), ground
    return 0, level


def _near(values: Pixels, level: float) -> Mask:
    near: Mask = np.abs(values.astype(np.int16) - np.int16(level)) <= _EVEN
    return near
